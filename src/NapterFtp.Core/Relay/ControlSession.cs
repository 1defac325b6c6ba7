using System.Net;
using Microsoft.Extensions.Logging;
using NapterFtp.Devices;
using NapterFtp.Entries;
using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Relay;

/// <summary>One FTP client's session: its control connection relayed to the device's, and its data ports.</summary>
internal sealed partial class ControlSession : ILocalSession
{
    private const int ReadSize = 2048;

    private static readonly SessionEnd s_deviceClosed = SessionEnd.By(FailingSide.Device, "The device closed its control connection.");

    private readonly Connection _connection;
    private readonly CommandHandler _commands;
    private readonly CancellationTokenSource _end;
    private readonly CancellationToken _ended;
    private readonly DeferredWork _deferred;
    private readonly TaskCompletionSource _goodbye = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FtpCommandReader _reader = new();
    private ControlConnection? _device;
    private volatile bool _farewell;
    private volatile bool _refused;
    private volatile Failure? _fault;

    public ControlSession(SessionServices services, Connection connection, string id, CancellationToken abort)
    {
        Services = services;
        Id = id;
        _connection = connection;
        ClientEndPoint = connection.RemoteEndPoint ?? new IPEndPoint(IPAddress.None, 0);
        LocalAddress = Addresses.Plain(connection.LocalEndPoint?.Address ?? IPAddress.None);
        ClientAddress = Addresses.Plain(ClientEndPoint.Address);
        Client = new ClientChannel(connection);
        _end = CancellationTokenSource.CreateLinkedTokenSource(abort);
        _ended = _end.Token;
        _deferred = new DeferredWork(FailAsync);
        Watch = new SessionWatch(services.Options, services.Time);
        _commands = new CommandHandler(this);
        Login = services.Fleet is { } fleet ? new FleetLogin(this, fleet, _commands.Tls) : null;
    }

    /// <summary>What it shares with other sessions.</summary>
    public SessionServices Services { get; private set; }

    /// <summary>The session's number within the proxy.</summary>
    public string Id { get; }

    /// <summary>How the client has chosen its device; null where there is one only.</summary>
    public FleetLogin? Login { get; }

    /// <summary>Where replies go.</summary>
    public ClientChannel Client { get; }

    /// <summary>Where commands go.</summary>
    public ControlConnection Device => _device ?? throw new InvalidOperationException("The session has no device connection yet.");

    /// <summary>What is never shown to anybody but the client.</summary>
    public SentSecrets Secrets { get; } = new();

    /// <summary>Knows when the session is to end by itself.</summary>
    public SessionWatch Watch { get; }

    /// <summary>The client's end of its control connection.</summary>
    public IPEndPoint ClientEndPoint { get; }

    /// <summary>The only address data connections may come from or go to.</summary>
    public IPAddress ClientAddress { get; }

    /// <summary>The address by which the client reached the relay.</summary>
    public IPAddress LocalAddress { get; }

    /// <summary>Adds TLS to the client's data connections where it asked for it (RFC 4217); else passes them through.</summary>
    public Func<Connection, CancellationToken, Task<Connection>> ProtectData { get; set; } =
        static (connection, _) => Task.FromResult(connection);

    /// <summary>Lets the session end by itself: at once with 421, or after the transfers that run.</summary>
    public void RequestStop() => Watch.RequestStop();

    /// <summary>The device has said goodbye; its end of the connection is no surprise then. Where the client asked for it, many devices
    /// wait for their client to close.</summary>
    public void NoteFarewell()
    {
        _farewell = true;
        if (_commands.QuitSent)
        {
            _goodbye.TrySetResult();
        }
    }

    /// <summary>Passes on what nobody asked for: 421 before the device closes, a second answer, or a text between replies. The client
    /// sees it where the device said it.</summary>
    public void PassOnUnasked(FtpReply reply) => Client.Insert(reply.Raw);

    /// <summary>Answers a command in the device's place, in its turn; in the middle of a transfer at once where the device would.</summary>
    public async Task AnswerAsync(int code, string text, CancellationToken cancellationToken)
    {
        var slot = await Client.AddAsync(RelayReply.Line(code, text), cancellationToken);
        if (Services.Traits.AnswersDuringTransfers && Device.Dialogue.IsTransferring)
        {
            slot.MarkAnswered();
        }
    }

