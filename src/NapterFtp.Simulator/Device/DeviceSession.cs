using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace NapterFtp.Simulator.Device;

/// <summary>
/// One control connection: a task reads commands ahead, so that ABOR and a hang-up are noticed during a transfer, and the commands are
/// carried out one after the other.
/// </summary>
internal sealed class DeviceSession : IDisposable
{
    private static readonly TimeSpan s_closeLimit = TimeSpan.FromSeconds(5);
    private readonly Socket _socket;
    private readonly ControlWriter _writer;
    private readonly Channel<DeviceCommand> _commands = Channel.CreateBounded<DeviceCommand>(256);
    private readonly CancellationTokenSource _ended;
    private readonly TaskCompletionSource _hungUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _received;
    private long _current;
    private long _answered;
    private bool _quitReceived;
    private bool _closing;

    public DeviceSession(SimulatedFtpDevice device, Socket socket, CancellationToken cancellationToken)
    {
        Device = device;
        _socket = socket;
        _ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ClientAddress = ((IPEndPoint)socket.RemoteEndPoint!).Address;
        _writer = new ControlWriter(socket, device.Options.Profile, device.Options.Time, device.TranscriptOf("<"))
        {
            BeforeFinalReply = () => Volatile.Write(ref _answered, _current),
        };
        Data = new DataChannel(device.PassivePorts, device.Options, ClientAddress);
    }

    public SimulatedFtpDevice Device { get; }

    public DeviceProfile Profile => Device.Options.Profile;

    public DataChannel Data { get; }

    public TransferAbort Abort { get; } = new();

    public IPAddress ClientAddress { get; }

    /// <summary>Whether it counts among the sessions that the device serves at once; no longer once it says goodbye.</summary>
    public bool TakesPlace { get; set; }

    /// <summary>Whether the client has ended the connection.</summary>
    public bool ClientHungUp
    {
        get
        {
            try
            {
                return _socket.Poll(0, SelectMode.SelectRead) && _socket.Available == 0;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return true;
            }
        }
    }

    /// <summary>Completes when the client has ended the connection.</summary>
    public Task HangUp => _hungUp.Task;

    /// <summary>What the client's commands have set.</summary>
    public DeviceSessionState State { get; set; } = new();

    public void Dispose()
    {
        Data.Dispose();
        _socket.Dispose();
        _ended.Dispose();
    }

