using System.Globalization;
using NapterFtp.Copy;
using NapterFtp.Ftp;

namespace NapterFtp.Diagnosis;

/// <summary>The steps of the FTP session.</summary>
internal static class SessionSteps
{
    private static readonly string[] Interesting = ["EPSV", "MLST", "SIZE", "MDTM", "REST", "UTF8"];

    public static async Task<CheckOutcome> GreetAsync(CheckState state, CancellationToken cancellationToken)
    {
        var options = state.Options;
        var connection = state.Connection;
        var client = options.Client with { PortOwner = state.Owner, PortDuration = options.PortDuration };
        var activity = state.Activity;
        state.DataPorts = new DeviceDataPorts(connection.Ports, options.Device, client, activity, connection.Time);
        var traits = connection.TraitsOf(DeviceKey.For(options.Device, options.DevicePort, options.Client.PortMap));
        client.Learned?.ApplyTo(traits);
        var context = new SessionContext(
            state.Label, traits, state.DataPorts, connection.Dialer, client, activity, connection.Time, connection.Loggers.CreateLogger("NapterFtp.Client"));
        state.ControlPort!.Connected(state.Gateway!.LocalEndPoint, null);
        var started = state.Time.GetTimestamp();
        try
        {
            state.Session = await FtpClientSession.MeetAsync(state.Gateway, context, 1, cancellationToken);
            return CheckOutcome.Passed($"The device greets: {state.Session.Greeting!.Text}", state.Label);
        }
        catch (NapterFtpException error) when (error.ErrorId is "DeviceReplyTimeout" or "DeviceConnectionLost")
        {
            return await ExplainSilenceAsync(state, error, state.Time.GetElapsedTime(started), cancellationToken) with { Target = state.Label };
        }
        catch (NapterFtpException error) when (error.ErrorId == "DeviceRefusedSession")
        {
            return CheckOutcome.Failed(
                error.ErrorId, error.Message, "Check -DevicePort: what answers there is no FTP server, or one that does not serve this client.") with { Target = state.Label };
        }
    }

    public static async Task<CheckOutcome> LogInAsync(CheckState state, CancellationToken cancellationToken)
    {
        var session = state.Session!;
        await session.EnterStepByStepAsync(cancellationToken);
        var offers = Interesting.Where(session.Traits.Offers).ToArray();
        return CheckOutcome.Passed(
            $"Logged in as '{session.Options.Login.UserName}'. "
            + (offers.Length > 0 ? $"The server offers {string.Join(", ", offers)}." : "The server names no extensions."),
            state.Label);
    }

    public static async Task<CheckOutcome> PasvAsync(CheckState state, CancellationToken cancellationToken)
    {
        var (reply, port) = await AskPassiveAsync(state, "PASV", cancellationToken);
        if (port is { } number)
        {
            return AllowedOrNot(state, number, reply);
        }

        state.PasvRefusal = reply.Text;
        return CheckOutcome.Warning(
            "PasvNotSupported", $"The device answered PASV with: {reply.Text}", "Clients that know EPSV may still work. Switch passive mode on in the FTP server.");
    }

    public static async Task<CheckOutcome> EpsvAsync(CheckState state, CancellationToken cancellationToken)
    {
        var traits = state.Session!.Traits;
        var (reply, port) = await AskPassiveAsync(state, "EPSV", cancellationToken);
        if (port is null)
        {
            if (state.PasvRefusal is { } refusal)
            {
                return state.Options.Client.PortMap.Router is { Via: NapterRouterVia.Napter } router
                    ? Causes.ActiveModeOnly(refusal, reply.Text, router)
                    : Causes.NoPassiveMode(refusal, reply.Text);
            }

            traits.LearnPassive(PassiveMode.Plain, lacks: PassiveMode.Extended);
            return CheckOutcome.Passed($"The device answered EPSV with: {reply.Text} PASV serves.", state.Label);
        }

        traits.LearnPassive(PassiveMode.Extended, lacks: state.PasvRefusal is null ? null : PassiveMode.Plain);
        if (state.PasvRefusal is null)
        {
            traits.LearnPassive(PassiveMode.Plain, lacks: null);
        }

        return AllowedOrNot(state, port.Value, reply);
    }

    /// <summary>What was learned of the device, and what it means.</summary>
    public static async Task<CheckOutcome> DescribeAsync(CheckState state, CancellationToken cancellationToken)
    {
        var session = state.Session!;
        await session.FindOrderAsync(cancellationToken);
        var learned = LearnedTraits.Of(session.Traits);
        return CheckOutcome.Passed(string.Join(' ', learned.Describe().DefaultIfEmpty("Nothing special was found.")), state.Label) with { Traits = learned.ToJson() };
    }

    private static CheckOutcome AllowedOrNot(CheckState state, int port, FtpReply reply)
    {
        if (port >= state.Options.Client.LowestDataPort)
        {
            return CheckOutcome.Passed(string.Create(CultureInfo.InvariantCulture, $"The device offers its port {state.Options.Client.PortMap.Describe(port)} for data: {reply.Text}"), state.Label);
        }

        var error = Errors.DataPortNotAllowed(state.Label, port);
        return CheckOutcome.Warning(error.ErrorId, error.Message, error.Advice);
    }

    private static async Task<(FtpReply Reply, int? Port)> AskPassiveAsync(CheckState state, string verb, CancellationToken cancellationToken)
    {
        var session = state.Session!;
        var reply = await session.AskAsync(session.Command(verb), cancellationToken);
        if (!PassiveReply.TryParse(reply, out var address))
        {
            return (reply, null);
        }

        state.AnnouncedAddress ??= address.Host;
        return (reply, address.Port);
    }

    /// <summary>The gateway took the connection, but no greeting came of it.</summary>
    private static async Task<CheckOutcome> ExplainSilenceAsync(
        CheckState state, NapterFtpException error, TimeSpan waited, CancellationToken cancellationToken)
    {
        var (device, map) = (state.Options.Device, state.Options.Client.PortMap);
        var port = map.Describe(state.Options.DevicePort);
        var (cause, log) = await state.Evidence.FindAsync(state.ControlPort!.Gateway.EndPoint, state.ControlPort.ReachedPort, cancellationToken);
        if (cause is not null)
        {
            return cause;
        }

        var ended = error.ErrorId == "DeviceConnectionLost";
        if (log?.Contains("CONNECTED") == true)
        {
            return ended ? Causes.DeviceHungUp(device, port) : Causes.DeviceSaysNothing(device, port, state.Options.Client.ReplyTimeout);
        }

        var now = state.Time.GetUtcNow();
        return ended && waited < state.Options.RefusalLimit ? Causes.WrongDevicePort(device, port)
            : state.IsStale ? Causes.DeviceSessionStale(device, port, state.Sim!.LastSeen!.Value, now)
            : state.AnswersPing == false ? Causes.DeviceUnreachable(device, port)
            : Causes.DeviceFirewall(device, port, state.AnswersPing == true, state.Sim?.LastSeen, now);
    }
}
