namespace NapterFtp.Client;

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
