using NapterFtp.Ftp;

namespace NapterFtp.Client;

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
