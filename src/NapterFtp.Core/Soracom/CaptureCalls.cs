using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace NapterFtp.Soracom;

/// <summary>SORACOM's calls about recording a SIM's packets.</summary>
internal sealed class CaptureCalls(ApiChannel channel, SoracomSession session, ApiHttp http)
{
    /// <summary><c>POST /sims/{sim_id}/packet_capture_sessions</c>.</summary>
    /// <param name="simId">The SIM.</param>
    /// <param name="duration">How long it captures unless it is stopped; 30 s to a day.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<PacketCapture> CreateAsync(string simId, TimeSpan duration, CancellationToken cancellationToken) => SendAsync(
        new ApiCall("Sim", "createSimPacketCaptureSession", HttpMethod.Post, PathOf(simId))
        {
            Purpose = $"record the packets of SIM {simId}",
            Target = simId,
            Repeatable = false,
            Body = writer =>
            {
                writer.WriteNumber("duration", (int)duration.TotalSeconds);
                writer.WriteString("prefix", "napterftp");
            },
        },
        cancellationToken);

    /// <summary><c>GET /sims/{sim_id}/packet_capture_sessions</c>, the first of them; SORACOM deletes them after seven days.</summary>
    public Task<PacketCapture[]> ListAsync(string simId, CancellationToken cancellationToken) => channel.SendAsync(
        new ApiCall("Sim", "listSimPacketCaptureSessions", HttpMethod.Get, PathOf(simId) + "?limit=100")
        {
            Purpose = $"list the recordings of SIM {simId}",
            Target = simId,
            MayFindNothing = true,
        },
        session,
        answer => answer.FoundNothing ? [] : answer.ReadList(Read).OfType<PacketCapture>().ToArray(),
        cancellationToken);

    /// <summary><c>GET /sims/{sim_id}/packet_capture_sessions/{session_id}</c>.</summary>
    public Task<PacketCapture> GetAsync(string simId, string id, CancellationToken cancellationToken) => SendAsync(
        new ApiCall("Sim", "getSimPacketCaptureSession", HttpMethod.Get, PathOf(simId, id))
        {
            Purpose = $"look at the recording of SIM {simId}",
            Target = simId,
        },
        cancellationToken);

    /// <summary><c>POST /sims/{sim_id}/packet_capture_sessions/{session_id}/stop</c>.</summary>
    public Task<PacketCapture> StopAsync(string simId, string id, CancellationToken cancellationToken) => SendAsync(
        new ApiCall("Sim", "stopSimPacketCaptureSession", HttpMethod.Post, PathOf(simId, id) + "/stop")
        {
            Purpose = $"stop the recording of SIM {simId}",
            Target = simId,
        },
        cancellationToken);

    /// <summary><c>DELETE /sims/{sim_id}/packet_capture_sessions/{session_id}</c>; one that is gone is as good as deleted.</summary>
    public Task DeleteAsync(string simId, string id, CancellationToken cancellationToken) => channel.SendAsync(
        new ApiCall("Sim", "deleteSimPacketCaptureSession", HttpMethod.Delete, PathOf(simId, id))
        {
            Purpose = $"delete the recording of SIM {simId}",
            Target = simId,
            MayFindNothing = true,
        },
        session,
        answer => answer.Status,
        cancellationToken);

    /// <summary>Fetches a recording's file. Its address is whoever's has it, and is sent no token.</summary>
    /// <exception cref="NapterFtpException"><c>CaptureNotFetched</c>.</exception>
    public async Task FetchAsync(PacketCapture capture, Stream file, CancellationToken cancellationToken)
    {
        var address = capture.Address;
        if (address is null || !(address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)))
        {
            throw NotFetched("SORACOM gave no address over TLS.", null);
        }

        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("*/*"));
            using var response = await http.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw NotFetched(string.Create(CultureInfo.InvariantCulture, $"{address.Authority} answered {(int)response.StatusCode}."), null);
            }

            await response.Content.CopyToAsync(file, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw NotFetched($"{address.Authority} cannot be reached, or broke off: {e.Message}", e);
        }

        static NapterFtpException NotFetched(string why, Exception? cause) => new(
            "CaptureNotFetched",
            NapterFtpErrorKind.Connection,
            $"The recording of packets could not be fetched: {why}",
            "Fetch it from SORACOM's console (SORACOM Peek), and delete it there: it holds the FTP password.",
            null,
            cause);
    }

    private static string PathOf(string simId, string? id = null) =>
        $"/sims/{Uri.EscapeDataString(simId)}/packet_capture_sessions" + (id is null ? "" : "/" + Uri.EscapeDataString(id));

    private static PacketCapture? Read(JsonElement root) => root.Text("sessionId") is { Length: > 0 } id && root.Text("status") is { } status
        ? new PacketCapture(id, status, Uri.TryCreate(root.Text("url"), UriKind.Absolute, out var address) ? address : null, root.Text("failedReason"))
        : null;

    private Task<PacketCapture> SendAsync(ApiCall call, CancellationToken cancellationToken) =>
        channel.SendAsync(call, session, answer => answer.Read(Read), cancellationToken);
}

/// <summary>A recording of a SIM's packets (schema <c>PacketCaptureSession</c>).</summary>
/// <param name="Id">Its number.</param>
/// <param name="Status"><c>REQUESTED</c>, <c>ACCEPTED</c>, <c>CAPTURING</c>, <c>POST_PROCESSING</c>, <c>DONE</c>, <c>FAILED</c> or <c>STOPPED</c>.</param>
/// <param name="Address">Where the file is, for some minutes; it holds a secret. Null while there is none.</param>
/// <param name="FailedReason">Why it failed.</param>
internal sealed record PacketCapture(string Id, string Status, Uri? Address, string? FailedReason)
{
    public bool IsCapturing => Status == "CAPTURING";

    public bool HasFailed => Status == "FAILED";
}
