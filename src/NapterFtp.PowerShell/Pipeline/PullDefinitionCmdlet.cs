using System.Management.Automation;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.Pulls;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>A cmdlet that makes or changes a schedule: what of it can be said.</summary>
public abstract class PullDefinitionCmdlet : PullStoreCmdlet
{
    /// <summary>The devices, by IMSI.</summary>
    [Parameter]
    [ImsiTransformation]
    [ArgumentCompleter(typeof(ImsiCompleter))]
    public string[]? Imsi { get; set; }

    /// <summary>The devices, by SIM ID.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(SimIdCompleter))]
    public string[]? SimId { get; set; }

    /// <summary>All devices with a tag of such a value.</summary>
    [Parameter]
    [SupportsWildcards]
    public string[]? Tag { get; set; }

    /// <summary>All devices of such names.</summary>
    [Parameter]
    [SupportsWildcards]
    public string[]? NameFilter { get; set; }

    /// <summary>All devices of these groups.</summary>
    [Parameter]
    public string[]? GroupId { get; set; }

    /// <summary>The SIM's session, with -SimId.</summary>
    [Parameter]
    [ValidateSet("Air", "Arc")]
    public string? Service { get; set; }

    /// <summary>The FTP server's control port.</summary>
    [Parameter]
    [Alias("RemotePort")]
    [ValidateRange(1, 65535)]
    public int DevicePort { get; set; } = 21;

    /// <summary>The ports of a router that lead to the device's where their numbers differ, such as 21=2121 and 40000-40030=50000-50030.</summary>
    [Parameter]
    public string[]? DevicePortMap { get; set; }

    /// <summary>A Linux router in front of the device, which is told what to forward; see New-NapterRouter.</summary>
    [Parameter]
    public NapterRouter? Router { get; set; }

    /// <summary>The name under which the router's login, or its private key's passphrase, is looked up.</summary>
    [Parameter]
    public string? RouterCredentialName { get; set; }

    /// <summary>What to pull; wildcards are allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>Where to.</summary>
    [Parameter]
    public string? Destination { get; set; }

    /// <summary>When, as five fields of Unix' cron.</summary>
    [Parameter]
    public string? Cron { get; set; }

    /// <summary>When: each time that this has gone by.</summary>
    [Parameter]
    [TimeSpanTransformation]
    public TimeSpan? Every { get; set; }

    /// <summary>When: at these times of each day.</summary>
    [Parameter]
    public string[]? At { get; set; }

    /// <summary>The time zone of -Cron, -At and -Until.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(TimeZoneCompleter))]
    public string? TimeZone { get; set; }

    /// <summary>Each run begins later by up to this.</summary>
    [Parameter]
    [TimeSpanTransformation]
    public TimeSpan? Jitter { get; set; }

    /// <summary>The devices of a run begin within this.</summary>
    [Parameter]
    [TimeSpanTransformation]
    public TimeSpan? Window { get; set; }

    /// <summary>What becomes of a run whose time went by while no service ran.</summary>
    [Parameter]
    [ValidateSet("Now", "Skip")]
    public string MissedRun { get; set; } = "Now";

    /// <summary>The name under which the devices' FTP login is looked up.</summary>
    [Parameter]
    public string? CredentialName { get; set; }

    /// <summary>Pulls folders with all that is in them.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Only names that match.</summary>
    [Parameter]
    [SupportsWildcards]
    public string? Filter { get; set; }

    /// <summary>Only names that match one of these.</summary>
    [Parameter]
    [SupportsWildcards]
    public string[]? Include { get; set; }

    /// <summary>No names that match one of these.</summary>
    [Parameter]
    [SupportsWildcards]
    public string[]? Exclude { get; set; }

    /// <summary>What to do where the destination has a file already.</summary>
    [Parameter]
    [ValidateSet("New", "Overwrite", "Skip", "Newer", "Resume", "Error", "Append", "Rename")]
    public string? IfExists { get; set; }

    /// <summary>FirstRun: nothing that is there at the first run is pulled.</summary>
    [Parameter]
    [ValidateSet("FirstRun")]
    public string? Since { get; set; }

    /// <summary>Which files come first.</summary>
    [Parameter]
    [ValidateSet("Oldest", "Newest", "Name", "Smallest")]
    public string? Order { get; set; }

    /// <summary>Deletes sources once their copies are verified.</summary>
    [Parameter]
    public SwitchParameter RemoveSource { get; set; }

    /// <summary>A folder on the device that sources are moved to instead.</summary>
    [Parameter]
    public string? MoveSource { get; set; }

    /// <summary>A folder on the device for what could not be copied.</summary>
    [Parameter]
    public string? MoveFailed { get; set; }

    /// <summary>A script file that runs for each file that was copied.</summary>
    [Parameter]
    public string? OnCopied { get; set; }

