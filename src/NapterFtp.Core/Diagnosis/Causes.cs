using System.Globalization;
using System.Net;
using NapterFtp.Soracom;

namespace NapterFtp.Diagnosis;

/// <summary>The usual causes, each with what was seen and what to do. Where a cause is not among them, the error's own id stands for it.</summary>
internal static class Causes
{
    private const string CheckMap = " Check that -DevicePortMap says what the router does, for the whole range.";

    public static CheckOutcome SimNotFound(DeviceTarget device) => CheckOutcome.Failed(
        "SimNotFound",
        $"The account has no SIM {device}.",
        "Check the number in SORACOM's console, the account signed in to, and that -Coverage is the one that the SIM belongs to.");

    public static CheckOutcome SimNotActive(DeviceTarget device, string status) => CheckOutcome.Failed(
        "SimNotActive",
        $"The SIM {device} is {status}: it has no network.",
        "Activate it in SORACOM's console.");

    public static CheckOutcome DeviceOffline(DeviceTarget device, DateTimeOffset? lastSeen, DateTimeOffset now) => CheckOutcome.Failed(
        "DeviceOffline",
        $"The device {device} has no session with the network{Ago(", last heard of", lastSeen, now)}.",
        "Check the device's power, antenna, reception, and that its APN is soracom.io.");

    public static CheckOutcome PingUnanswered(DeviceTarget device, string? statistics) => CheckOutcome.Warning(
        "PingUnanswered",
        $"The device {device} does not answer pings{(string.IsNullOrEmpty(statistics) ? "" : $": {statistics}")}.",
        "Where its FTP server answers all the same, it or its firewall drops pings. Else check its power, antenna and reception.");

    public static CheckOutcome DeviceUnreachable(DeviceTarget device, string port) => CheckOutcome.Failed(
        "DeviceUnreachable",
        Line($"The device {device} answers neither on its port {port} nor pings, though SORACOM holds a session for it."),
        "Check its power, antenna and reception; deleting its session in SORACOM's console shows whether it comes back. A device behind a firewall that drops all looks the same.");

    public static CheckOutcome MinutesForSeconds(TimeSpan duration, bool expired) => new(
        expired ? NapterFtpCheckStatus.Failed : NapterFtpCheckStatus.Warning,
        expired
            ? $"The Napter port has ended: it was made for {Seconds(duration)} only."
            : $"The Napter port lives for {Seconds(duration)} only.",
        "MinutesForSeconds",
        "A plain number is seconds, in SORACOM's API as well: write 30m for 30 minutes, or multiply by 60.");

    public static CheckOutcome RendezvousFar(string opened, string place) => CheckOutcome.Warning(
        "RendezvousFar",
        $"{opened} The device is in another part of the world, so that each round trip goes around by {place}.",
        "Ask SORACOM for a rendezvous point nearer to the device (that of its SIM's group or VPG). Until then few large files are quicker than many small ones, "
        + "and -SessionLimit gets several at a time.");

    public static CheckOutcome EntryExpired(IPEndPoint endPoint) => CheckOutcome.Failed(
        "EntryExpired",
        $"SORACOM no longer has the Napter port {endPoint}: its time was up, or somebody deleted it.",
        "Make it anew, with a longer duration (8 hours at most), and see with Get-NapterAuditLog what ended it.");

    public static CheckOutcome SourceAddressDenied() => CheckOutcome.Failed(
        "SourceAddressDenied",
        "The gateway denied the connection: this computer reaches it from an address outside the port's source range.",
        "API calls and this connection probably leave by different ways (an HTTP proxy, a second line, a VPN): give the address of this way with -SourceRange "
        + "where you open the port or start the proxy.");

    public static CheckOutcome GatewayRefused() => CheckOutcome.Failed(
        "GatewayRefused",
        "SORACOM refused the connection: it holds many connections in a short time for abuse.",
        "Wait a few minutes, and make fewer connections at once.");

    public static CheckOutcome FirewallOutbound(IPEndPoint endPoint) => CheckOutcome.Failed(
        "FirewallOutbound",
        $"Nothing reached the gateway at {endPoint}: SORACOM's audit log does not know of the attempt.",
        "A firewall between this computer and the Internet blocks it: let TCP out to *.napter.soracom.io, ports above 1024.");

    public static CheckOutcome PlainPortTalksFirst(string said) => CheckOutcome.Failed(
        "PlainPortTalksFirst",
        $"The other end does not speak TLS; it began with: {said}",
        "The Napter port was made without TLS: make it with TLS, or connect to it without.");

    public static CheckOutcome NoTlsAnswer(IPEndPoint endPoint, TimeSpan limit) => CheckOutcome.Failed(
        "NoTlsAnswer",
        $"The connection to {endPoint} stands, but the TLS handshake was not answered within {Seconds(limit)}.",
        "The Napter port may have been made without TLS, so that the handshake went to the device. Else something between this computer and SORACOM holds TLS back.");

