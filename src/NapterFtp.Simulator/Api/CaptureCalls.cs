using System.Text.RegularExpressions;
using NapterFtp.Simulator.Captures;

namespace NapterFtp.Simulator.Api;

/// <summary>Recording a SIM's packets.</summary>
/// <param name="sims">The SIMs.</param>
/// <param name="captures">The sessions.</param>
/// <param name="endPoint">Gives the API's base address, beside which the files lie.</param>
internal sealed partial class CaptureCalls(SimDirectory sims, PacketCaptures captures, Func<Uri> endPoint)
{
    private const int DefaultLimit = 10;
    private const int MaximumLimit = 100;
    private const int ShortestSeconds = 30;
    private const int LongestSeconds = 86_400;

    /// <summary>The first segment of the files' paths.</summary>
    private const string Folder = "packet-captures";

    public HttpAnswer Create(HttpRequest request)
    {
        var sim = sims.BySimId(request.Segments[2]);
        var body = ApiBody.Parse(request);
        if (body.Integer("duration") is not (>= ShortestSeconds and <= LongestSeconds and var seconds))
        {
            throw ApiErrorException.InvalidRequest($"duration must be {ShortestSeconds} to {LongestSeconds} seconds.");
        }

        var prefix = body.Text("prefix");
        return prefix is null || PrefixForm().IsMatch(prefix)
            ? HttpAnswer.Of(Describe(captures.Create(sim, TimeSpan.FromSeconds(seconds), prefix)))
            : throw ApiErrorException.InvalidRequest("prefix may have letters, digits, _ and -, 100 at most.");
    }

    public HttpAnswer List(HttpRequest request) => Paging.Page(
        request,
        captures.Of(sims.BySimId(request.Segments[2])),
        session => session.Id,
        (session, key) => string.CompareOrdinal(session.Id, key) > 0,
        Describe,
        DefaultLimit,
        MaximumLimit);

    public HttpAnswer Get(HttpRequest request) => HttpAnswer.Of(Describe(Find(request)));

    public HttpAnswer Stop(HttpRequest request)
    {
        var session = Find(request);
        return session.TryStop() ? HttpAnswer.Of(Describe(session)) : throw ApiErrorException.NotCapturing();
    }

    public HttpAnswer Delete(HttpRequest request)
    {
        var session = Find(request);
        captures.Remove(session);
        return HttpAnswer.Of(Describe(session));
    }

    /// <summary>The file at an address that a session told; null where the request is for none. It needs no sign-in, and is no API call.</summary>
    public HttpAnswer? TryServe(HttpRequest request) => request.Segments is [Folder, var key]
        ? request.Method == "GET" && captures.FindFile(key) is { } session
            ? new HttpAnswer(200) { Body = session.File(), ContentType = "application/vnd.tcpdump.pcap" }
            : new HttpAnswer(404)
        : null;

    private CaptureSession Find(HttpRequest request) =>
        captures.Find(sims.BySimId(request.Segments[2]), request.Segments[4]) ?? throw ApiErrorException.NoSuchCapture();

    /// <summary>The schema <c>PacketCaptureSession</c>.</summary>
    private object Describe(CaptureSession session)
    {
        var status = session.Status;
        var started = status != "REQUESTED";
        return new
        {
            CreatedTime = session.CreatedAt,
            Duration = (int)session.Duration.TotalSeconds,
            EndedTime = started && status != "CAPTURING" ? session.EndsAt : (DateTimeOffset?)null,
            session.Prefix,
            SessionId = session.Id,
            StartedTime = started ? session.StartsAt : (DateTimeOffset?)null,
            Status = status,
            Url = status == "DONE" ? new Uri(endPoint(), $"/{Folder}/{session.Key}").AbsoluteUri : null,
        };
    }

    [GeneratedRegex("^[0-9A-Za-z_-]{0,100}$", RegexOptions.CultureInvariant)]
    private static partial Regex PrefixForm();
}
