using System.Globalization;

namespace NapterFtp;

/// <summary>A schedule: which devices to pull which files from, where to, and when. The properties that are not about its state have the
/// names and meanings of <c>Register-NapterPull</c>'s parameters; null, or empty, where nothing was given.</summary>
public sealed record NapterPull
{
    /// <summary>Its name of 1 to 100 characters, which no other one in the store has; upper and lower case are the same.</summary>
    public required string Name { get; init; }

    /// <summary>The devices, by IMSI of 6 to 15 digits; empty where they are chosen otherwise.</summary>
    public IReadOnlyList<string> Imsi { get; init; } = [];

    /// <summary>The devices, by SIM ID of 18 to 22 digits; empty where they are chosen otherwise.</summary>
    public IReadOnlyList<string> SimId { get; init; } = [];

    /// <summary>All devices with a tag of such a value.</summary>
    public IReadOnlyList<string> Tag { get; init; } = [];

    /// <summary>All devices with names like one of these.</summary>
    public IReadOnlyList<string> NameFilter { get; init; } = [];

    /// <summary>All devices of these groups.</summary>
    public IReadOnlyList<string> GroupId { get; init; } = [];

    /// <summary>The SIM's session, Air or Arc, with <see cref="SimId"/>; null for Air, or Arc for
    /// a SIM that has only that.</summary>
    public string? Service { get; init; }

    /// <summary>The FTP server's control port, 1 to 65535.</summary>
    public int DevicePort { get; init; } = 21;

    /// <summary>Which ports of a router lead to which of the device's, as <c>21=2121</c> and <c>40000-40030=50000-50030</c>; empty where each has the
    /// device's number.</summary>
    public IReadOnlyList<string> DevicePortMap { get; init; } = [];

    /// <summary>A Linux router in front of the one device, which is told what to forward; null for none. It is kept without its password, private key
    /// and passphrase.</summary>
    public NapterRouter? Router { get; init; }

    /// <summary>The name under which the router's login, or its private key's passphrase, is looked up at each run; null for none.</summary>
    public string? RouterCredentialName { get; init; }

    /// <summary>How the devices' ports are reached.</summary>
    /// <exception cref="NapterFtpException"><c>InvalidDevicePortMap</c>.</exception>
    internal Ftp.DevicePortMap Ports => Router?.Ports ?? Ftp.DevicePortMap.Parse(DevicePortMap);

    /// <summary>What to pull, with wildcards.</summary>
    public IReadOnlyList<string> Path { get; init; } = [];

    /// <summary>Where to.</summary>
    public string Destination { get; init; } = string.Empty;

    /// <summary>When, as five fields of Unix' cron in <see cref="TimeZone"/>; null where <see cref="Every"/> or <see cref="At"/> tell.</summary>
    public string? Cron { get; init; }

    /// <summary>When: each time that this has gone by, from one second to 366 days; null where <see cref="Cron"/> or <see cref="At"/> tell.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>When: at these times of each day, as <c>HH:mm</c> in <see cref="TimeZone"/>; empty where
    /// <see cref="Cron"/> or <see cref="Every"/> tell.</summary>
    public IReadOnlyList<string> At { get; init; } = [];

    /// <summary>The time zone of <see cref="Cron"/>, <see cref="At"/> and <see cref="Until"/>, by its IANA or Windows name; null for UTC.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Each run begins later by up to this, by chance; up to 7 days, null for no later.</summary>
    public TimeSpan? Jitter { get; init; }

    /// <summary>The devices of a run begin within this, rather than all at once; up to 7 days, null for all at once.</summary>
    public TimeSpan? Window { get; init; }

    /// <summary>What becomes of a run whose time went by while no service ran.</summary>
    public NapterMissedRun MissedRun { get; init; }

    /// <summary>The name under which the devices' FTP login is looked up at each run; null for anonymous.</summary>
    public string? CredentialName { get; init; }

    /// <summary>Whether folders are pulled with all that is in them.</summary>
    public bool Recurse { get; init; }

    /// <summary>Only names that match.</summary>
    public string? Filter { get; init; }

