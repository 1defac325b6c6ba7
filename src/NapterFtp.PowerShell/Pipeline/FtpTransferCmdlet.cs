using System.Management.Automation;
using NapterFtp.Copy;
using NapterFtp.PowerShell.Parameters;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>A cmdlet that copies between this computer and devices. What the pipeline brings is gathered, then done device by
/// device, several at a time.</summary>
public abstract partial class FtpTransferCmdlet : FtpCmdlet
{
    private readonly List<TransferTask> _tasks = [];

    /// <summary>Only items whose names match this pattern.</summary>
    [Parameter]
    [SupportsWildcards]
    public string? Filter { get; set; }

    /// <summary>Only items whose names match one of these patterns.</summary>
    [Parameter]
    [SupportsWildcards]
    public string[]? Include { get; set; }

    /// <summary>Leaves out items whose names match one of these patterns.</summary>
    [Parameter]
    [SupportsWildcards]
    public string[]? Exclude { get; set; }

    /// <summary>How long the device's ports are left open for the session's next command; 0 closes them at once.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:00", "08:00:00")]
    public TimeSpan PortLinger { get; set; }

    /// <summary>Copies to the device; else from it.</summary>
    [Parameter]
    public SwitchParameter ToDevice { get; set; }

    /// <summary>Only files changed after this time.</summary>
    [Parameter]
    [IsoDateTransformation]
    public DateTimeOffset? ModifiedAfter { get; set; }

    /// <summary>How often a file, or a device that cannot be reached, is tried again.</summary>
    [Parameter]
    [ValidateRange(0, 1000)]
    public int Retry { get; set; } = 3;

    /// <summary>The wait before the first repetition; it doubles from one to the next, up to sixteen times.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:00", "1.00:00:00")]
    public TimeSpan RetryInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>FTP sessions with one device at a time; fewer where it refuses.</summary>
    [Parameter]
    [ValidateRange(1, 32)]
    public int SessionLimit { get; set; } = 1;

    /// <summary>Copies text: line ends are changed to this computer's, or to FTP's.</summary>
    [Parameter]
    public SwitchParameter Ascii { get; set; }

    /// <summary>Tells each file's SHA-256.</summary>
    [Parameter]
    public SwitchParameter Hash { get; set; }

    private protected override TimeSpan LingerTime => PortLinger;

    /// <summary>And one for a file.</summary>
    private protected override int PortsEach => 3;

    /// <summary>Notes what this record asks for.</summary>
    private protected void AddTask(CopyOptions options) =>
        _tasks.Add(new TransferTask(ChooseDevice(), MakeClientOptions() with { Ascii = Ascii }, options));

    private protected CopyOptions MakeOptions(IReadOnlyList<string> paths, string destination) => WithUnattended(new CopyOptions
    {
        Paths = paths,
        Destination = destination,
        ToDevice = ToDevice,
        Filter = new ItemFilter(Filter, Include, Exclude, ModifiedAfter),
        Retry = new RetryPolicy(Retry, RetryInterval),
        SessionLimit = SessionLimit,
        Hash = Hash,
        Ascii = Ascii,
    });

    /// <summary>A path of this computer, from PowerShell's current location.</summary>
    private protected Task<string> LocalPathAsync(string path, CancellationToken cancellationToken) => OnPipelineAsync(
        () =>
        {
            var full = this.LocalPath(path);
            return Path.EndsInDirectorySeparator(path) && !Path.EndsInDirectorySeparator(full) ? full + Path.DirectorySeparatorChar : full;
        },
        cancellationToken);

