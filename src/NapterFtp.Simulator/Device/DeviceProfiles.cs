namespace NapterFtp.Simulator.Device;

/// <summary>The device profiles that come with the simulator.</summary>
public static class DeviceProfiles
{
    private static readonly string[] s_mlsd = ["MLSD", "MLST"];

    /// <summary>A good modern server: every command, vsftpd's manners.</summary>
    public static DeviceProfile Default { get; } = new() { Name = "Default", Description = "A good modern server." };

    /// <summary>What many small embedded servers have in common: RFC 959 without what came later.</summary>
    private static DeviceProfile Small { get; } = Default with
    {
        Without = ["EPSV", "EPRT", "FEAT", "OPTS", "CLNT", "MLSD", "MLST", "MFMT"],
        UnknownCommandReply = "502 Command not implemented.",
    };

    /// <summary>All profiles.</summary>
    public static IReadOnlyList<DeviceProfile> All { get; } =
    [
        Default,

        // Whole devices.
        Default with
        {
            Name = "OmronCJ",
            Description = "Omron CJ: one client at a time, told 221 when busy; RFC 959's older commands only.",
            Greeting = "220 10.128.0.5 CJ1W-ETN21 FTP server (FTP Version 1.00) ready.",
            MaxSessions = 1,
            BusyGreeting = "221 FTP server busy, Goodbye.",
            Commands = ["USER", "PASS", "QUIT", "TYPE", "PORT", "PASV", "LIST", "NLST", "RETR", "STOR", "APPE", "DELE", "RNFR", "RNTO", "MKD", "RMD", "CWD", "CDUP", "PWD", "NOOP"],
        },
        Default with
        {
            Name = "Wago750",
            Description = "WAGO 750: no SIZE, MDTM, REST, SYST, NOOP or CDUP; 510 to all it does not know.",
            Greeting = "220 WAGO 750 FTP server ready.",
            Commands = ["USER", "PASS", "ACCT", "REIN", "QUIT", "PORT", "PASV", "TYPE", "STRU", "MODE", "RETR", "STOR", "APPE", "ALLO", "RNFR", "RNTO", "ABOR", "DELE", "CWD", "LIST", "NLST", "RMD", "PWD", "MKD"],
            UnknownCommandReply = "510 Command not supported.",
        },
        Default with
        {
            Name = "Elmo",
            Description = "Elmo camera: one client at a time, read-only, no folders; 510 to EPSV.",
            Greeting = "220 FTP server ready.",
            MaxSessions = 1,
            Commands = ["USER", "PASS", "QUIT", "TYPE", "PORT", "PASV", "LIST", "NLST", "RETR", "PWD", "XPWD", "NOOP"],
            UnknownCommandReply = "500 Command not understood.",
            ReadOnly = true,
            Preliminary = PreliminaryReply.BeforeConnect,
            Replies = new Dictionary<string, string> { ["EPSV"] = "510 port open fails.", ["STOR"] = "502 Command not implemented." },
            Texts = new Dictionary<int, string>
            {
                [150] = "File status OK; About to open data connection.",
                [200] = "Command OK.",
                [226] = "Closing data connection.",
                [230] = "User logged in.",
                [331] = "User name OK. Need password.",
            },
        },
        Default with
        {
            Name = "Logger",
            Description = "A data logger with the least there is: no folders, no SIZE, no PWD, no STOR.",
            Commands = ["USER", "PASS", "QUIT", "TYPE", "PASV", "LIST", "NLST", "RETR"],
            ReadOnly = true,
            UnknownCommandReply = "502 Command not implemented.",
        },

        // Passive replies.
        Small with { Name = "BarePasv", Description = "227 with the bare numbers.", PasvReply = "227 {h}" },
        Small with { Name = "EqualsPasv", Description = "227 with the numbers after an equals sign.", PasvReply = "227 ={h}" },
        Default with
        {
            Name = "DecoratedPasv",
            Description = "227 with text and more numbers around, 229 with another delimiter.",
            PasvReply = "227 Entering Passive Mode. Connect to {h}; the port is open for 30 s (1 client).",
            EpsvReply = "229 Extended passive mode for 1 client (!!!{p}!), open for 30 s",
        },
        Small with
        {
            Name = "MultilinePasv",
            Description = "227 in several lines.",
            PasvReply = "227-Passive mode is on\n10 seconds from now it will be off again\n227 Entering Passive Mode ({h}).",
        },
        Small with { Name = "EmptyParenthesesPasv", Description = "227 with the numbers after empty parentheses.", PasvReply = "227 Entering Passive Mode () {h}" },
        Default with { Name = "EpsvAnswers227", Description = "227 in answer to EPSV.", EpsvReply = "227 Entering Passive Mode ({h})." },
        Default with { Name = "PasvAnswers229", Description = "229 in answer to PASV.", PasvReply = "229 Entering Extended Passive Mode (|||{p}|)" },
        Default with
        {
            Name = "EpsvBroken425",
            Description = "425 in answer to EPSV, while PASV works.",
            Replies = new Dictionary<string, string> { ["EPSV"] = "425 Cannot open passive connection." },
        },
        Default with
        {
            Name = "AnythingGoes202",
            Description = "202 in answer to EPSV and all else it does not know.",
            Without = Small.Without,
            UnknownCommandReply = "202 OK",
        },
        Default with
        {
            Name = "SamePortTwice",
            Description = "aioftp: one passive port a session, announced again by every PASV and EPSV.",
            KeepsPassivePort = true,
            PasvReply = "227-listen socket ready\n227 ({h})",
            EpsvReply = "229-listen socket ready\n229 (|||{p}|)",
        },
        Default with { Name = "NarrowPassiveRange", Description = "31 passive ports, used in turn.", PassivePortCount = 31 },
        Default with { Name = "TinyPassiveRange", Description = "3 passive ports, used in turn.", PassivePortCount = 3 },
        Default with { Name = "KeepsListenerAfter550", Description = "vsftpd: a refused transfer leaves the passive port open.", KeepsListenerAfterError = true },

        // Replies to transfers.
        Default with { Name = "EarlyFinalReply", Description = "226 before the first byte.", Final = FinalReply.Early },
        Default with { Name = "UnflushedFinalReply", Description = "226 before the last bytes.", Final = FinalReply.Unflushed },
        Default with { Name = "LateFinalReply", Description = "226 a second after the data.", Final = FinalReply.Late },
        Default with { Name = "MissingFinalReply", Description = "No 226 at all.", Final = FinalReply.Missing },
        Default with { Name = "NoPreliminary", Description = "No 150 at all.", Preliminary = PreliminaryReply.Missing },
        Default with { Name = "EarlyPreliminary", Description = "150 before the data connection.", Preliminary = PreliminaryReply.BeforeConnect },

        // Listings, names, times.
        Default with
        {
            Name = "DosListing",
            Description = "LIST as IIS writes it, no MLSD.",
            Listing = ListingDialect.Dos,
            SystemName = "Windows_NT",
            Without = s_mlsd,
        },
        Default with { Name = "NameFirstListing", Description = "LIST in a dialect of its own, no MLSD.", Listing = ListingDialect.NameFirst, Without = s_mlsd },
        Default with { Name = "UnixNoMlsd", Description = "Unix LIST, no MLSD.", Without = s_mlsd },
        Default with { Name = "ShiftJisNames", Description = "Names in Shift_JIS, no MLSD.", NameEncoding = "shift_jis", Without = s_mlsd },
        Default with
        {
            Name = "WrongClock",
            Description = "The clock is 3 hours slow; LIST in Japan's time and without years.",
            ClockOffset = TimeSpan.FromHours(-3),
            ListTimeZone = TimeSpan.FromHours(9),
            Listing = ListingDialect.UnixWithoutYear,
        },

        // What else is odd.
        Default with
        {
            Name = "OddMultiline",
            Description = "Replies of several lines that hold lines starting with digits and a 227 in their text; HELP ends with a bare code.",
            Greeting = "220-Welcome.\n2026 is the year, 227 Entering Passive Mode (1,2,3,4,5,6) a reply.\n220-\n220 Ready.",
            Replies = new Dictionary<string, string>
            {
                ["STAT"] = "211-Status of 1 session:\n227 Entering Passive Mode (1,2,3,4,5,6).\n 211 lines\n211 End",
                ["HELP"] = "214-Commands and replies:\n227 Entering Passive Mode (1,2,3,4,5,6).\n229 Entering Extended Passive Mode (|||1234|)\n2140 is not the end\n214",
            },
        },
        Default with { Name = "BareLf", Description = "Replies end with LF alone.", LineEnding = "\n" },
        Default with { Name = "Slow", Description = "Half a second a reply, 10 kB/s.", ReplyDelay = TimeSpan.FromSeconds(0.5), BytesPerSecond = 10_000 },
        Default with { Name = "NoStore", Description = "Read-only.", ReadOnly = true },
        Small with { Name = "NoRename", Description = "No RNFR and RNTO, no REST.", Without = [.. Small.Without, "RNFR", "RNTO", "REST"] },
    ];

    /// <summary>The names of all profiles.</summary>
    public static IEnumerable<string> Names => All.Select(profile => profile.Name);

    /// <summary>The profile of a name, in any case; null where there is none.</summary>
    public static DeviceProfile? Find(string name) =>
        All.FirstOrDefault(profile => profile.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
