using System.Text;

namespace NapterFtp.Ftp;

/// <summary>One command line of a client (RFC 959 §4.1).</summary>
internal sealed class FtpCommand
{
    private const string Mask = "****";

    internal FtpCommand(ReadOnlyMemory<byte> raw, bool isTooLong)
    {
        Raw = raw;
        IsTooLong = isTooLong;
        var line = TelnetBytes.Strip(FtpText.WithoutLineEnd(raw));
        var verb = line.Span.IndexOfAny((byte)' ', (byte)'\t') is var end and >= 0 ? line[..end] : line;
        Verb = Encoding.ASCII.GetString(verb.Span).ToUpperInvariant();
        HoldsControl = line.Span.IndexOfAny(FtpText.Cr, (byte)0) >= 0;
        Argument = line[Math.Min(verb.Length + 1, line.Length)..];
    }

    /// <summary>The exact bytes, Telnet sequences and line end included; of a line that is too long, its beginning.</summary>
    public ReadOnlyMemory<byte> Raw { get; }

    /// <summary>The bytes to send to a server: those of <see cref="Raw"/>, but for the Telnet signals before ABOR (RFC 959, section
    /// 4.1.3), of which one byte came as urgent data: a server would have to read it as such, and many know no Telnet.</summary>
    public ReadOnlyMemory<byte> Wire
    {
        get
        {
            if (Verb != "ABOR")
            {
                return Raw;
            }

            var line = TelnetBytes.Strip(FtpText.WithoutLineEnd(Raw));
            return (byte[])[.. line.Span, .. Raw.Span[FtpText.WithoutLineEnd(Raw).Length..]];
        }
    }

    /// <summary>The verb in upper case; empty for an empty line.</summary>
    public string Verb { get; }

    /// <summary>What follows the verb and one space, Telnet sequences removed and a doubled 0xFF made one.</summary>
    public ReadOnlyMemory<byte> Argument { get; }

    /// <summary>Whether there is a CR or NUL within the line (RFC 959, section 5.3.1, knows neither in a command); answer 501.</summary>
    public bool HoldsControl { get; }

    /// <summary>The line was longer than the limit; answer 500. The reader goes on after the line's end.</summary>
    public bool IsTooLong { get; }

    /// <summary>RETR, STOR, STOU, APPE, LIST, NLST or MLSD.</summary>
    public bool IsTransfer => Direction != FtpTransferDirection.None;

    public FtpTransferDirection Direction => DirectionOf(Verb);

    /// <summary>Which way a verb moves data.</summary>
    /// <param name="verb">In upper case.</param>
    public static FtpTransferDirection DirectionOf(string verb) => verb switch
    {
        "RETR" or "LIST" or "NLST" or "MLSD" => FtpTransferDirection.FromDevice,
        "STOR" or "STOU" or "APPE" => FtpTransferDirection.ToDevice,
        _ => FtpTransferDirection.None,
    };

    /// <summary>PASV, EPSV, or the alias of PASV that some clients use to get past NAT helpers; not <c>EPSV ALL</c>, which
    /// opens no port.</summary>
    public bool IsPassive => Verb is "PASV" or "P@SW" || (Verb == "EPSV" && !IsEpsvAll);

    /// <summary>PORT, EPRT or LPRT.</summary>
    public bool IsActive => Verb is "PORT" or "EPRT" or "LPRT";

    /// <summary><c>EPSV ALL</c> (RFC 2428 §4): the client promises to ask for nothing but EPSV from now on.</summary>
    public bool IsEpsvAll => Verb == "EPSV" && Ascii.EqualsIgnoreCase(Argument.Span.Trim((byte)' '), "ALL"u8);

    /// <summary>One of RFC 2228's and RFC 4217's commands: AUTH, ADAT, PBSZ, PROT, CCC, MIC, CONF, ENC.</summary>
    public bool IsSecurity => Verb is "AUTH" or "ADAT" or "PBSZ" or "PROT" or "CCC" or "MIC" or "CONF" or "ENC";

    /// <summary>The command for a log, an event or an error: secrets masked, control characters replaced.</summary>
    public string Display
    {
        get
        {
            if (!LooksLikeVerb(Verb))
            {
                // The rest of a password with a line break in it, or keys hit at the wrong moment, would look like this.
                return Verb.Length == 0 ? "" : Mask;
            }

            var argument = Verb switch
            {
                "PASS" or "ACCT" or "ADAT" or "MIC" or "CONF" or "ENC" => Mask,
                "SITE" => SiteDisplay(),
                _ => FtpText.ForPeople(Argument.Span),
            };
            return argument.Length == 0 ? Verb : $"{Verb} {argument}";
        }
    }

    /// <summary>A command of our own, with CRLF.</summary>
    /// <param name="verb">In upper case.</param>
    /// <param name="argument">The argument's bytes; 0xFF is doubled, as Telnet wants it.</param>
    /// <exception cref="NapterFtpException"><c>InvalidFtpArgument</c>: a CR, LF or NUL in the argument would be a command of its own.</exception>
    public static FtpCommand Create(string verb, ReadOnlySpan<byte> argument = default)
    {
        if (argument.IndexOfAny(FtpText.Cr, FtpText.Lf, (byte)0) >= 0)
        {
            throw new NapterFtpException(
                "InvalidFtpArgument",
                NapterFtpErrorKind.InvalidArgument,
                $"The argument of {verb} holds a line break or a NUL character, which FTP cannot carry.",
                "Remove the control character from the name.");
        }

        byte[] raw = argument.IsEmpty
            ? [.. Encoding.ASCII.GetBytes(verb), FtpText.Cr, FtpText.Lf]
            : [.. Encoding.ASCII.GetBytes(verb), (byte)' ', .. TelnetBytes.Escape(argument), FtpText.Cr, FtpText.Lf];
        return new FtpCommand(raw, isTooLong: false);
    }

    public override string ToString() => Display;

    // SITE PSWD, SITE GPASS and their like carry passwords; SITE CHMOD and SITE HELP are worth seeing.
    private string SiteDisplay()
    {
        var argument = FtpText.ForPeople(Argument.Span);
        var word = argument.Split(' ', 2)[0];
        return word.Contains("PASS", StringComparison.OrdinalIgnoreCase) || word.Contains("PSW", StringComparison.OrdinalIgnoreCase)
            ? $"{word} {Mask}"
            : argument;
    }

    private static bool LooksLikeVerb(string verb) =>
        verb.Length is >= 3 and <= 8 && char.IsAsciiLetterUpper(verb[0]) && verb.All(c => char.IsAsciiLetterOrDigit(c) || c == '@');
}

/// <summary>Which way an FTP command moves data over a data connection.</summary>
internal enum FtpTransferDirection
{
    None,
    FromDevice,
    ToDevice,
}
