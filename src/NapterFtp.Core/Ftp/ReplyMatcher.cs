namespace NapterFtp.Ftp;

/// <summary>Which command a reply answers: the first one whose verb it can answer. Most servers answer in the order of the commands
/// (RFC 959, section 5.4); this also sees through those that answer in the middle of a transfer, leave a reply out, or give one
/// that nobody asked for.</summary>
internal static class ReplyMatcher
{
    /// <summary>Whether a verb can be answered with a code: RFC 959, section 5.4, its successors, and what servers make of them.</summary>
    /// <param name="verb">In upper case; empty for the greeting, which anything answers.</param>
    /// <param name="code">A final reply's code, 200 to 999.</param>
    public static bool CanAnswer(string verb, int code) =>
        verb.Length == 0 || code == 421 || (code >= 400 ? CanRefuse(verb, code) : CanGrant(verb, code));

    /// <summary>The command that a final reply answers.</summary>
    /// <param name="pending">The commands not yet answered, the oldest first.</param>
    /// <param name="code">The reply's code, 200 to 999.</param>
    /// <param name="takesAny">Whether a command that nothing else competes with takes whatever comes, as a relay has it, which passes
    /// all on in the order it came. Else a reply that cannot be an answer is none.</param>
    /// <returns>The index in <paramref name="pending"/>, or -1 where it answers none.</returns>
    public static int Match(IReadOnlyList<PendingCommand> pending, int code, bool takesAny)
    {
        var found = IndexOf(pending, 0, code);
        if (found >= 0 && pending[found] is { IsTransfer: true, HasStarted: true } && code is not (226 or 421 or 425 or 426))
        {
            // A refusal or 250 while the data still flows is about what was sent behind the transfer, where that can be. So is 450
            // where a data port has been asked for, at any time (proftpd: "450 EPSV: data transfer in progress").
            var later = IndexOf(pending, found + 1, code);
            return later >= 0 && (pending[found].IsDataUnderWay || (code == 450 && IsPassive(pending[later].Verb))) ? later : found;
        }

        return found >= 0 ? found : IndexOfLast(pending, code, takesAny);
    }

    /// <summary>The command that a preliminary reply (1xx) belongs to, or -1.</summary>
    /// <param name="pending">The commands not yet answered, the oldest first.</param>
    /// <param name="code">The reply's code, 100 to 199.</param>
    public static int MatchPreliminary(IReadOnlyList<PendingCommand> pending, int code)
    {
        var transfer = -1;
        for (var i = 0; i < pending.Count; i++)
        {
            if (code == 120 ? pending[i].Verb is "" or "REIN" : pending[i] is { IsTransfer: true, HasStarted: false })
            {
                return i;
            }

            transfer = transfer < 0 && pending[i].IsTransfer ? i : transfer;
        }

        return transfer >= 0 ? transfer : pending.Count > 0 ? 0 : -1;
    }

    /// <summary>Whether the reply can end a transfer that runs, so that it may be one that came late.</summary>
    public static bool CanEndTransfer(int code) => code is 226 or 250 or (>= 400 and < 500) or (>= 550 and <= 553);

    private static int IndexOf(IReadOnlyList<PendingCommand> pending, int from, int code)
    {
        for (var i = from; i < pending.Count; i++)
        {
            if (pending[i] is { IsTransfer: true, HasStarted: true } ? CanEndTransfer(code) : CanAnswer(pending[i].Verb, code))
            {
                return i;
            }
        }

        return -1;
    }

    // What the table does not know. What data still follows is not at its end.
    private static int IndexOfLast(IReadOnlyList<PendingCommand> pending, int code, bool takesAny)
    {
        for (var i = 0; takesAny && i < pending.Count; i++)
        {
            var command = pending[i];
            if (command is { IsTransfer: true, HasStarted: true, IsDataUnderWay: true })
            {
                continue;
            }

            if (code >= 400 ? code != 426 : !IsPassive(command.Verb) || code is 200 or 202 or >= 300)
            {
                return code is 227 or 229 ? -1 : i;
            }
        }

        return -1;
    }

    private static bool IsPassive(string verb) => verb is "PASV" or "EPSV" or "P@SW" or "LPSV";

    private static bool CanGrant(string verb, int code) => verb switch
    {
        "RETR" or "LIST" or "NLST" or "MLSD" or "STOR" or "STOU" or "APPE" => code is 226 or 250 or 202,
        "PASV" or "EPSV" or "P@SW" or "LPSV" => code is 202 or (>= 227 and <= 229),
        "ABOR" => code is 225 or 226 or 202,
        "USER" => code is 200 or 202 or (>= 230 and <= 234) or (>= 330 and <= 336),
        "PASS" or "ACCT" => code is 200 or 202 or (>= 230 and <= 234) or 332,
        "REIN" => code is 220 or 230 or 202,
        "HOST" => code is 220 or 202,
        "QUIT" => code is 221 or 200 or 202,
        "SIZE" or "MDTM" or "MFMT" or "MFCT" or "AVBL" => code is 213 or 202,
        "PWD" or "XPWD" => code is 257 or 202,
        "REST" or "RNFR" => code is 350 or 202,
        "SYST" => code is 215 or 202,
        "FEAT" => code is 211 or 214 or 200 or 202,
        "STAT" => code is (>= 211 and <= 213) or 202,
        "HELP" => code is 211 or 214 or 200 or 202,
        "SITE" => code is < 221 or 250 or 257 or 350,
        "NOOP" or "TYPE" or "MODE" or "STRU" or "ALLO" or "OPTS" or "CLNT" or "LANG" or "PBSZ" or "PROT" or "PORT" or "EPRT" => code is 200 or 202,
        "CWD" or "XCWD" or "CDUP" or "XCUP" or "SMNT" or "DELE" or "RNTO" or "RMD" or "XRMD" or "MKD" or "XMKD" or "MLST" =>
            code is 200 or 202 or 250 or 257,

        // A verb of no RFC that is known here.
        _ => code is < 221 or (> 234 and < 300) or 350,
    };

    private static bool CanRefuse(string verb, int code) => code switch
    {
        425 => IsPassive(verb) || verb == "ABOR" || FtpCommand.DirectionOf(verb) != FtpTransferDirection.None,
        426 => verb == "ABOR" || FtpCommand.DirectionOf(verb) != FtpTransferDirection.None,
        450 => !IsPlain(verb),
        451 or 452 or (>= 550 and <= 553) => !IsPlain(verb) && !IsPassive(verb),
        _ => true,
    };

    // Neither a path nor anything else that such a refusal could be about.
    private static bool IsPlain(string verb) => verb is "NOOP" or "TYPE" or "MODE" or "STRU" or "OPTS" or "CLNT" or "LANG" or "PBSZ" or "PROT"
        or "PORT" or "EPRT" or "SYST" or "FEAT" or "HELP" or "QUIT" or "REIN" or "USER" or "PASS" or "ACCT" or "PWD" or "XPWD" or "REST";
}
