using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NapterFtp.Devices;
using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Copy;

/// <summary>A session's dialogue with its device: any number of commands in flight, each reply awaited by who sent the command.</summary>
internal sealed class ControlChannel : ControlConnectionEvents, IAsyncDisposable
{
    /// <summary>The reply code for a command at the wrong time.</summary>
    public const int BadSequence = 503;

    private readonly ControlConnection _control;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _device;
    private readonly Activity _activity;
    private readonly FtpClientOptions _options;
    private readonly DeviceTraits _traits;
    private readonly SentSecrets _secrets = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly Task _reading;
    private volatile FtpReply? _farewell;
    private volatile bool _refusesBehind;
    private AwaitedCommand? _last;
    private long _lastReply;

    /// <param name="connection">The connection, which the channel owns from now on.</param>
    /// <param name="context">What the sessions to the device share. Its activity is touched at each reply, its logger told of the
    /// dialogue, passwords masked.</param>
    public ControlChannel(Connection connection, SessionContext context)
    {
        _device = context.Device;
        _time = context.Time;
        _logger = context.Logger;
        _activity = context.Activity;
        _options = context.Options;
        _traits = context.Traits;
        Greeting = new AwaitedCommand(null);
        _control = new ControlConnection(connection, new FtpDialogue(takesAny: false), this);
        _control.Dialogue.Add(Greeting);
        _reading = Task.Run(ReadAllAsync);
    }

    /// <summary>The device's first reply; its 120 is preliminary.</summary>
    public AwaitedCommand Greeting { get; }

    /// <summary>Whether commands can still be sent.</summary>
    public bool IsOpen => _control.Dialogue.IsOpen;

    /// <summary>Whether the device has said that it ends the session (421 of RFC 959, section 4.2.2, or vsftpd's last words): it may hang up
    /// at any moment, and what is sent to it is lost.</summary>
    public bool IsLeaving => _farewell is not null;

    /// <summary>Whether the device owes no reply, so that whoever comes next can go on from here.</summary>
    public bool IsIdle => IsOpen && !IsLeaving && _control.Dialogue.Count == 0;

    /// <summary>Sends commands in one write.</summary>
    public async Task<AwaitedCommand[]> SendAsync(IReadOnlyList<FtpCommand> commands, CancellationToken cancellationToken)
    {
        await DrainAsync(cancellationToken);
        var sent = commands.Select(command => new AwaitedCommand(command)).ToArray();
        foreach (var command in commands)
        {
            _secrets.Note(command);
            Log('>', command.Display);
        }

        try
        {
            await _control.SendAsync(sent, commands.Count == 1 ? commands[0].Raw : Join(commands), cancellationToken, _closed.Token);
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw SetFault(Lost(exception));
        }

        return sent;
    }

    /// <summary>Sends one command and waits for its final reply.</summary>
    /// <exception cref="NapterFtpException"><c>DeviceReplyTimeout</c>, <c>DeviceConnectionLost</c>.</exception>
    public async Task<FtpReply> AskAsync(FtpCommand command, TimeSpan limit, CancellationToken cancellationToken)
    {
        var sent = await SendAsync([command], cancellationToken);
        var reply = await WaitAsync(sent[0], limit, cancellationToken) ?? throw SetFault(Errors.UnexpectedReply(_device, command.Verb, null));
        await DrainAsync(cancellationToken);
        return reply;
    }

    /// <summary>Sends a command that some devices leave unanswered, and waits for its final reply.</summary>
    /// <returns>The reply; null where none came within the limit, and none is waited for any longer.</returns>
    /// <exception cref="NapterFtpException"><c>DeviceConnectionLost</c>.</exception>
    public async Task<FtpReply?> TryAskAsync(FtpCommand command, TimeSpan limit, CancellationToken cancellationToken)
    {
        var sent = (await SendAsync([command], cancellationToken))[0];
        try
        {
            return await FinalAsync(sent, limit, cancellationToken);
        }
        catch (TimeoutException)
        {
            GiveUp(sent);
            return null;
        }
    }

