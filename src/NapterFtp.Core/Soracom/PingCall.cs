using System.Globalization;

namespace NapterFtp.Soracom;

/// <summary>Pings a device through its SIM's session, without a Napter port.</summary>
internal sealed class PingCall(ApiChannel channel, SoracomSession session)
{
    /// <summary>SORACOM sends 5 at most.</summary>
    private const int Pings = 3;

    /// <summary>SORACOM waits for 3 s at most.</summary>
    private const int SecondsEach = 2;

    /// <summary><c>POST /sims/{sim_id}/downlink/ping</c>: three ICMP echo requests, each waited for two seconds.</summary>
    /// <exception cref="SoracomApiException">It was not permitted, or could not be sent.</exception>
    public Task<PingResult> SendAsync(string simId, CancellationToken cancellationToken)
    {
        var call = new ApiCall("Sim", "sendDownlinkPing", HttpMethod.Post, $"/sims/{Uri.EscapeDataString(simId)}/downlink/ping")
        {
            Purpose = string.Create(CultureInfo.InvariantCulture, $"ping the device of SIM {simId}"),
            Target = simId,
            Body = writer =>
            {
                writer.WriteNumber("numberOfPingRequests", Pings);
                writer.WriteNumber("timeoutSeconds", SecondsEach);
            },
        };
        return channel.SendAsync(
            call,
            session,
            answer => answer.Read(root => root.Flag("success") is { } success ? new PingResult(success, root.Text("rtt"), root.Text("stat")) : null),
            cancellationToken);
    }
}

/// <summary>What came of a ping (schema <c>DownlinkPingResponse</c>).</summary>
/// <param name="Answered">Whether the device answered.</param>
/// <param name="RoundTrip">The round trip in SORACOM's words, whose form is not documented.</param>
/// <param name="Statistics">What SORACOM says of sent and lost ones.</param>
internal sealed record PingResult(bool Answered, string? RoundTrip, string? Statistics);
