using Microsoft.Extensions.Logging;
using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Copy;

/// <summary>The control connection: any number of commands in flight, each reply given to the command it answers.</summary>
internal sealed class ControlChannel : IAsyncDisposable
{
    private const int ReadSize = 4096;

    private readonly Connection _connection;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _device;
    private readonly Activity _activity;
    private readonly PendingCommands _pending = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly CancellationTokenSource _closed = new();
    private readonly Task _reading;
    private FtpReply? _farewell;

    /// <param name="connection">The connection, which the channel owns from now on.</param>
    /// <param name="device">The device and port, for messages.</param>
    /// <param name="activity">Touched at each reply.</param>
    /// <param name="time">The clock of all limits.</param>
    /// <param name="logger">Told of the dialogue, passwords masked.</param>
    public ControlChannel(Connection connection, string device, Activity activity, TimeProvider time, ILogger logger)
    {
        _connection = connection;
        _device = device;
        _time = time;
        _logger = logger;
        _activity = activity;
        Greeting = new PendingCommand(null);
        _pending.Add(Greeting);
        _reading = Task.Run(ReadAllAsync);
    }

    /// <summary>The device's first reply; its 120 is preliminary.</summary>
    public PendingCommand Greeting { get; }

    /// <summary>Whether commands can still be sent.</summary>
    public bool IsOpen => _pending.IsOpen;

    /// <summary>Sends commands in one write.</summary>
    public async Task<PendingCommand[]> SendAsync(IReadOnlyList<FtpCommand> commands, CancellationToken cancellationToken)
    {
        var pending = commands.Select(command => new PendingCommand(command)).ToArray();
        var bytes = commands.Count == 1 ? commands[0].Raw : Join(commands);
        await _writing.WaitAsync(cancellationToken);
        try
        {
            _pending.Add(pending);
            foreach (var command in commands)
            {
                Log('>', command.Display);
            }

            // A line half sent would garble the next one: once begun, a write is not cancelled but by the connection's end.
            await _connection.WriteAsync(bytes, _closed.Token);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw SetFault(Lost(exception));
        }
        finally
        {
            _writing.Release();
        }

        return pending;
    }

    /// <summary>Sends one command and waits for its final reply.</summary>
    /// <exception cref="NapterFtpException"><c>DeviceReplyTimeout</c>, <c>DeviceConnectionLost</c>.</exception>
    public async Task<FtpReply> AskAsync(FtpCommand command, TimeSpan limit, CancellationToken cancellationToken)
    {
        var sent = await SendAsync([command], cancellationToken);
        return await WaitAsync(sent[0], limit, cancellationToken)
            ?? throw SetFault(Errors.UnexpectedReply(_device, command.Verb, null));
    }

    /// <summary>Waits for the final reply to a command.</summary>
    /// <param name="command">A command sent.</param>
    /// <param name="limit">How long the device may take, from now.</param>
    /// <param name="cancellationToken">Gives up waiting; the reply, once it comes, is still taken for this command's.</param>
    /// <returns>The reply, or null where the device left it out.</returns>
    public async Task<FtpReply?> WaitAsync(PendingCommand command, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            return await command.Final.WaitAsync(limit, _time, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw SetFault(Errors.ReplyTimeout(_device, command.Command?.Display, limit));
        }
    }

    /// <summary>Takes a transfer's missing final reply for given: the data has come, and the device has answered later commands.</summary>
    public void GiveUp(PendingCommand command) => _pending.GiveUp(command);

    /// <summary>No command can be sent from now on; all waits end with this error.</summary>
    public Exception SetFault(Exception exception) => _pending.SetFault(exception);

    /// <summary>Says QUIT and waits a little for the device to hang up, so that one with few sessions has this one free again.</summary>
    public async Task CloseAsync(TimeSpan limit)
    {
        if (IsOpen)
        {
            try
            {
                using var timeout = new CancellationTokenSource(limit, _time);
                FtpCommand[] farewell = _pending.Count > 0
                    ? [FtpCommand.Create("ABOR"), FtpCommand.Create("QUIT")]
                    : [FtpCommand.Create("QUIT")];
                var sent = await SendAsync(farewell, timeout.Token);
                await _connection.CompleteWritesAsync(timeout.Token);
                await Task.WhenAny(_reading, sent[^1].Final).WaitAsync(timeout.Token);
            }
            catch (Exception exception) when (exception is NapterFtpException or IOException or OperationCanceledException or ObjectDisposedException)
            {
                // A farewell that fails is one all the same.
            }
        }

        await DisposeAsync();
    }