    /// <summary>Waits for the final reply to a command.</summary>
    /// <param name="command">A command sent.</param>
    /// <param name="limit">How long the device may take, from now.</param>
    /// <param name="cancellationToken">Gives up waiting; the reply, once it comes, is still taken for this command's.</param>
    /// <returns>The reply, or null where the device left it out.</returns>
    public async Task<FtpReply?> WaitAsync(AwaitedCommand command, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            return await FinalAsync(command, limit, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw SetFault(Errors.ReplyTimeout(_device, command.Command?.Display, limit));
        }
    }

    private async Task<FtpReply?> FinalAsync(AwaitedCommand command, TimeSpan limit, CancellationToken cancellationToken)
    {
        var first = await Task.WhenAny((Task)command.Final, command.Odd).WaitAsync(limit, _time, cancellationToken);
        if (first == command.Odd)
        {
            await SettleOddAsync(command, await command.Odd, cancellationToken);
        }

        return await command.Final.WaitAsync(limit, _time, cancellationToken);
    }

    /// <summary>Takes a transfer's missing final reply for given: the data has come, and the device has answered later commands.</summary>
    public void GiveUp(AwaitedCommand command)
    {
        _control.Dialogue.GiveUp(command);
        command.OnUnanswered();
    }

    /// <summary>No command can be sent from now on; all waits end with this error.</summary>
    public Exception SetFault(Exception exception) => _control.Fail(exception);

