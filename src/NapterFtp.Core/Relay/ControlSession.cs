using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using NapterFtp.Devices;
using NapterFtp.Entries;
using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Relay;

/// <summary>One FTP client's session: its control connection relayed to the device's, and its data ports.</summary>
internal sealed class ControlSession : ILocalSession
{
    private const int ReadSize = 2048;

    private static readonly SessionEnd s_deviceClosed = SessionEnd.By(FailingSide.Device, "The device closed its control connection.");

    private readonly Connection _connection;
    private readonly CommandHandler _commands;
    private readonly CancellationTokenSource _end;
    private readonly CancellationToken _ended;
    private readonly DeferredWork _deferred;
    private readonly TaskCompletionSource _goodbye = new(TaskCreationOptions.RunContinuationsAsynchronously);
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
    }

    /// <summary>What the proxy's sessions share.</summary>
    public SessionServices Services { get; }

    /// <summary>The session's number within the proxy.</summary>
    public string Id { get; }

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
    public Task SendAsync(PendingCommand command, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        Device.SendAsync([command], bytes, cancellationToken, cancellationToken);

    /// <inheritdoc cref="CommandHandler.NoteTransfer"/>
    public void NoteTransfer(long length) => _commands.NoteTransfer(length);

    /// <summary>Runs what an exchange must wait for, beside the dialogue; the session does not end before it.</summary>
    public void Defer(Func<CancellationToken, Task> work) => _deferred.Run(work, _ended);

    /// <summary>Opens a Napter port for a data port of the device. Takes over the client's end.</summary>
    public Task<DataConnection> OpenDataPortAsync(int devicePort, IDataClient client, CancellationToken cancellationToken)
    {
        var options = Services.Options;
        var request = new EntryRequest
        {
            Device = options.Device,
            DevicePort = devicePort,
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
        try
        {
            await using var control = await DeviceLink.OpenAsync(
                Services.ControlPort, Services.Dialer, _connection.LocalEndPoint, ClientEndPoint, _end.Token);
            _device = new ControlConnection(control.Connection, new FtpDialogue(takesAny: true), new RelayedReplies(this, control.Counters));
            await RelayAsync(control);
        }
        catch (NapterFtpException e)
        {
            Services.Logger.LogWarning("Session {Session}: {Error}", Id, e.Message);
            await RefuseAsync(_connection, RelayReply.Error(421, e), Services.Time);
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

    private async Task RelayAsync(DeviceLink control)
    {
        Device.Dialogue.Add(new RelayedCommand("", await Client.AddAsync(_end.Token), Greet));
        var replies = Client.RunAsync(_end.Token);
        var device = Device.RunAsync(_end.Token);
        var client = ReadCommandsAsync(_end.Token);
        var stop = Watch.WaitAsync(_end.Token);

        // 1. Relay, until either side leaves or the session is to end. A client that takes no more replies may have sent commands
        // before, which are still read.
        var first = await Task.WhenAny(device, client, replies, stop, control.Closing, _goodbye.Task);
        if (first == replies)
        {
            first = await Task.WhenAny(device, client, stop, control.Closing);
        }

        var end = await DescribeAsync(first, device, client, stop);

        // 2. Finish what the client is still owed, or tell it why there is no more.
        if (first == client || first == _goodbye.Task)
        {
            await FinishAsync(first == client, Task.WhenAny(device, stop, control.Closing), replies);
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

    private async Task<SessionEnd> DescribeAsync(Task first, Task device, Task client, Task<SessionEnd> stop) =>
        first == _goodbye.Task ? SessionEnd.Quit
        : first == client ? await SessionEnd.OfAsync(client, FailingSide.Client, SessionEnd.ClientClosed)
        : first == device ? await SessionEnd.OfAsync(device, FailingSide.Device, _farewell ? SessionEnd.DeviceLeft : s_deviceClosed)
        : first != stop ? SessionEnd.PortClosed
        : stop.IsCompletedSuccessfully ? await stop
        : SessionEnd.Stopping;

    private void Report(SessionEnd end)
    {
        // What clients do is their users' affair.
        var level = end.Failure is { Side: not FailingSide.Client } ? LogLevel.Warning : LogLevel.Information;
        var text = Secrets.Hide($"{end.Reason} {end.Failure?.Advice}".TrimEnd());
        Services.Logger.Log(level, "Session {Session} of {Client} has ended: {Reason}", Id, ClientEndPoint, text);
    }

    /// <summary>Lets transfers end, and sends the replies that the client is still owed.</summary>
    /// <param name="clientHasGone">Whether the client has closed its half; it may still read.</param>
    /// <param name="ended">Ends when there is nothing to be waited for any more.</param>
    /// <param name="replies">Ends when all replies have been sent.</param>
    private async Task FinishAsync(bool clientHasGone, Task ended, Task replies)
    {
        // An upload whose client leaves without a word has most likely been cut: the device must not take it for whole.
        if (!clientHasGone || _commands.QuitSent || _commands.Current?.IsUpload != true)
        {
            await FinishTransfersAsync(ended);
        }

        if (_goodbye.Task.IsCompleted)
        {
            Device.Fail(Lost(SessionEnd.Quit.Reason));
        }

        Client.Complete();
        await Task.WhenAny(replies, ended, Task.Delay(Services.Options.SettleTimeout, Services.Time, _end.Token));
    }

    private async Task FinishTransfersAsync(Task ended)
    {
        for (var seen = -1L; !Watch.TransfersEnded.IsCompleted && !ended.IsCompleted; )
        {
            if (_commands.Current is not { } data || (data.Moved == seen && !data.IsHeldUp))
            {
                return;
            }

            seen = data.Moved;
            await Task.WhenAny(Watch.TransfersEnded, ended, Task.Delay(Services.Options.SettleTimeout, Services.Time, _end.Token));
        }
    }

    private static NapterFtpException Lost(string reason) => new("DeviceConnectionLost", NapterFtpErrorKind.Connection, reason);

    private async Task SayFarewellAsync(string reason, bool isNews, Task replies)
    {
        Device.Fail(Lost(reason));
        using var limit = new TimeLimit(Services.Options.SettleTimeout, Services.Time, _end.Token);
        try
        {
            if (isNews && !_farewell)
            {
                await Client.AddAsync(RelayReply.Line(421, reason), limit.Token);
            }

            Client.Complete();
            await Task.WhenAny(replies, Task.Delay(Timeout.InfiniteTimeSpan, limit.Token));
        }
        catch (OperationCanceledException)
        {
            // A client that does not read is not waited for.
        }
    }

    private async Task ReadCommandsAsync(CancellationToken cancellationToken)
    {
        var reader = new FtpCommandReader();
        var buffer = new byte[ReadSize];
        while (true)
        {
            var count = await Client.Connection.ReadAsync(buffer, cancellationToken);
            if (count == 0)
            {
                return;
            }

            reader.Append(buffer.AsSpan(0, count));
            while (reader.TryRead(out var command))
            {
                Watch.Touch();
                Secrets.Note(command);
                Services.Logger.LogDebug("Session {Session} > {Command}", Id, command.Display);
                await _commands.HandleAsync(command, reader, cancellationToken);
            }
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

    private static async Task IgnoreAsync(IEnumerable<Task> tasks)
    {
        try
        {
            await Task.WhenAll(tasks);
        }
        catch (Exception)
        {
            // Each has been dealt with as the session ended.
        }
    }
}

/// <summary>What a session's exchanges must wait for, run beside the dialogue. Its failure is the session's.</summary>
/// <param name="onFailure">Ends the session; work that the session's end cancels has not failed.</param>
internal sealed class DeferredWork(Func<Exception, Task> onFailure)
{
    private readonly ConcurrentDictionary<Task, byte> _running = new();

    /// <summary>What runs now; never faults.</summary>
    public IEnumerable<Task> Running => _running.Keys;

    /// <summary>Starts some work, off the caller's stack.</summary>
    public void Run(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        var task = GuardAsync(work, cancellationToken);
        _running.TryAdd(task, 0);
        _ = task.ContinueWith(
            (ended, set) => ((ConcurrentDictionary<Task, byte>)set!).TryRemove(ended, out _),
            _running,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private async Task GuardAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        await Task.Yield();
        try
        {
            await work(cancellationToken);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The session ended first.
        }
        catch (Exception e)
        {
            await onFailure(e);
        }
    }
}
