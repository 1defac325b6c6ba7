using Microsoft.Extensions.Logging;
using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Relay;

/// <summary>The beginning of a session whose client names its device in the login (<c>USER user@device</c>). Until then the relay
/// answers in a device's place; then the device's greeting is taken, and its answer to USER is the first that the client sees of it.</summary>
/// <param name="session">The session.</param>
/// <param name="fleet">The devices.</param>
/// <param name="tls">Answers AUTH and its like.</param>
internal sealed class FleetLogin(ControlSession session, Fleet fleet, LocalTls tls)
{
    /// <summary>Devices that a client may name in vain before it has to connect anew.</summary>
    private const int MaxRefusals = 5;

    private readonly TaskCompletionSource<bool> _greeted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FleetUser? _user;
    private ReplySlot? _slot;
    private int _refusals;
    private bool _leaves;

    /// <summary>Ends when the client has been sent all its replies.</summary>
    public Task Replies { get; private set; } = Task.CompletedTask;

    /// <summary>Talks to the client until it has named a device.</summary>
    /// <returns>The device; null where the session has ended without one.</returns>
    public async Task<DeviceTarget?> RunAsync(CancellationToken cancellationToken)
    {
        session.Watch.Greeted();
        Replies = session.Client.RunAsync(cancellationToken);
        await AnswerAsync(220, "Log in as user@device: the device's IMSI, SIM ID or name.", cancellationToken);

        DeviceTarget? device = null;
        using var login = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var client = session.ReadCommandsAsync(
            async (command, reader, token) =>
            {
                device = await HandleAsync(command, reader, token);
                return device is null && !_leaves;
            },
            login.Token);
        var stop = session.Watch.WaitAsync(login.Token);
        var first = await Task.WhenAny(client, stop, Replies);
        if (first == client && client.IsCompletedSuccessfully && device is not null)
        {
            await login.CancelAsync();
            session.Watch.AwaitGreeting();
            return device;
        }

        var end = first == stop && stop.IsCompletedSuccessfully ? await stop
            : _leaves ? SessionEnd.Quit
            : await SessionEnd.OfAsync(first, FailingSide.Client, SessionEnd.ClientClosed);
        session.Report(end);
        await login.CancelAsync();
        await EndAsync(first == stop ? RelayReply.Line(421, end.Reason) : default, cancellationToken);
        return null;
    }

    /// <summary>The place of the device's greeting in its dialogue. The client has one already: it sees only a refusal.</summary>
    /// <param name="greet">Takes note of the greeting.</param>
    public PendingCommand Greeting(Func<FtpReply, FtpReply> greet) => new DeviceGreeting(_slot!, greet, _greeted);

    /// <summary>Sends the login to the device once that has greeted.</summary>
    public async Task PassOnAsync(CancellationToken cancellationToken)
    {
        if (await _greeted.Task.WaitAsync(cancellationToken))
        {
            await session.SendAsync(new RelayedCommand("USER", _slot), _user!.Command.Raw, cancellationToken);
        }
    }

    /// <summary>Tells the client that its device cannot be reached.</summary>
    public async Task RefuseAsync(Exception error, CancellationToken cancellationToken)
    {
        _slot?.Complete(RelayReply.Error(421, error));
        await EndAsync(default, cancellationToken);
    }

    /// <summary>What the device gets for a later USER: its part of the login; null where that names another device.</summary>
    public FtpCommand? Rewrite(FtpCommand command) =>
        FleetUser.Parse(command.Argument) is { } user && user.Device.Equals(_user?.Device, StringComparison.OrdinalIgnoreCase) ? user.Command : null;