    private protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        RefuseSharedSources();
        var shared = FindSharedMirrors();
        var claims = _tasks.Count > 1 ? new DestinationClaims() : null;
        await using var history = await OpenHistoryAsync(cancellationToken);
        var devices = _tasks.GroupBy(task => task.Device).Select(tasks =>
        {
            var merged = Merge(tasks).ToList();
            return new DeviceWork(tasks.Key, merged[0].Client, (client, bar, token) => RunAsync(client, merged, options => options with { Claims = claims, History = history?.Used }, shared, bar, token));
        }).ToList();
        await RunDevicesAsync(devices, cancellationToken);
        await base.EndAsync(cancellationToken);
    }

    /// <summary>A local file that goes to several devices must not be deleted once the first has it.</summary>
    private void RefuseSharedSources()
    {
        var sources = _tasks.Where(task => task.Options is { ToDevice: true, RemoveSource: true })
            .SelectMany(task => task.Options.Paths.Select(path => (task.Label, Path: path)))
            .Distinct()
            .GroupBy(source => source.Path, StringComparer.Ordinal);
        if (sources.FirstOrDefault(source => source.Count() > 1) is { } shared)
        {
            throw new NapterFtpException(
                "SourceShared",
                NapterFtpErrorKind.InvalidArgument,
                $"'{shared.Key}' goes to several devices; -RemoveSource would delete it once the first has it.",
                "Leave -RemoveSource out, and delete the file once all devices have it.",
                shared.Key);
        }
    }

    /// <summary>Mirrors of several devices in one folder would delete each other's files.</summary>
    private IReadOnlyDictionary<string, NapterFtpException> FindSharedMirrors() => DestinationClaims.SharedMirrors(
        [.. _tasks.Where(task => task.Options is { ToDevice: false, Sync: NapterFtpSyncMode.Mirror }).Select(task => (task.Label, task.Options.Destination))],
        LocalFileSystem.Native);

    /// <summary>Files piped in one by one that go to one place are one copy.</summary>
    private static IEnumerable<TransferTask> Merge(IEnumerable<TransferTask> tasks) =>
        tasks.GroupBy(task => (task.Options.Destination, task.Options.IsLiteral)).Select(same =>
            same.First() with { Options = same.First().Options with { Paths = [.. same.SelectMany(task => task.Options.Paths)] } });

    private async Task RunAsync(
        DeviceClient client,
        IReadOnlyList<TransferTask> tasks,
        Func<CopyOptions, CopyOptions> complete,
        IReadOnlyDictionary<string, NapterFtpException> shared,
        FleetBars.DeviceBar bar,
        CancellationToken cancellationToken)
    {
        var device = client.Device;
        var sink = new CmdletSink(this, bar);
        foreach (var task in tasks)
        {
            bar.BeginAnew();
            try
            {
                if (shared.TryGetValue(task.Label, out var refused))
                {
                    throw refused;
                }

                await DeviceCopy.RunAsync(client, complete(task.Options), sink, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                throw;
            }
            catch (PipelineStoppedException)
            {
                throw;
            }
            catch (Exception exception)
            {
                // One device's trouble is not the others'.
                foreach (var path in task.Options.Paths)
                {
                    Emit(new NapterFtpTransfer
                    {
                        Imsi = device.Imsi,
                        SimId = device.SimId,
                        Source = path,
                        Destination = task.Options.Destination,
                        Status = NapterFtpTransferStatus.Failed,
                        Error = exception.Message,
                    });
                }

                EmitError(exception, device.ToString());
            }
        }
    }

    private sealed record TransferTask(DeviceChoice Device, FtpClientOptions Client, CopyOptions Options)
    {
        public string Label => Device.Label;
    }

    private sealed class CmdletSink(FtpTransferCmdlet cmdlet, FleetBars.DeviceBar bar) : ICopySink
    {
        public void Done(NapterFtpTransfer transfer) => cmdlet.Emit(transfer);

        public async ValueTask CopiedAsync(NapterFtpTransfer transfer, CancellationToken cancellationToken) =>
            await cmdlet.RunScriptAsync(transfer, cancellationToken);

        public void Failed(NapterFtpException error) => cmdlet.EmitError(error);

        public void Progressed(CopyProgress progress) => bar.Progressed(progress);

        public async ValueTask<bool> ApproveAsync(string action, string target, CancellationToken cancellationToken) =>
            await cmdlet.ShouldProcessAsync(target, action, cancellationToken);
    }
}