    /// <summary>Only names that match one of these.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>No names that match one of these.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>What to do where the destination has a file already; New where nothing is said.</summary>
    public string? IfExists { get; init; }

    /// <summary><c>FirstRun</c>: nothing that is there at the first run is pulled.</summary>
    public string? Since { get; init; }

    /// <summary>Which files come first.</summary>
    public string? Order { get; init; }

    /// <summary>Whether sources are deleted once their copies are verified.</summary>
    public bool RemoveSource { get; init; }

    /// <summary>A folder on the device that sources are moved to instead.</summary>
    public string? MoveSource { get; init; }

    /// <summary>A folder on the device for what could not be copied.</summary>
    public string? MoveFailed { get; init; }

    /// <summary>A script file that runs for each file that was copied.</summary>
    public string? OnCopied { get; init; }

    /// <summary>Only files whose size and time are the same at two looks so far apart.</summary>
    public TimeSpan? StableFor { get; init; }

    /// <summary>Only files that were last changed so long ago.</summary>
    public TimeSpan? MinimumAge { get; init; }

    /// <summary>Only files beside which there is one of this name.</summary>
    public string? DoneFile { get; init; }

    /// <summary><c>Rename</c>: files get another name on the device while they are fetched.</summary>
    public string? LockBy { get; init; }

    /// <summary>Whether a path that is not there is no error.</summary>
    public bool IgnoreMissing { get; init; }

    /// <summary>No more bytes than these from a device in one run, 1 or more; null for no limit.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>No more files than these from a device in one run, 1 or more; null for no limit.</summary>
    public int? MaxFiles { get; init; }

    /// <summary>Bytes a second from a device, 1 or more; null for no limit.</summary>
    public long? RateLimit { get; init; }

    /// <summary>No file is begun after this time of the day, as <c>HH:mm</c> in <see cref="TimeZone"/>.</summary>
    public string? Until { get; init; }

    /// <summary>The time zone that the devices' listings are in; null where it is found out.</summary>
    public string? DeviceTimeZone { get; init; }

    /// <summary>The encoding of file names on the device, by name or code page number; null for UTF-8.</summary>
    public string? Encoding { get; init; }

    /// <summary>FTP sessions with a device at a time, 1 to 32; null for 1.</summary>
    public int? SessionLimit { get; init; }

    /// <summary>How often a file, or a device that cannot be reached, is tried again, 0 to 1000; null for 3.</summary>
    public int? Retry { get; init; }

    /// <summary>The wait before the first repetition, which doubles from one to the next; null for 5 seconds.</summary>
    public TimeSpan? RetryInterval { get; init; }

    /// <summary>Whether each file's SHA-256 is computed.</summary>
    public bool Hash { get; init; }

    /// <summary>Whether files are text, whose line ends are changed.</summary>
    public bool Ascii { get; init; }

    /// <summary>Whether it runs at its times.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>When it runs next, window and jitter aside, by the clock of whoever asks; null where it is disabled or never does.</summary>
    public DateTimeOffset? NextRun { get; init; }

    /// <summary>The time that its last run was for; null where there was none.</summary>
    public DateTimeOffset? LastRun { get; init; }

    /// <summary>Goes up with each change, from 1.</summary>
    public int Revision { get; init; }

    /// <summary>When it was registered, in UTC by the clock of the computer that did it; null before it is.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>When it was last changed, in UTC by the clock of the computer that did it; null before it is registered.</summary>
    public DateTimeOffset? Changed { get; init; }

    /// <summary>When it runs, in a few words.</summary>
    public string Trigger => Cron ?? (Every is { } every ? string.Create(CultureInfo.InvariantCulture, $"every {every}") : "at " + string.Join(", ", At));

    /// <summary>Which devices, in a few words.</summary>
    public string Device => Router?.ToString() ?? string.Join(", ", [.. Imsi, .. SimId, .. Tag, .. NameFilter, .. GroupId]);
}

/// <summary>What becomes of a run whose time went by while no service ran.</summary>
public enum NapterMissedRun
{
    /// <summary>It runs as soon as a service does; several missed ones make one run.</summary>
    Now,

    /// <summary>It is left out.</summary>
    Skip,
}
