namespace NapterFtp.Ftp;

/// <summary>One control connection's dialogue, without its bytes: the commands that wait for their replies, and the final replies
/// still owed by transfers that were given up. Safe for several threads; it calls nobody.</summary>
/// <param name="takesAny">As of <see cref="ReplyMatcher.Match"/>.</param>
internal sealed class FtpDialogue(bool takesAny)
{
    private readonly object _lock = new();
    private readonly List<PendingCommand> _pending = [];
    private Exception? _fault;
    private int _owed;
    private bool _announcesTransfers;

    /// <summary>Whether commands can still be added.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_lock)
            {
                return _fault is null;
            }
        }
    }

    /// <summary>Commands whose final reply has not come.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _pending.Count;
            }
        }
    }

    /// <summary>The command that waits alone for its final reply; null where none or several do.</summary>
    public PendingCommand? Only
    {
        get
        {
            lock (_lock)
            {
                return _pending.Count == 1 ? _pending[0] : null;
            }
        }
    }

    /// <summary>Whether a transfer runs and nothing else is waited for.</summary>
    public bool IsTransferring
    {
        get
        {
            lock (_lock)
            {
                return _pending.Count > 0 && _pending.TrueForAll(command => command is { IsTransfer: true, HasStarted: true });
            }
        }
    }

    /// <summary>Adds commands about to be sent, or the greeting. Throws what the dialogue has ended with.</summary>
    public void Add(params IReadOnlyList<PendingCommand> commands)
    {
        lock (_lock)
        {
            if (_fault is not null)
            {
                throw _fault;
            }

            _pending.AddRange(commands);
        }
    }

    /// <summary>Says what a reply answers; a command that it ends is no longer pending.</summary>
    public ReplyVerdict Take(FtpReply reply)
    {
        lock (_lock)
        {
            return reply.Code == 0 ? TakeText()
                : reply.IsPreliminary ? TakePreliminary(reply.Code)
                : TakeFinal(reply.Code);
        }
    }

    /// <summary>Waits for a command no longer. Where it is a transfer, its final reply may still come and answers nothing then.</summary>
    /// <returns>False where it is not pending any more.</returns>
    public bool GiveUp(PendingCommand command)
    {
        lock (_lock)
        {
            if (!_pending.Remove(command))
            {
                return false;
            }

            _owed += command.IsTransfer ? 1 : 0;
            return true;
        }
    }

    /// <summary>Ends the dialogue: nothing can be added from now on.</summary>
    /// <param name="exception">What <see cref="Add"/> throws from now on; only the first counts.</param>
    /// <param name="pending">The commands left without an answer.</param>
    /// <returns>What the dialogue has ended with.</returns>
    public Exception Fail(Exception exception, out IReadOnlyList<PendingCommand> pending)
    {
        lock (_lock)
        {
            pending = [.. _pending];
            _pending.Clear();
            return _fault ??= exception;
        }
    }

    private ReplyVerdict TakeText() =>
        _pending.Count > 0 ? new ReplyVerdict(ReplyRole.Text, _pending[0], []) : new ReplyVerdict(ReplyRole.Unasked, null, []);

    private ReplyVerdict TakePreliminary(int code)
    {
        var index = ReplyMatcher.MatchPreliminary(_pending, code);
        if (index < 0)
        {
            return new ReplyVerdict(ReplyRole.Unasked, null, []);
        }

        var command = _pending[index];
        List<PendingCommand> unanswered = [];
        if (command is { IsTransfer: true, HasStarted: false })
        {
            // One transfer at a time: an earlier one's reply will not come any more, nor that to an ABOR of it.
            _owed = 0;
            _announcesTransfers = true;
            unanswered = _pending.Take(index).Where(earlier => earlier.Verb == "ABOR").ToList();
            unanswered.ForEach(earlier => _pending.Remove(earlier));
        }

        command.HasStarted = true;
        return new ReplyVerdict(ReplyRole.Preliminary, command, unanswered);
    }

    private ReplyVerdict TakeFinal(int code)
    {
        var index = ReplyMatcher.Match(_pending, code, takesAny);
        if (_owed > 0 && ReplyMatcher.CanEndTransfer(code) && !IsAnswerAhead(index, code))
        {
            _owed--;
            return new ReplyVerdict(ReplyRole.Late, null, []);
        }

        if (index < 0)
        {
            return new ReplyVerdict(ReplyRole.Unasked, null, []);
        }

        var command = _pending[index];
        List<PendingCommand> unanswered = [];
        var isAhead = false;
        for (var i = 0; i < index; i++)
        {
            _pending[i].IsOvertaken = true;
            isAhead |= _pending[i] is { IsTransfer: true, HasStarted: true };
            if (!_pending[i].IsTransfer)
            {
                unanswered.Add(_pending[i]);
            }
        }

        _pending.RemoveAt(index);
        unanswered.ForEach(passed => _pending.Remove(passed));
        return new ReplyVerdict(ReplyRole.Final, command, unanswered, isAhead);
    }

    // Whether a reply that may be one owed by a transfer given up is the answer to a later command all the same. Where both can be,
    // it is: a reply too many is found out by the next, but a command without its reply waits for good.
    private bool IsAnswerAhead(int index, int code)
    {
        if (index < 0 || !ReplyMatcher.CanAnswer(_pending[index].Verb, code))
        {
            return false;
        }

        // Replies come in order: a device that looked for a data connection in vain says so before it listens for the next, and
        // one that announces its transfers ends none before.
        return !(code == 425 && !_pending[index].IsTransfer && _pending[index].Verb != "ABOR")
            && !(_announcesTransfers && code is 226 or 250 or 426 && _pending[index] is { IsTransfer: true, HasStarted: false });
    }
}

