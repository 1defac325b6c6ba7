using NapterFtp.Ftp;

namespace NapterFtp.Fuzz;

/// <summary>Whatever pieces bytes arrive in, the same items are read, and no byte is lost, added or changed.</summary>
public static class ReaderInvariants
{
    // Low, so that they are reached.
    private static readonly FtpLimits Limits = new() { MaxLineLength = 200, MaxReplyLineLength = 200, MaxReplyLength = 500 };

    public static void Replies(byte[] input)
    {
        var (atOnce, failure) = ReadReplies([input]);
        var (inPieces, failureInPieces) = ReadReplies(Invariant.Pieces(input));
        Invariant.Holds(failure == failureInPieces, "the same failure however the bytes arrive");
        Invariant.Holds(atOnce.Count == inPieces.Count, "as many replies however the bytes arrive");
        foreach (var (one, other) in atOnce.Zip(inPieces))
        {
            Invariant.Holds(one.Code == other.Code && one.Raw.Span.SequenceEqual(other.Raw.Span), "the same replies however the bytes arrive");
            CheckReply(one);
        }

        var joined = Join(atOnce.Select(reply => reply.Raw));
        Invariant.Holds(failure is null ? joined.SequenceEqual(input) : input.AsSpan().StartsWith(joined), "no byte of a reply lost");
    }

    public static void Commands(byte[] input)
    {
        var (atOnce, rest) = ReadCommands([input]);
        var (inPieces, _) = ReadCommands(Invariant.Pieces(input));
        Invariant.Holds(atOnce.Count == inPieces.Count, "as many commands however the bytes arrive");
        foreach (var (one, other) in atOnce.Zip(inPieces))
        {
            Invariant.Holds(
                one.IsTooLong == other.IsTooLong && one.Raw.Span.SequenceEqual(other.Raw.Span),
                "the same commands however the bytes arrive");
            CheckCommand(one);
        }

        if (!atOnce.Exists(command => command.IsTooLong))
        {
            Invariant.Holds(Join([.. atOnce.Select(command => command.Raw), rest]).SequenceEqual(input), "no byte of a command lost");
        }
    }

    private static (List<FtpReply> Replies, string? Failure) ReadReplies(IEnumerable<byte[]> pieces)
    {
        var reader = new FtpReplyReader(Limits);
        var replies = new List<FtpReply>();
        try
        {
            foreach (var piece in pieces)
            {
                reader.Append(piece);
                while (reader.TryRead(out var reply))
                {
                    replies.Add(reply);
                }
            }
        }
        catch (NapterFtpException e)
        {
            return (replies, e.ErrorId);
        }

        if (reader.TryReadRest(out var rest))
        {
            replies.Add(rest);
        }

        return (replies, null);
    }

    private static (List<FtpCommand> Commands, byte[] Left) ReadCommands(IEnumerable<byte[]> pieces)
    {
        var reader = new FtpCommandReader(Limits);
        var commands = new List<FtpCommand>();
        foreach (var piece in pieces)
        {
            reader.Append(piece);
            while (reader.TryRead(out var command))
            {
                commands.Add(command);
            }
        }

        return (commands, reader.TakeRest());
    }

    private static void CheckReply(FtpReply reply)
    {
        Invariant.Holds(reply.Code is 0 or (>= 100 and <= 999), "a code of three digits, or none");
        Invariant.Holds(!reply.Text.Any(char.IsControl), "no control character shown");
        Invariant.Holds(reply.Raw.Length <= Limits.MaxReplyLength + Limits.MaxLineLength, "no reply beyond the limit");
        Invariant.Holds(reply.Code == 0 || reply.IsFinal != reply.IsPreliminary, "a reply either ends its command or does not");
        Invariant.Holds(reply.Message.Length <= reply.Lines[^1].Length, "a message within its line");
    }

    private static void CheckCommand(FtpCommand command)
    {
        Invariant.Holds(!command.Display.Any(char.IsControl), "no control character shown");
        Invariant.Holds(command.Raw.Length <= Limits.MaxLineLength, "no command beyond the limit");
        Invariant.Holds(command.Verb != "PASS" || command.Display == "PASS ****", "no password shown");
        Invariant.Holds(!command.IsTransfer || !command.IsPassive, "a command of one kind");
    }

    private static byte[] Join(IEnumerable<ReadOnlyMemory<byte>> parts) => [.. parts.SelectMany(part => part.ToArray())];
}