    public static CheckOutcome WrongDevicePort(DeviceTarget device, string port) => CheckOutcome.Failed(
        "WrongDevicePort",
        Line($"The device {device} refused the connection: nothing listens on its port {port}."),
        "Check -DevicePort, behind a router -DevicePortMap and what the router forwards, and that the device's FTP server runs.");

    public static CheckOutcome DeviceFirewall(DeviceTarget device, string port, bool answersPing, DateTimeOffset? lastSeen, DateTimeOffset now) => CheckOutcome.Failed(
        "DeviceFirewall",
        Line($"The device {device} did not answer on its port {port}{(answersPing ? ", though it answers pings" : Ago(", though the network heard of it", lastSeen, now))}."),
        "Let the device's firewall, or that of the router in front of it, take TCP on this port from SORACOM's network; a router must forward it. "
        + "A device that hangs looks the same.");

    public static CheckOutcome DeviceSessionStale(DeviceTarget device, string port, DateTimeOffset lastSeen, DateTimeOffset now) => CheckOutcome.Failed(
        "DeviceSessionStale",
        Line($"The device {device} did not answer on its port {port}. SORACOM shows it online, but the network last heard of it {Ago(now - lastSeen)} ago."),
        "Its session is probably left from before it lost power or reception. Check the device; deleting its session in SORACOM's console shows whether it comes back.");

    public static CheckOutcome DeviceSaysNothing(DeviceTarget device, string port, TimeSpan limit) => CheckOutcome.Failed(
        "DeviceSaysNothing",
        Line($"The device {device} took the connection on its port {port}, but said nothing within {Seconds(limit)}: an FTP server would have greeted."),
        "Check -DevicePort: HTTP, Modbus and FTP over implicit TLS (port 990) wait for the client to speak. Or the FTP server hangs.");

    public static CheckOutcome DeviceHungUp(DeviceTarget device, string port) => CheckOutcome.Failed(
        "DeviceHungUp",
        Line($"The device {device} took the connection on its port {port} and ended it without a word."),
        "Check the FTP server's list of allowed addresses and its limit of sessions; the gateway connects from SORACOM's network.");

    public static CheckOutcome ActiveModeOnly(string pasv, string epsv, NapterRouter router) => CheckOutcome.Warning(
        "ActiveModeOnly",
        $"The device knows active mode only. It answered PASV with: {pasv} And EPSV with: {epsv}",
        $"With -Router that will do, for the proxy too: the device connects to its router {router.Target}, and so to us. DataConnection shows whether it does. "
        + "Each transfer costs a command on the router; passive mode, where the device can be taught it, may cost less.");

    public static CheckOutcome NoPassiveMode(string pasv, string epsv) => CheckOutcome.Failed(
        "NoPassiveMode",
        $"The device offers no passive mode. It answered PASV with '{pasv}' and EPSV with '{epsv}'.",
        "Switch passive mode on in the FTP server: Napter reaches devices in one direction only, so active mode cannot work.");

    public static CheckOutcome PassivePortNotForwarded(string port, IPAddress announced, IPAddress? device, bool mapped) => CheckOutcome.Failed(
        "PassivePortNotForwarded",
        Line($"The data port {port} does not answer. The FTP server is at {announced}{(device is null ? "" : $", the SIM at {device}")}: a router stands between."),
        "Give the FTP server a narrow passive port range and have the router forward these ports to it, as it does with the control port."
        + (mapped ? CheckMap : " Where it forwards them to other numbers, name them with -DevicePortMap."));

    public static CheckOutcome DataPortBlocked(string port, bool mapped) => CheckOutcome.Failed(
        "DataPortBlocked",
        Line($"The data port {port} of the device does not answer, while its control port does."),
        "Let the device's firewall take the FTP server's passive ports from SORACOM's network; where a router is in front of it, it must forward them."
        + (mapped ? CheckMap : ""));

    public static CheckOutcome LeftBehind(string path, string why) => CheckOutcome.Failed(
        "TestFileLeft",
        $"The test file '{path}' could not be deleted: {why}",
        "Delete it by hand, and check the user's rights on the device.");

    public static CheckOutcome PortsStillClosing(int count) => CheckOutcome.Warning(
        "PortsStillClosing",
        Line($"{count} Napter ports are not closed yet; they are closed in the background."),
        "See with Get-NapterPort; Remove-NapterPort deletes what stays.");

