namespace NapterFtp.Simulator.Device;

/// <summary>
/// How a kind of device speaks FTP, as data. Every property's default is that of a good modern server; a profile says only what is
/// different. Replies given whole are as on the wire, codes included, with <c>\n</c> between lines and bytes one to a char.
/// </summary>
public sealed record DeviceProfile
{
    /// <summary>The name users choose it by.</summary>
    public required string Name { get; init; }

    /// <summary>What it stands for, in a sentence.</summary>
    public required string Description { get; init; }

    /// <summary>The first reply.</summary>
    public string Greeting { get; init; } = "220 Simulated FTP device ready.";

    /// <summary>How many sessions it serves at once; 0 for any number.</summary>
    public int MaxSessions { get; init; }

    /// <summary>The greeting of a session beyond <see cref="MaxSessions"/>, after which the device hangs up.</summary>
    public string BusyGreeting { get; init; } = "421 Too many users, sorry.";

    /// <summary>The commands it knows; null for all.</summary>
    public IReadOnlyCollection<string>? Commands { get; init; }

    /// <summary>Commands it does not know although <see cref="Commands"/> has them.</summary>
    public IReadOnlyCollection<string> Without { get; init; } = [];

    /// <summary>The reply to a command it does not know; <c>{verb}</c> stands for the command.</summary>
    public string UnknownCommandReply { get; init; } = "500 '{verb}': command not understood.";

    /// <summary>Commands answered by a fixed reply and nothing else.</summary>
    public IReadOnlyDictionary<string, string> Replies { get; init; } = new Dictionary<string, string>();

    /// <summary>The device's own words for the replies of a code.</summary>
    public IReadOnlyDictionary<int, string> Texts { get; init; } = new Dictionary<int, string>();

    /// <summary>The reply to PASV; <c>{h}</c> stands for <c>h1,h2,h3,h4,p1,p2</c>, <c>{p}</c> for the port number.</summary>
    public string PasvReply { get; init; } = "227 Entering Passive Mode ({h}).";

    /// <summary>The reply to EPSV; <c>{p}</c> and <c>{h}</c> as in <see cref="PasvReply"/>.</summary>
    public string EpsvReply { get; init; } = "229 Entering Extended Passive Mode (|||{p}|)";

    /// <summary>How many port numbers it uses for passive data connections, one after the other; 0 for any that are free.</summary>
    public int PassivePortCount { get; init; }

    /// <summary>Whether all passive requests of a session announce the same port, which stays open between transfers.</summary>
    public bool KeepsPassivePort { get; init; }

    /// <summary>Whether a passive listener outlives a transfer command refused before any data (a 550 to RETR).</summary>
    public bool KeepsListenerAfterError { get; init; }

    /// <summary>When the 150 goes out.</summary>
    public PreliminaryReply Preliminary { get; init; }

    /// <summary>When the 226 goes out.</summary>
    public FinalReply Final { get; init; }

    /// <summary>How LIST looks.</summary>
    public ListingDialect Listing { get; init; }

    /// <summary>The encoding of names; by .NET's names, such as <c>shift_jis</c>.</summary>
    public string NameEncoding { get; init; } = "utf-8";

    /// <summary>How far the device's clock is ahead; negative where it is behind.</summary>
    public TimeSpan ClockOffset { get; init; }

    /// <summary>How far the times in LIST are from those of MDTM and MLSD: the device's time zone.</summary>
    public TimeSpan ListTimeZone { get; init; }

    /// <summary>How long each reply takes.</summary>
    public TimeSpan ReplyDelay { get; init; }

    /// <summary>How fast data goes, in bytes per second and direction; 0 for no limit.</summary>
    public int BytesPerSecond { get; init; }

    /// <summary>Whether nothing on the device can be changed (550).</summary>
    public bool ReadOnly { get; init; }

    /// <summary>What ends the lines of replies.</summary>
    public string LineEnding { get; init; } = "\r\n";

    /// <summary>Whether the user name alone logs in (230 to USER).</summary>
    public bool NeedsNoPassword { get; init; }

    /// <summary>The answer to SYST.</summary>
    public string SystemName { get; init; } = "UNIX Type: L8";

    /// <summary>Whether commands that come in one packet with an earlier one are lost.</summary>
    public bool LosesPipelined { get; init; }

    /// <summary>Whether it drops what came in one packet with USER or PASS behind it.</summary>
    public bool LosesBehindLogin { get; init; }

    internal bool Knows(string verb) => Commands?.Contains(verb) != false && !Without.Contains(verb);
}
