using NapterFtp.Ftp;

namespace NapterFtp.Copy;

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

/// <summary>Which command a reply answers. Replies come in the order of the commands; this also sees through devices that answer
/// while a transfer runs, leave out the reply that ends a transfer, or lose what came in one packet with another command.</summary>
internal static class ReplyMatcher
{
    /// <summary>The command that a final reply answers.</summary>
    /// <param name="pending">The commands not yet answered, the oldest first.</param>
    /// <param name="code">The reply's code, 200 and up.</param>
    /// <returns>The index in <paramref name="pending"/>, or -1 where it answers none. Transfers before it are overtaken; probes
    /// before it were lost.</returns>
    public static int Match(IReadOnlyList<PendingCommand> pending, int code)
    {
        // The belated end of a transfer that was given up; or a farewell that nothing asked for.
        if (pending.Count == 0 || (code == 226 && !pending.Any(command => command.IsTransfer || command.Verb == "ABOR")))
        {
            return -1;
        }

        for (var i = 0; i < pending.Count - 1; i++)
        {
            // Only transfers and probes are ever followed by a command before their answer is known.
            if (!MayBePassed(pending[i], code))
            {
                return i;
            }

            var later = IndexOfSignature(pending, i + 1, code);
            if (later < 0)
            {
                return i;
            }

            i = later - 1;
        }

        return pending.Count - 1;
    }

    private static bool MayBePassed(PendingCommand command, int code) =>
        (command.IsTransfer && (code is < 400 and not (226 or 250) || (code is 500 or 502 && command.HasStarted)))
        || (command.IsProbe && code != 200);

    private static int IndexOfSignature(IReadOnlyList<PendingCommand> pending, int from, int code)
    {
        for (var i = from; i < pending.Count; i++)
        {
            if (IsSignature(pending[i].Verb, code))
            {
                return i;
            }
        }

        return -1;
    }

    // What only this command is answered with.
    private static bool IsSignature(string verb, int code) => verb switch
    {
        "NOOP" => code is 200 or 500 or 502,
        "PASV" or "EPSV" => code is 227 or 229,
        "SIZE" or "MDTM" or "MFMT" => code == 213,
        "PWD" => code == 257,
        "REST" or "RNFR" => code == 350,
        _ => false,
    };
}