    /// <summary>Only files whose size and time are the same at two looks so far apart.</summary>
    [Parameter]
    [TimeSpanTransformation]
    public TimeSpan? StableFor { get; set; }

    /// <summary>Only files that were last changed so long ago.</summary>
    [Parameter]
    [TimeSpanTransformation]
    public TimeSpan? MinimumAge { get; set; }

    /// <summary>Only files beside which there is one of this name.</summary>
    [Parameter]
    public string? DoneFile { get; set; }

    /// <summary>Rename: files get another name on the device while they are fetched.</summary>
    [Parameter]
    [ValidateSet("Rename")]
    public string? LockBy { get; set; }

    /// <summary>A path that is not there is no error.</summary>
    [Parameter]
    public SwitchParameter IgnoreMissing { get; set; }

    /// <summary>No more bytes than these from a device in one run.</summary>
    [Parameter]
    public long? MaxBytes { get; set; }

    /// <summary>No more files than these from a device in one run.</summary>
    [Parameter]
    public int? MaxFiles { get; set; }

    /// <summary>Bytes a second from a device.</summary>
    [Parameter]
    public long? RateLimit { get; set; }

    /// <summary>No file is begun after this time of the day.</summary>
    [Parameter]
    public string? Until { get; set; }

    /// <summary>The time zone that the devices' listings are in.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(TimeZoneCompleter))]
    public string? DeviceTimeZone { get; set; }

    /// <summary>The encoding of file names.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FileNameEncodingCompleter))]
    public string? Encoding { get; set; }

    /// <summary>FTP sessions with a device at a time.</summary>
    [Parameter]
    public int? SessionLimit { get; set; }

    /// <summary>How often a file, or a device that cannot be reached, is tried again.</summary>
    [Parameter]
    public int? Retry { get; set; }

    /// <summary>The wait before the first repetition.</summary>
    [Parameter]
    [TimeSpanTransformation]
    public TimeSpan? RetryInterval { get; set; }

    /// <summary>Computes each file's SHA-256.</summary>
    [Parameter]
    public SwitchParameter Hash { get; set; }

    /// <summary>Files are text, whose line ends are changed.</summary>
    [Parameter]
    public SwitchParameter Ascii { get; set; }

    /// <summary>This computer's time zone, by the name that all computers know.</summary>
    internal static string LocalZone =>
        TimeZoneInfo.Local.Id is var id && TimeZoneInfo.TryConvertWindowsIdToIanaId(id, out var iana) ? iana : id;

    /// <summary>A schedule with what was given in place of what it had.</summary>
    private protected NapterPull Apply(NapterPull pull)
    {
        foreach (var (property, parameter) in Given())
        {
            pull = property.Set(pull, ValueOf(parameter, MyInvocation.BoundParameters[parameter]));
        }

        return pull;
    }

    /// <summary>A schedule with what was given in place of what it had.</summary>
    /// <param name="pull">The schedule.</param>
    /// <param name="change">What was given, as <see cref="Apply(NapterPull)"/> made it.</param>
    private protected NapterPull Apply(NapterPull pull, NapterPull change)
    {
        if (Gives(nameof(Cron)) || Gives(nameof(Every)) || Gives(nameof(At)))
        {
            // One of them takes the others' place.
            pull = pull with { Cron = null, Every = null, At = [] };
        }

        if (Gives(nameof(Router)) && Router is null)
        {
            // The name goes with what it is for.
            pull = pull with { RouterCredentialName = null };
        }

        pull = Given().Aggregate(pull, (changed, given) => given.Property.Set(changed, given.Property.Get(change)));
        RequirePassphraseName(pull);
        return pull;
    }

    /// <summary>A passphrase was given to New-NapterRouter, and goes no further than here.</summary>
    private protected void RequirePassphraseName(NapterPull pull)
    {
        if (Router?.Login.Passphrase is { Length: > 0 } && pull.RouterCredentialName is null)
        {
            throw PullRules.Invalid(
                pull, "routerCredentialName", "the passphrase of the router's private key is not kept; give -RouterCredentialName, a login whose password it is");
        }
    }

    private IEnumerable<(PullProperty Property, string Parameter)> Given() => PullProperty.All
        .Select(property => (Property: property, Parameter: char.ToUpperInvariant(property.Name[0]) + property.Name[1..]))
        .Where(given => given.Parameter != "Name" && Gives(given.Parameter));

    private bool Gives(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    private object? ValueOf(string parameter, object? value) => value switch
    {
        SwitchParameter given => given.IsPresent,
        int number => (long)number,
        string { Length: 0 } when parameter != nameof(Destination) => null,

        // A service has another current folder, if any.
        string path when parameter is nameof(Destination) or nameof(OnCopied) => this.LocalPath(path),
        null when parameter == nameof(Destination) => string.Empty,
        NapterRouter router => PullRouter.WithoutSecrets(router),
        _ => value,
    };
}