    /// <summary>Sends one command to the device.</summary>
    public async Task SendAsync(PendingCommand command, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await Device.SendAsync([command], bytes, cancellationToken, cancellationToken);
        }
        catch (NapterFtpException e)
        {
            // It came too late to be noted, so that nobody else ends it, and what the client is told of the device's end would wait behind it.
            command.OnFault(e);
            throw;
        }
    }

    /// <inheritdoc cref="CommandHandler.NoteTransfer"/>
    public void NoteTransfer(long length) => _commands.NoteTransfer(length);

    /// <summary>The device may have broken a transfer off because it was asked for another data port: no session asks it ahead any more,
    /// and what it was asked for is let go.</summary>
    public void NoteBrokenOff()
    {
        Services.Traits.NeverPipeline = true;
        _commands.DropAhead();
    }

    /// <summary>Runs what an exchange must wait for, beside the dialogue; the session does not end before it.</summary>
    public void Defer(Func<CancellationToken, Task> work) => _deferred.Run(work, _ended);

    /// <summary>Whether a device that knows active mode only can come to us.</summary>
    public bool MayReturn => Services.Options.PortMap.Router is { Via: NapterRouterVia.Napter };

    /// <summary>Has a port of the router lead the device to us, for a data connection that it makes. Takes over the client's end.</summary>
    public Task<DataConnection> OpenReturnPortAsync(IDataClient client, CancellationToken cancellationToken) =>
        OpenDataPortAsync(EntryRequest.ReturnDevicePort, client, cancellationToken, isReturn: true);

    /// <summary>Opens a Napter port for a data port of the device. Takes over the client's end.</summary>
    public Task<DataConnection> OpenDataPortAsync(int devicePort, IDataClient client, CancellationToken cancellationToken, bool isReturn = false)
    {
        var options = Services.Options;
        var request = new EntryRequest
        {
            Device = options.Device!,
            DevicePort = devicePort,
            PortMap = options.PortMap,
            IsReturn = isReturn,
            Kind = NapterPortKind.Data,
            Proxy = Services.ProxyName,
            SessionId = Id,
            Client = ClientEndPoint,
            LocalEndPoint = client.LocalEndPoint,
            Duration = options.PortDuration,
            SourceRanges = options.SourceRanges,
            Linger = options.PortLinger,
        };
        return DataConnection.OpenAsync(Services, request, new ClientEnd(client, ProtectData, Services), Secrets, cancellationToken);
    }

    /// <summary>Relays until either side leaves; never throws.</summary>
    public async Task RunAsync()
    {
        using var expected = FileHandles.OfProcess.Expect();
        try
        {
            if (Login is not null)
            {
                if (await Login.RunAsync(_end.Token) is not { } chosen)
                {
                    return;
                }

                Services = Services.Fleet!.ServicesFor(Services, chosen);
            }

            await using var control = await DialledPort<SharedLeaseUse>.TakeAsync(
                Services.ControlPort!.AcquireAsync, (use, token) => Services.Dialer.ConnectAsync(use.Gateway, token), Services.Logger, _end.Token);
            var connection = await control.DialAsync(_end.Token);
            expected.Dispose();
            control.Entry.Connected(_connection.LocalEndPoint, ClientEndPoint);
            _device = new ControlConnection(connection, new FtpDialogue(takesAny: true), new RelayedReplies(this, control.Entry.Counters));
            await RelayAsync(control.Entry.Closing);
        }
        catch (NapterFtpException e)
        {
            Services.Logger.LogWarning("Session {Session}: {Error}", Id, e.Message);
            await (Login?.RefuseAsync(e, _end.Token) ?? RefuseAsync(_connection, RelayReply.Error(421, e), Services.Time));
        }
        catch (OperationCanceledException)
        {
            // Stopped from outside before the device was reached.
        }
        catch (Exception e)
        {
            Services.Logger.LogError(e, "Session {Session} failed.", Id);
        }
        finally
        {
            await _end.CancelAsync();
            await Client.Connection.DisposeAsync();
            _end.Dispose();
        }
    }

    /// <summary>Greets a client with a refusal and closes.</summary>
    public static async Task RefuseAsync(Connection connection, ReadOnlyMemory<byte> reply, TimeProvider time)
    {
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), time);
            await connection.WriteAsync(reply, limit.Token);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client has gone without it.
        }

        await connection.DisposeAsync();
    }

    private async Task RelayAsync(Task portClosing)
    {
        Device.Dialogue.Add(Login?.Greeting(Greet) ?? new RelayedCommand("", await Client.AddAsync(_end.Token), Greet));
        var replies = Login?.Replies ?? Client.RunAsync(_end.Token);
        var device = Device.RunAsync(_end.Token);
        var client = RelayCommandsAsync(_end.Token);
        var stop = Watch.WaitAsync(_end.Token);

        // 1. Relay, until either side leaves or the session is to end. A client that takes no more replies may have sent commands
        // before, which are still read.
        var first = await Task.WhenAny(device, client, replies, stop, portClosing, _goodbye.Task);
        if (first == replies)
        {
            first = await Task.WhenAny(device, client, stop, portClosing);
        }

        var end = await DescribeAsync(first, device, client, stop);

        // 2. Finish what the client is still owed, or tell it why there is no more.
        if (first == client || first == _goodbye.Task)
        {
            await FinishAsync(first == client, device, Task.WhenAny(stop, portClosing), replies);
        }
        else
        {
            // A device that leaves right behind a refusal has said why itself, such as after a third wrong password.
            var isNews = first != device || !device.IsCompletedSuccessfully || Device.Dialogue.Count > 0 || !_refused;
            await SayFarewellAsync(end.Reason, isNews, replies);
        }

        // 3. Let everything go.
        Report(_fault is null ? end : new SessionEnd(_fault.Message, _fault));
        _commands.EndDataPort(_fault ?? end.Failure ?? new Failure(first == client ? FailingSide.Client : FailingSide.Relay, NapterFtpErrorKind.Connection, end.Reason));
        await _end.CancelAsync();
        await IgnoreAsync([device, client, replies, stop, .. _deferred.Running]);
        await _commands.DataPortEnded();
    }

    private async Task RelayCommandsAsync(CancellationToken cancellationToken)
    {
        await (Login?.PassOnAsync(cancellationToken) ?? Task.CompletedTask);
        await ReadCommandsAsync(
            async (command, reader, token) =>
            {
                await _commands.HandleAsync(command, reader, token);
                return true;
            },
            cancellationToken);
    }

    /// <summary>Reads the client's commands until it closes its half.</summary>
    /// <param name="handle">Handles one; false where it is to be the last that is read now.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task ReadCommandsAsync(Func<FtpCommand, FtpCommandReader, CancellationToken, Task<bool>> handle, CancellationToken cancellationToken)
    {
        var buffer = new byte[ReadSize];
        while (true)
        {
            while (_reader.TryRead(out var command))
            {
                Watch.Touch();
                Secrets.Note(command);
                Services.Logger.LogDebug("Session {Session} > {Command}", Id, command.Display);
                if (!await handle(command, _reader, cancellationToken))
                {
                    return;
                }
            }

            var count = await Client.Connection.ReadAsync(buffer, cancellationToken);
            if (count == 0)
            {
                return;
            }

            _reader.Append(buffer.AsSpan(0, count));
        }
    }

    // Some devices turn a client away with 221 where RFC 959 wants 421; either way the connection ends.
    private FtpReply Greet(FtpReply greeting)
    {
        Watch.Greeted();
        if (greeting.Code == 221 || greeting.IsNegative)
        {
            NoteFarewell();
        }

        return greeting;
    }

    /// <summary>Takes note of what the device says.</summary>
    public void OnReply(FtpReply reply)
    {
        Watch.Touch();
        Services.Logger.LogDebug("Session {Session} < {Reply}", Id, Secrets.Hide(reply.Text));
        _refused = reply.IsNegative;
        if (reply.Code == 421)
        {
            NoteFarewell();
        }
    }

    private async Task FailAsync(Exception error)
    {
        _fault ??= new Failure(FailingSide.Relay, NapterFtpErrorKind.Connection, $"The relay failed: {error.Message}");
        await _end.CancelAsync();
    }
}