    /// <summary>How long ago something was, roughly.</summary>
    public static string Ago(TimeSpan span) => span switch
    {
        { TotalDays: >= 2 } => Line($"{span.TotalDays:0} days"),
        { TotalHours: >= 2 } => Line($"{span.TotalHours:0} hours"),
        { TotalMinutes: >= 2 } => Line($"{span.TotalMinutes:0} minutes"),
        _ => Line($"{Math.Max(span.TotalSeconds, 0):0} seconds"),
    };

    public static string Seconds(TimeSpan span) => Line($"{span.TotalSeconds:0.#} s");

    private static string Ago(string before, DateTimeOffset? time, DateTimeOffset now) =>
        time is { } then ? $"{before} {Ago(now - then)} ago" : "";

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What SORACOM knows of an attempt that failed.</summary>
internal sealed class GatewayEvidence(CheckState state)
{
    // SORACOM's clock and ours may differ.
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    // Newest first; other programs may use the device as well.
    private const int MostLines = 200;

    /// <summary>Why a connection to the gateway, or through it, did not come about, where SORACOM tells; null where it does not.</summary>
    /// <param name="endPoint">Where the connection went.</param>
    /// <param name="devicePort">The port it was to lead to.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<(CheckOutcome? Cause, IReadOnlySet<string>? Log)> FindAsync(IPEndPoint endPoint, int devicePort, CancellationToken cancellationToken)
    {
        // A data port that did not work has been given back by now; but all have the same life.
        var control = state.ControlPort!.Gateway.EndPoint;
        if (await IsListedAsync(control, cancellationToken) == false)
        {
            return (Gone(control), null);
        }

        var log = await AuditAsync(devicePort, cancellationToken);
        var cause = log is null ? null
            : log.Contains("DENIED") ? Causes.SourceAddressDenied()
            : log.Contains("REFUSED") ? Causes.GatewayRefused()
            : log.Count == 0 ? Causes.FirewallOutbound(endPoint)
            : null;
        return (cause, log);
    }

    /// <summary>Whether the way to the device broke because SORACOM ended the control port's entry; null where not, or where that
    /// is not known.</summary>
    public async Task<CheckOutcome?> EntryGoneAsync(NapterFtpException error, CancellationToken cancellationToken)
    {
        if (state.ControlPort?.Gateway.EndPoint is not { } endPoint || error.Kind is not (NapterFtpErrorKind.Connection or NapterFtpErrorKind.Timeout))
        {
            return null;
        }

        return await IsListedAsync(endPoint, cancellationToken) == false ? Gone(endPoint) : null;
    }

    private CheckOutcome Gone(IPEndPoint endPoint)
    {
        var duration = state.Options.PortDuration;
        return (duration < state.Options.ShortestSensibleDuration
            ? Causes.MinutesForSeconds(duration, expired: true)
            : Causes.EntryExpired(endPoint)) with { Target = endPoint };
    }

    /// <summary>Whether SORACOM still has the entry; null where it does not say.</summary>
    private async Task<bool?> IsListedAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        try
        {
            var api = state.Connection.Api;
            var entries = await state.Connection.Ports.Ways.AskAsync(state.Options.Device, device => api.ListAsync(device, cancellationToken), cancellationToken);
            return entries.Any(entry => entry.EndPoint.Equals(endPoint) && !entry.Expired);
        }
        catch (NapterFtpException)
        {
            return null;
        }
    }

    /// <summary>The types of the audit log's lines about connections since the newest entry to the port was made; null where the log cannot be
    /// read, or does not know of that entry yet.</summary>
    private async Task<IReadOnlySet<string>?> AuditAsync(int devicePort, CancellationToken cancellationToken)
    {
        if (state.Imsi is not { } imsi)
        {
            return null;
        }

        var query = new AuditLogQuery { Imsi = imsi, After = state.Time.GetUtcNow() - state.Options.PortDuration - Margin, First = MostLines };
        try
        {
            var found = await ReadAsync(query, devicePort, cancellationToken);
            if (found is null or { Count: 0 })
            {
                await Task.Delay(state.Options.AuditDelay, state.Time, cancellationToken);
                found = await ReadAsync(query, devicePort, cancellationToken);
            }

            return found;
        }
        catch (NapterFtpException)
        {
            return null;
        }
    }

    private async Task<HashSet<string>?> ReadAsync(AuditLogQuery query, int devicePort, CancellationToken cancellationToken)
    {
        var lines = new List<NapterAuditLogEntry>();
        await foreach (var line in state.Connection.Api.GetAuditLogAsync(query, cancellationToken))
        {
            lines.Add(line);
        }

        var ours = lines.Where(line => line.DestinationPort == devicePort).OrderByDescending(line => line.Time).ToList();
        var made = ours.FindIndex(line => line.Type == "CREATED");
        return made < 0 ? null : [.. ours.Take(made).Select(line => line.Type).Where(type => type != "DELETED")];
    }
}