    /// <summary>Closes at once.</summary>
    public async ValueTask DisposeAsync()
    {
        SetFault(new ObjectDisposedException(nameof(ControlChannel)));
        await _closed.CancelAsync();
        await _connection.DisposeAsync();
        await _reading;
    }

    private static byte[] Join(IReadOnlyList<FtpCommand> commands)
    {
        var bytes = new byte[commands.Sum(command => command.Raw.Length)];
        var end = 0;
        foreach (var command in commands)
        {
            command.Raw.CopyTo(bytes.AsMemory(end));
            end += command.Raw.Length;
        }

        return bytes;
    }

    private async Task ReadAllAsync()
    {
        try
        {
            var reader = new FtpReplyReader();
            var buffer = new byte[ReadSize];
            while (await _connection.ReadAsync(buffer, _closed.Token) is var count and > 0)
            {
                reader.Append(buffer.AsSpan(0, count));
                while (reader.TryRead(out var reply))
                {
                    Take(reply);
                }
            }

            if (reader.TryReadRest(out var rest))
            {
                Take(rest);
            }

            SetFault(Lost(null));
        }
        catch (NapterFtpException exception)
        {
            SetFault(exception);
        }
        catch (Exception exception)
        {
            SetFault(Lost(exception));
        }
    }

    private void Take(FtpReply reply)
    {
        _activity.Touch();
        Log('<', reply.Text);
        if (reply.Code != 0 && !_pending.Answer(reply) && reply.Code == 421)
        {
            _farewell = reply;
        }
    }

    private NapterFtpException Lost(Exception? exception) => Errors.ConnectionLost(_device, _farewell, exception);

    private void Log(char direction, string text)
    {
        if (_logger.IsEnabled(LogLevel.Debug))
        {
            _logger.LogDebug("{Device} {Direction} {Text}", _device, direction, text);
        }
    }
}

/// <summary>A command on its way, and what the device answers to it.</summary>
internal sealed class PendingCommand
{
    private readonly TaskCompletionSource<FtpReply> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<FtpReply?> _final = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public PendingCommand(FtpCommand? command)
    {
        Command = command;

        // Whoever gave up waiting does not look at a later failure.
        Observe(_started.Task);
        Observe(_final.Task);
    }

    /// <summary>The command; null stands for the greeting, which answers the connection itself.</summary>
    public FtpCommand? Command { get; }

    public string Verb => Command?.Verb ?? "";

    public bool IsTransfer => Command?.IsTransfer == true;

    /// <summary>Sent only to see in what order the device answers.</summary>
    public bool IsProbe => Verb == "NOOP";

    /// <summary>A 1xx has come.</summary>
    public bool HasStarted { get; private set; }

    /// <summary>The reply to a command sent later has come first: the device does not keep order, or does not end transfers with
    /// a reply.</summary>
    public bool Overtaken { get; set; }

    /// <summary>The first reply, preliminary or final.</summary>
    public Task<FtpReply> Started => _started.Task;

    /// <summary>The final reply; null where the device gave none although it has answered later commands.</summary>
    public Task<FtpReply?> Final => _final.Task;

    /// <summary>The final reply, once it has come.</summary>
    public FtpReply? FinalReply { get; private set; }

    /// <summary>Refused, or the connection has ended.</summary>
    public bool HasFailed => IsRefused || _final.Task.IsFaulted;

    /// <summary>The device refused; of a transfer that is 202 too, which says that the command means nothing to it.</summary>
    public bool IsRefused => FinalReply is { IsNegative: true } || (IsTransfer && FinalReply?.Code == 202);

    public void SetPreliminary(FtpReply reply)
    {
        HasStarted = true;
        _started.TrySetResult(reply);
    }

    public void SetFinal(FtpReply reply)
    {
        FinalReply = reply;
        _started.TrySetResult(reply);
        _final.TrySetResult(reply);
    }

    public void SetUnanswered() => _final.TrySetResult(null);

    public void Fail(Exception exception)
    {
        _started.TrySetException(exception);
        _final.TrySetException(exception);
    }

    private static void Observe(Task task) =>
        _ = task.ContinueWith(
            static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
