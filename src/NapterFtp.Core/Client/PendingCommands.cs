using NapterFtp.Ftp;

namespace NapterFtp.Client;

/// <summary>The commands of one control connection that wait for their answers, the oldest first, until the connection ends.</summary>
internal sealed class PendingCommands
{
    private readonly object _lock = new();
    private readonly List<PendingCommand> _pending = [];
    private Exception? _fault;

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

    /// <summary>Adds commands about to be sent; throws what the connection has ended with.</summary>
    public void Add(params PendingCommand[] commands)
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

    /// <summary>Gives a reply to the command it answers.</summary>
    /// <returns>False where nothing asked for it.</returns>
    public bool Answer(FtpReply reply)
    {
        if (reply.IsPreliminary)
        {
            PendingCommand? begun;
            lock (_lock)
            {
                begun = _pending.Find(command => command.IsTransfer) ?? _pending.FirstOrDefault();
            }

            begun?.SetPreliminary(reply);
            return begun is not null;
        }

        PendingCommand answered;
        var lost = new List<PendingCommand>();
        lock (_lock)
        {
            var index = ReplyMatcher.Match(_pending, reply.Code);
            if (index < 0)
            {
                return false;
            }

            answered = _pending[index];
            _pending.RemoveAt(index);
            for (var i = index - 1; i >= 0; i--)
            {
                _pending[i].Overtaken = true;
                if (_pending[i].IsProbe)
                {
                    lost.Add(_pending[i]);
                    _pending.RemoveAt(i);
                }
            }
        }

        answered.SetFinal(reply);
        lost.ForEach(command => command.SetUnanswered());
        return true;
    }

    /// <summary>Takes a command's missing final reply for given.</summary>
    public void GiveUp(PendingCommand command)
    {
        lock (_lock)
        {
            _pending.Remove(command);
        }

        command.SetUnanswered();
    }

    /// <summary>No command can be added from now on; all waits end with this error, or the one set before.</summary>
    public Exception SetFault(Exception exception)
    {
        PendingCommand[] pending;
        lock (_lock)
        {
            if (_fault is not null)
            {
                return _fault;
            }

            _fault = exception;
            pending = [.. _pending];
            _pending.Clear();
        }

        foreach (var command in pending)
        {
            command.Fail(exception);
        }

        return exception;
    }
}