/// <summary>What a reply is to the dialogue.</summary>
internal enum ReplyRole
{
    /// <summary>Nothing asked for it.</summary>
    Unasked,

    /// <summary>The end of a transfer that was given up: it answers nothing.</summary>
    Late,

    /// <summary>A line that is no reply, before the reply to a command.</summary>
    Text,

    /// <summary>1xx: another follows.</summary>
    Preliminary,

    /// <summary>It ends the command.</summary>
    Final,
}

/// <summary>What a reply answers.</summary>
/// <param name="Role">What it is.</param>
/// <param name="Command">The command it belongs to; null where to none.</param>
/// <param name="Unanswered">Earlier commands that this shows to have been left without a reply.</param>
/// <param name="IsAhead">Whether it came before the end of a transfer whose command was sent earlier.</param>
internal readonly record struct ReplyVerdict(
    ReplyRole Role, PendingCommand? Command, IReadOnlyList<PendingCommand> Unanswered, bool IsAhead = false);

/// <summary>A command on its way, or the greeting, which answers the connection itself; and what is to be done with the replies.
/// The methods are called one after the other, and must not wait.</summary>
/// <param name="verb">In upper case; empty for the greeting.</param>
internal abstract class PendingCommand(string verb)
{
    public string Verb { get; } = verb;

    public bool IsTransfer { get; } = FtpCommand.DirectionOf(verb) != FtpTransferDirection.None;

    /// <summary>A 1xx has come.</summary>
    public bool HasStarted { get; internal set; }

    /// <summary>The reply to a command sent later has come first.</summary>
    public bool IsOvertaken { get; internal set; }

    /// <summary>Whether a transfer's data is known to be still on its way, so that the device cannot have ended it.</summary>
    public virtual bool IsDataUnderWay => false;

    /// <summary>A 1xx reply: another follows.</summary>
    public abstract void OnPreliminary(FtpReply reply);

    /// <summary>A line that is no reply at all; it belongs before the reply.</summary>
    public virtual void OnText(FtpReply text)
    {
    }

    /// <summary>The reply that ends the command.</summary>
    public abstract void OnFinal(FtpReply reply);

    /// <summary>The device has answered a later command, and left this one's reply out.</summary>
    public abstract void OnUnanswered();

    /// <summary>The dialogue has ended.</summary>
    public virtual void OnFault(Exception exception) => OnUnanswered();
}
