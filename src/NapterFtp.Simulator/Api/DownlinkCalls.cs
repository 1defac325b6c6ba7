using System.Globalization;

namespace NapterFtp.Simulator.Api;

/// <summary>Reaching a device without an entry.</summary>
internal sealed class DownlinkCalls(SimulatorOptions options, SimDirectory sims)
{
    private const int MostPings = 5;
    private const int LongestWait = 3;
    private const int SshPort = 22;

    /// <summary>Answers after the round trips, or after the waits for what does not come.</summary>
    public HttpAnswer Ping(HttpRequest request)
    {
        var sim = sims.BySimId(request.Segments[2]);
        var body = ApiBody.Parse(request);
        var pings = InRange(body, "numberOfPingRequests", MostPings);
        var wait = TimeSpan.FromSeconds(InRange(body, "timeoutSeconds", LongestWait));
        var roundTrip = sim.RoundTrip ?? options.RoundTrip;
        var answers = sim.Online && sim.AnswersPing && roundTrip <= wait;
        var loss = answers ? 0 : 100;
        return HttpAnswer.Of(new
        {
            Rtt = answers ? string.Create(CultureInfo.InvariantCulture, $"{roundTrip.TotalMilliseconds:0.###} ms") : "",
            Stat = string.Create(CultureInfo.InvariantCulture, $"{pings} packets transmitted, {(answers ? pings : 0)} received, {loss}% packet loss"),
            Success = answers,
        }) with { Takes = answers ? roundTrip * pings : TimeSpan.Zero, Waits = answers ? TimeSpan.Zero : wait * pings };
    }

    /// <summary>Has the device run a command. 422 stands for no network, a refused login and the time limit alike.</summary>
    public HttpAnswer Ssh(HttpRequest request)
    {
        var sim = sims.BySimId(request.Segments[2]);
        var body = ApiBody.Parse(request);
        var login = body.Object("authentication") ?? throw ApiErrorException.InvalidRequest("authentication is missing.");
        var command = new SimulatedSshCommand(
            body.Text("username") ?? throw ApiErrorException.InvalidRequest("username is missing."),
            body.Integer("port") ?? SshPort,
            body.Text("command") ?? throw ApiErrorException.InvalidRequest("command is missing."),
            login.Text("password"),
            login.Text("key"));
        if (login.Text("type") is not ("password" or "publickey"))
        {
            throw ApiErrorException.InvalidRequest("authentication.type must be password or publickey.");
        }

        return (sim.Online ? sim.AnswersSsh?.Invoke(command) : null) is { } answer
            ? HttpAnswer.Of(new { Exitcode = answer.ExitCode, Stdout = answer.Output, Stderr = answer.Error }) with { Takes = sim.RoundTrip ?? options.RoundTrip }
            : throw ApiErrorException.NoSsh(sim.SimId);
    }

    private static int InRange(ApiBody body, string name, int most) =>
        body.Integer(name) is not { } value ? 1
        : value >= 1 && value <= most ? value
        : throw ApiErrorException.InvalidRequest($"{name} must be 1 to {most}.");
}