    /// <summary>Serves the client to the end; throws nothing.</summary>
    /// <param name="refusal">The greeting with which to turn it away, or null.</param>
    public async Task RunAsync(string? refusal)
    {
        var token = _ended.Token;
        var reading = Task.CompletedTask;
        try
        {
            _socket.NoDelay = true;

            // Clients send the last byte before ABOR as urgent data; without this it would be missing from the stream.
            _socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline, true);
            reading = ReadCommandsAsync(token);
            await GreetAsync(refusal, token);
            await HandleCommandsAsync(token);

            // A close with bytes unread would reset the connection and might take the last reply along.
            _socket.Shutdown(SocketShutdown.Send);
            await reading.WaitAsync(s_closeLimit, Device.Options.Time, token);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException or TimeoutException)
        {
            // The client or the device is gone; there is nobody to tell.
        }
        finally
        {
            await _ended.CancelAsync();
            await reading;
        }
    }

    /// <summary>Replies; see <see cref="ControlWriter.ReplyAsync"/>.</summary>
    public Task ReplyAsync(int code, string text, CancellationToken cancellationToken) => _writer.ReplyAsync(code, text, cancellationToken);

    /// <summary>Sends a reply that already holds its codes.</summary>
    public Task WriteAsync(string reply, CancellationToken cancellationToken) => _writer.WriteAsync(reply, cancellationToken);

    /// <summary>The absolute path that a command's argument means.</summary>
    /// <exception cref="DeviceReplyException">501 where there is no argument.</exception>
    public string PathOf(DeviceCommand command) => command.Argument.Length > 0
        ? DeviceFolder.Combine(State.CurrentDirectory, command.Argument)
        : throw new DeviceReplyException(501, $"{command.Verb} needs an argument.");

    /// <summary>Ends the session after this command.</summary>
    public void Close()
    {
        _closing = true;
        TakesPlace = false;
    }

    /// <summary>Resets the control connection.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
        Close();
    }

    /// <summary>Lets a fault happen; whether the command is thereby done with.</summary>
    public async Task<bool> SufferAsync(DeviceFault fault, CancellationToken cancellationToken)
    {
        switch (fault.Kind)
        {
            case DeviceFaultKind.DropControl:
                Reset();
                return true;
            case DeviceFaultKind.Silence:
                await HangUp.WaitAsync(cancellationToken);
                Close();
                return true;
            case DeviceFaultKind.ReplyInstead:
                await WriteAsync(fault.Reply, cancellationToken);
                if (fault.Verb == DeviceFault.Connecting || fault.Reply.StartsWith("421", StringComparison.Ordinal))
                {
                    Close();
                }

                return true;
            default:
                await Task.Delay(fault.Wait, Device.Options.Time, cancellationToken);
                return false;
        }
    }

    private async Task GreetAsync(string? refusal, CancellationToken cancellationToken)
    {
        var connecting = new DeviceCommand(0, DeviceFault.Connecting, "");
        if (Device.Faults.ForCommand(connecting) is { } fault && await SufferAsync(fault, cancellationToken))
        {
            return;
        }

        await WriteAsync(refusal ?? Profile.Greeting, cancellationToken);
        if (refusal is not null)
        {
            Close();
        }
    }

    private async Task ReadCommandsAsync(CancellationToken cancellationToken)
    {
        var reader = new ControlLineReader(_socket);
        var receives = 0L;
        try
        {
            while (await reader.ReadAsync(cancellationToken) is { } line)
            {
                var command = DeviceCommand.Parse(++_received, line);
                Device.TranscriptOf(">")?.Invoke(command.Display);
                var waitedFor = reader.Receives != receives && Volatile.Read(ref _answered) == command.Sequence - 1;
                receives = reader.Receives;
                Device.Counters.CommandReceived(command.Verb, waitedFor);
                _quitReceived |= command.Verb == "QUIT";
                if (command.Verb == "ABOR" && Profile.Knows("ABOR"))
                {
                    Abort.AbortBefore(command.Sequence);
                }

                await _commands.Writer.WriteAsync(command, cancellationToken);
                if (Profile.LosesPipelined || (Profile.LosesBehindLogin && command.Verb is "USER" or "PASS"))
                {
                    reader.DropRest();
                }
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Reported to the handling side as the end of the commands.
        }

        // RFC 959 section 4.1.1: a hang-up without QUIT is as ABOR and QUIT together.
        if (!_quitReceived)
        {
            Abort.AbortBefore(long.MaxValue);
        }

        _commands.Writer.TryComplete();
        _hungUp.SetResult();
    }

    private async Task HandleCommandsAsync(CancellationToken cancellationToken)
    {
        while (!_closing && await NextCommandAsync(cancellationToken) is { } command)
        {
            _current = command.Sequence;
            try
            {
                await CommandTable.HandleAsync(this, command, cancellationToken);
            }
            catch (DeviceReplyException refusal)
            {
                await ReplyAsync(refusal.Code, refusal.Message, cancellationToken);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                await ReplyAsync(550, "Requested action not taken.", cancellationToken);
            }
            catch (Exception e) when (e is not (SocketException or OperationCanceledException or ObjectDisposedException))
            {
                await ReplyAsync(451, $"Local error in processing: {e.GetType().Name}.", cancellationToken);
            }

            Volatile.Write(ref _answered, command.Sequence);
        }
    }

    private async Task<DeviceCommand?> NextCommandAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Device.Options.IdleTimeout, Device.Options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await _commands.Reader.WaitToReadAsync(either.Token) && _commands.Reader.TryRead(out var command) ? command : null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await ReplyAsync(421, "Timeout.", cancellationToken);
            return null;
        }
    }
}
