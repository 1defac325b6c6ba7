using System.Management.Automation;
using NapterFtp.Copy;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.Pulls;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>What unattended copies need: which files are finished, how many at a time, and what becomes of their sources.</summary>
public abstract partial class FtpTransferCmdlet
{
    // Boxed, for the engine lays out this class before the module's load context can find NapterFtp.Core.
    private object? _order;

    /// <summary>Only files whose size and time are the same at two looks so far apart.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:01", "1.00:00:00")]
    public TimeSpan StableFor { get; set; }

    /// <summary>Only files that were last changed so long ago.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:01", "3650.00:00:00")]
    public TimeSpan MinimumAge { get; set; }

    /// <summary>Only files beside which the device has another of this name; <c>{Name}</c> and <c>{BaseName}</c> stand for the file's.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DoneFile { get; set; }

    /// <summary>Rename gives each file another name on the device while it is fetched.</summary>
    [Parameter]
    [ValidateSet("Rename")]
    public string? LockBy { get; set; }

    /// <summary>Moves each source to this folder on the device once its copy is verified and in place.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MoveSource { get; set; }

    /// <summary>Moves a source to this folder on the device that cannot be copied whole, or that -OnCopied refused.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MoveFailed { get; set; }

    /// <summary>Runs for each file that is in place, with its result as <c>$_</c>, before its source is touched.</summary>
    [Parameter]
    public ScriptBlock? OnCopied { get; set; }

    /// <summary>Bytes of each device at most.</summary>
    [Parameter]
    [ValidateRange(1L, long.MaxValue)]
    public long? MaxBytes { get; set; }

    /// <summary>Files of each device at most.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? MaxFiles { get; set; }

    /// <summary>Bytes a second of each device at most.</summary>
    [Parameter]
    [ValidateRange(1L, long.MaxValue)]
    public long? RateLimit { get; set; }

    /// <summary>No further file is begun from this time on.</summary>
    [Parameter]
    [TimeOfDayTransformation]
    [IsoDateTransformation]
    public DateTimeOffset? Until { get; set; }

    /// <summary>Which files come first.</summary>
    [Parameter]
    public NapterFtpOrder? Order
    {
        get => (NapterFtpOrder?)_order;
        set => _order = value;
    }

    /// <summary>A path that leads nowhere is no error.</summary>
    [Parameter]
    public SwitchParameter IgnoreMissing { get; set; }

    /// <summary>Remembers what is copied, and leaves out what was copied before where that is asked for.</summary>
    [Parameter]
    public SwitchParameter History { get; set; }

    /// <summary>Where the history is: a file, or Host=…;Database=… of a PostgreSQL server.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Store { get; set; }

    /// <summary>The login at the PostgreSQL server.</summary>
    [Parameter]
    [Credential]
    public PSCredential? StoreCredential { get; set; }

    /// <summary>FirstRun only notes what is there at the first run of all; later runs copy what has come since.</summary>
    [Parameter]
    [ValidateSet("FirstRun")]
    public string? Since { get; set; }

    /// <summary>Whether the command needs a history.</summary>
    private protected virtual bool UsesHistory => History || Since is not null || Store is not null;

    /// <summary>What is pulled, in words that stay the same from run to run.</summary>
    private protected string ScopeOf(IEnumerable<string> paths) =>
        string.Join('\n', [.. paths, $"filter {Filter}", $"include {string.Join(',', Include ?? [])}", $"exclude {string.Join(',', Exclude ?? [])}"]);

    /// <summary>When the command began, which dates in names are taken from.</summary>
    private protected DateTimeOffset Began { get; } = TimeProvider.System.GetLocalNow();

    private protected override Task BeginAsync(CancellationToken cancellationToken)
    {
        RefuseContradictions();
        return base.BeginAsync(cancellationToken);
    }

    private CopyOptions WithUnattended(CopyOptions options) => options with
    {
        MoveSource = MoveSource,
        MoveFailed = MoveFailed,
        RateLimit = RateLimit,
        IgnoreMissing = IgnoreMissing,
        Began = Began,
        Rules = new SourceRules
        {
            StableFor = StableFor,
            MinimumAge = MinimumAge,
            DoneFile = DoneFile,
            LocksByRename = LockBy is not null,
            MaxBytes = MaxBytes,
            MaxFiles = MaxFiles,
            Until = Until,
            Order = Order,
            SinceFirstRun = Since is not null,
        },
    };

    private protected virtual void RefuseContradictions()
    {
        if (ToDevice && Array.Find(PullOnly(), parameter => MyInvocation.BoundParameters.ContainsKey(parameter)) is { } pullOnly)
        {
            throw Contradiction($"-{pullOnly} is only for pulls.", $"Leave out -{pullOnly} or -ToDevice.");
        }

        NameTemplate.ExpandDates(MoveSource ?? "", Began);
        NameTemplate.ExpandDates(MoveFailed ?? "", Began);
    }

    private protected static NapterFtpException Contradiction(string what, string advice) =>
        new("ParametersContradict", NapterFtpErrorKind.InvalidArgument, what, advice);

    private static string[] PullOnly() =>
        [nameof(StableFor), nameof(MinimumAge), nameof(DoneFile), nameof(LockBy), nameof(MoveSource), nameof(MoveFailed), nameof(MaxBytes), nameof(MaxFiles), nameof(Order), nameof(IgnoreMissing), nameof(History), nameof(Store), nameof(Since)];

    /// <summary>Opens the history where the command needs one.</summary>
    private async Task<OpenHistory?> OpenHistoryAsync(CancellationToken cancellationToken)
    {
        if (!UsesHistory || _tasks.Count == 0)
        {
            return null;
        }

        var address = await OnPipelineAsync(() => StoreNames.Find(this, Store, StoreCredential), cancellationToken);
        var store = await PullStore.OpenAsync(new StoreOptions { Address = address }, cancellationToken);
        var history = new PullHistory(store, HistoryOwnerOptions.For(StoreNames.StateFolder), PullOrigin.ByHand);
        return new OpenHistory(store, history, IsWhatIf ? new LookingHistory(history) : history);
    }

    /// <summary>The user's script, on the pipeline's thread.</summary>
    private ValueTask RunScriptAsync(NapterFtpTransfer transfer, CancellationToken cancellationToken) => OnCopied is { } script
        ? OnCopiedScript.RunAsync(
            () => OnPipelineAsync(() => script.InvokeWithContext(null, [new PSVariable("_", transfer)], transfer), cancellationToken), transfer)
        : ValueTask.CompletedTask;

    /// <summary>The history of one command.</summary>
    private sealed class OpenHistory(PullStore store, PullHistory history, IFileHistory used) : IAsyncDisposable
    {
        public IFileHistory Used => used;

        public ValueTask DisposeAsync()
        {
            history.Dispose();
            return store.DisposeAsync();
        }
    }
}