    private async Task<DeviceTarget?> HandleAsync(FtpCommand command, FtpCommandReader reader, CancellationToken cancellationToken)
    {
        if (CommandHandler.Refusal(command) is var (code, refusal))
        {
            await AnswerAsync(code, refusal, cancellationToken);
        }
        else if (command.IsSecurity)
        {
            await tls.HandleAsync(command, reader, cancellationToken);
        }
        else if (command.Verb == "USER")
        {
            return await ChooseAsync(command, cancellationToken);
        }
        else if (command.Verb == "FEAT")
        {
            var features = FeatReply.Rewrite(FtpReply.Create(211, "Features:", "End"), [], ["EPSV", .. CommandHandler.OwnFeatures(tls)]);
            await session.Client.AddAsync(features.Raw, cancellationToken);
        }
        else
        {
            _leaves = command.Verb == "QUIT";
            var (answer, text) = command.Verb switch
            {
                "QUIT" => (221, "Goodbye."),
                "NOOP" => (200, "Ok."),
                "SYST" => (215, "UNIX Type: L8"),
                "HELP" => (214, "USER user@device, with the device's IMSI, SIM ID or name; then as with the device itself."),
                "OPTS" when IsUtf8(command) => (200, "Names go to the device as they are."),
                _ => (530, "Log in with USER user@device first."),
            };
            await AnswerAsync(answer, text, cancellationToken);
        }

        return null;
    }

    private async Task<DeviceTarget?> ChooseAsync(FtpCommand command, CancellationToken cancellationToken)
    {
        _user = FleetUser.Parse(command.Argument);
        _slot = await session.Client.AddAsync(cancellationToken);
        FleetFinding finding;
        try
        {
            finding = _user is null ? new FleetFinding(FleetMatch.None) : await fleet.FindAsync(_user.Device, cancellationToken);
        }
        catch (NapterFtpException e)
        {
            session.Services.Logger.LogWarning("Session {Session}: the device cannot be looked up: {Error}", session.Id, e.Message);
            _leaves = true;
            _slot.Complete(RelayReply.Error(421, e));
            return null;
        }

        if (finding.Device is { } device)
        {
            return device;
        }

        // The client is not told whether a device exists that it may not reach.
        var name = _user?.Device;
        session.Services.Logger.LogWarning(
            "Session {Session} of {Client} was refused: {Reason}",
            session.Id,
            session.ClientEndPoint,
            finding.Match switch
            {
                FleetMatch.NotAllowed => $"device '{name}' is not among those of -AllowedDevice.",
                FleetMatch.Several => $"several devices are named '{name}'.",
                _ when name is null => "its login names no device.",
                _ => $"the account has no device '{name}'.",
            });
        var text = finding.Match == FleetMatch.Several ? $"Several devices are named '{name}': log in with the IMSI or SIM ID of one."
            : name is null ? "Log in as user@device: the device's IMSI, SIM ID or name behind the last @."
            : $"No device '{name}' is served here.";
        _leaves = ++_refusals == MaxRefusals;
        _slot.Complete(_leaves ? RelayReply.Line(421, $"{text} Connect anew.") : RelayReply.Line(530, text));
        return null;
    }

    /// <summary>Ends a session that has no device: what the client is still owed is sent first.</summary>
    private async Task EndAsync(ReadOnlyMemory<byte> last, CancellationToken cancellationToken)
    {
        if (!last.IsEmpty)
        {
            session.Client.Insert(last);
        }

        session.Client.Complete();
        using var limit = new TimeLimit(session.Services.Options.SettleTimeout, session.Services.Time, cancellationToken);
        await Task.WhenAny(Replies, Task.Delay(Timeout.InfiniteTimeSpan, limit.Token));
    }

    // RFC 2640; some clients send it before they log in, most as "UTF8 ON".
    private static bool IsUtf8(FtpCommand command) => FtpText.ForPeople(command.Argument.Span).StartsWith("UTF8", StringComparison.OrdinalIgnoreCase);

    private Task AnswerAsync(int code, string text, CancellationToken cancellationToken) => session.AnswerAsync(code, text, cancellationToken);

    /// <summary>The device's greeting, which the client sees only where it is a refusal: then as the answer to its USER.</summary>
    private sealed class DeviceGreeting(ReplySlot slot, Func<FtpReply, FtpReply> greet, TaskCompletionSource<bool> greeted) : PendingCommand("")
    {
        public override void OnPreliminary(FtpReply reply)
        {
        }

        public override void OnFinal(FtpReply reply)
        {
            var taken = greet(reply).IsCompletion && reply.Code != 221;
            if (!taken)
            {
                slot.Complete(reply.Raw);
            }

            greeted.TrySetResult(taken);
        }

        public override void OnUnanswered()
        {
            slot.Complete();
            greeted.TrySetResult(false);
        }
    }
}