    /// <summary>Says QUIT and waits a little for the device to hang up, so that one with few sessions has this one free again.</summary>
    public async Task CloseAsync(TimeSpan limit)
    {
        if (IsOpen)
        {
            try
            {
                using var timeout = new CancellationTokenSource(limit, _time);
                FtpCommand[] farewell = _control.Dialogue.Count > 0
                    ? [FtpCommand.Create("ABOR"), FtpCommand.Create("QUIT")]
                    : [FtpCommand.Create("QUIT")];
                var sent = await SendAsync(farewell, timeout.Token);
                await _control.CompleteWritesAsync(timeout.Token);
                await Task.WhenAny(_reading, sent[^1].Final).WaitAsync(timeout.Token);
            }
            catch (Exception exception) when (exception is NapterFtpException or IOException or SocketException or OperationCanceledException or ObjectDisposedException)
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
        await _control.DisposeAsync();
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

    /// <summary>From here on, nobody sees a password that the device says again; what the reply means is still read as it came.</summary>
    public override FtpReply Seen(FtpReply reply)
    {
        reply = reply.ShownAs(_secrets.Hide(reply.Text));
        _activity.Touch();
        Interlocked.Exchange(ref _lastReply, _time.GetTimestamp());
        _farewell = IsFarewell(reply) ? reply : _farewell;
        Log('<', reply.Text);
        return reply;
    }

    /// <summary>Whether the device has refused, in the middle of a transfer, what was sent behind it (503). Some end the transfer as well.</summary>
    public bool RefusesBehind => _refusesBehind;

    public override void AnsweredAhead(FtpReply reply)
    {
        if (reply.Code == BadSequence)
        {
            _traits.NeverPipeline = true;
            _refusesBehind = true;
        }
    }

    public override void Answered(PendingCommand command) => _last = (AwaitedCommand)command;

    public override void Unasked(FtpReply reply)
    {
        if (reply.Code == 0 || (reply.Code == 220 && _last == Greeting) || IsFarewell(reply))
        {
            // A text, a farewell (vsftpd's may be two), or a greeting of several lines each of which looks whole.
            return;
        }

        if (_control.Dialogue.Only is AwaitedCommand { IsTransfer: false } only && reply.IsFinal)
        {
            if (_traits.Accepts(only.Verb, reply.Code) && _control.Dialogue.GiveUp(only))
            {
                only.OnFinal(reply);
                return;
            }

            only.SetOdd(reply, _last);
            return;
        }

        NoteRepeated(reply, _last);
    }

    private static bool IsFarewell(FtpReply reply) => reply.Code == 421 || reply.IsLastWords;

    private void NoteRepeated(FtpReply reply, AwaitedCommand? last)
    {
        _logger.LogDebug("{Device}: {Reply} answers nothing that was asked.", _device, reply.Text);
        _traits.RepeatsReplies = true;
        if (last?.FinalReply is { } answer && answer.IsNegative != reply.IsNegative)
        {
            // One of the two was not meant for what it was taken for.
            SetFault(Errors.UnexpectedReply(_device, last.Verb, reply));
        }
    }

    /// <summary>With a device that gives replies nobody asked for: waits until no more come, so that none is taken for the answer
    /// to the next command.</summary>
    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        while (_traits.RepeatsReplies && IsOpen)
        {
            if (_time.GetElapsedTime(began) > _options.ReplyTimeout)
            {
                throw SetFault(Errors.NeverSilent(_device, _options.ReplyTimeout));
            }

            var rest = _options.QuietTime - _time.GetElapsedTime(Interlocked.Read(ref _lastReply));
            if (rest <= TimeSpan.Zero)
            {
                return;
            }

            await Task.Delay(rest, _time, cancellationToken);
        }
    }

    /// <summary>A reply that does not look like the answer to a command is one where no other comes soon.</summary>
    private async Task SettleOddAsync(AwaitedCommand command, FtpReply odd, CancellationToken cancellationToken)
    {
        await Task.WhenAny(command.Final, Task.Delay(_options.FinalReplyGrace, _time, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        if (_control.Dialogue.GiveUp(command))
        {
            _traits.Accept(command.Verb, odd.Code);
            command.OnFinal(odd);
        }
        else
        {
            NoteRepeated(odd, command.Before);
        }
    }

    private async Task ReadAllAsync()
    {
        try
        {
            await _control.RunAsync(_closed.Token);
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
internal sealed class AwaitedCommand : PendingCommand
{
    private readonly TaskCompletionSource<FtpReply> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<FtpReply?> _final = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<FtpReply> _odd = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public AwaitedCommand(FtpCommand? command)
        : base(command?.Verb ?? "")
    {
        Command = command;

        // Whoever gave up waiting does not look at a later failure.
        Observe(_started.Task);
        Observe(_final.Task);
    }

    /// <summary>The command; null stands for the greeting, which answers the connection itself.</summary>
    public FtpCommand? Command { get; }

    /// <summary>The first reply, preliminary or final.</summary>
    public Task<FtpReply> Started => _started.Task;

    /// <summary>The final reply; null where the device gave none although it has answered later commands.</summary>
    public Task<FtpReply?> Final => _final.Task;

    /// <summary>A reply that does not look like an answer to this command, though nothing else was asked.</summary>
    public Task<FtpReply> Odd => _odd.Task;

    /// <summary>The final reply, once it has come.</summary>
    public FtpReply? FinalReply { get; private set; }

    /// <summary>Refused, or the connection has ended.</summary>
    public bool HasFailed => IsRefused || _final.Task.IsFaulted;

    /// <summary>The device refused; of a transfer that is 202 too, which says that the command means nothing to it.</summary>
    public bool IsRefused => FinalReply is { IsNegative: true } || (IsTransfer && FinalReply?.Code == 202);

    /// <summary>The command answered before <see cref="Odd"/> came, whose second answer that may be.</summary>
    public AwaitedCommand? Before { get; private set; }

    public void SetOdd(FtpReply reply, AwaitedCommand? before)
    {
        if (!_odd.Task.IsCompleted)
        {
            Before = before;
            _odd.TrySetResult(reply);
        }
    }

    public override void OnPreliminary(FtpReply reply) => _started.TrySetResult(reply);

    public override void OnFinal(FtpReply reply)
    {
        FinalReply = reply;
        _started.TrySetResult(reply);
        _final.TrySetResult(reply);
    }

    public override void OnUnanswered() => _final.TrySetResult(null);

    public override void OnFault(Exception exception)
    {
        _started.TrySetException(exception);
        _final.TrySetException(exception);
    }

    private static void Observe(Task task) =>
        _ = task.ContinueWith(
            static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
