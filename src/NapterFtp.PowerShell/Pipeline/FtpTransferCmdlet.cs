using System.Management.Automation;
using NapterFtp.Copy;
using NapterFtp.PowerShell.Parameters;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>A cmdlet that copies between this computer and devices. What the pipeline brings is gathered, then done device by
/// device, several at a time.</summary>
public abstract class FtpTransferCmdlet : FtpFilterCmdlet
{
    private readonly List<TransferTask> _tasks = [];

    /// <summary>Copies to the device; else from it.</summary>
    [Parameter]
    public SwitchParameter ToDevice { get; set; }

    /// <summary>Only files changed after this time.</summary>
    [Parameter]
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

    /// <summary>Devices at a time. One that does not answer gives its place to the next while it is waited for.</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    public int ThrottleLimit { get; set; } = 8;

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

    /// <summary>Notes what this record asks for.</summary>
    private protected void AddTask(CopyOptions options) =>
        _tasks.Add(new TransferTask(GetDevice()!, DevicePort, Credential, MakeClientOptions() with { Ascii = Ascii }, options));

    private protected CopyOptions MakeOptions(IReadOnlyList<string> paths, string destination) => new()
    {
        Paths = paths,
        Destination = destination,
        ToDevice = ToDevice,
        Filter = MakeFilter(ModifiedAfter),
        Retry = new RetryPolicy(Retry, RetryInterval),
        SessionLimit = SessionLimit,
        Hash = Hash,
        Ascii = Ascii,
    };

    /// <summary>A path of this computer, from PowerShell's current location.</summary>
    private protected Task<string> LocalPathAsync(string path, CancellationToken cancellationToken) => OnPipelineAsync(
        () =>
        {
            var full = GetUnresolvedProviderPathFromPSPath(path);
            return Path.EndsInDirectorySeparator(path) && !Path.EndsInDirectorySeparator(full) ? full + Path.DirectorySeparatorChar : full;
        },
        cancellationToken);

    private protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        var devices = _tasks
            .GroupBy(task => (task.Device, task.Port, task.Credential))
            .Select((tasks, index) => new DeviceTasks(index, [.. Merge(tasks)]))
            .ToList();
        if (devices.Count > 0)
        {
            RefuseSharedSources();
            var shared = FindSharedMirrors();
            var claims = _tasks.Count > 1 ? new DestinationClaims() : null;
            var connection = await GetConnectionAsync(cancellationToken);
            await new FleetRunner(ThrottleLimit, connection.Time).RunAsync(
                devices, (device, activity, token) => RunAsync(connection, device, claims, shared, activity, token), cancellationToken);
        }

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
        NapterConnection connection,
        DeviceTasks device,
        DestinationClaims? claims,
        IReadOnlyDictionary<string, NapterFtpException> shared,
        Activity activity,
        CancellationToken cancellationToken)
    {
        var first = device.Tasks[0];
        var sink = new CmdletSink(this, device.Index + 1, first.Label);
        await using var client = DeviceClient.Create(connection, first.Device, first.Port, first.Client, activity);
        foreach (var task in device.Tasks)
        {
            try
            {
                if (shared.TryGetValue(task.Label, out var refused))
                {
                    throw refused;
                }

                await DeviceCopy.RunAsync(client, task.Options with { Claims = claims }, sink, cancellationToken);
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
                        Imsi = first.Device.Imsi,
                        SimId = first.Device.SimId,
                        Source = path,
                        Destination = task.Options.Destination,
                        Status = NapterFtpTransferStatus.Failed,
                        Error = exception.Message,
                    });
                }

                EmitError(exception, first.Device.ToString());
            }
        }

        sink.Complete();
    }

    private sealed record TransferTask(DeviceTarget Device, int Port, PSCredential? Credential, FtpClientOptions Client, CopyOptions Options)
    {
        /// <summary>The device and port, for messages.</summary>
        public string Label => $"{Device}:{Port}";
    }

    private sealed record DeviceTasks(int Index, IReadOnlyList<TransferTask> Tasks);

    private sealed class CmdletSink(FtpTransferCmdlet cmdlet, int activity, string device) : ICopySink
    {
        private volatile bool _shown;

        public void Done(NapterFtpTransfer transfer) => cmdlet.Emit(transfer);

        public void Failed(NapterFtpException error) => cmdlet.EmitError(error);

        public void Progressed(CopyProgress progress)
        {
            _shown = true;
            cmdlet.EmitProgress(new ProgressRecord(activity, $"{cmdlet.MyInvocation.MyCommand.Name} {device}", Status(progress))
            {
                CurrentOperation = progress.FileLength is > 0 ? $"{progress.File} ({100 * progress.FileBytes / progress.FileLength} %)" : progress.File,
                PercentComplete = Percent(progress),
                SecondsRemaining = progress.TimeLeft is { } left ? (int)Math.Min(left.TotalSeconds, int.MaxValue) : -1,
            });
        }

        public async ValueTask<bool> ApproveAsync(string action, string target, CancellationToken cancellationToken) =>
            await cmdlet.ShouldProcessAsync(target, action, cancellationToken);

        public void Complete()
        {
            if (_shown)
            {
                cmdlet.EmitProgress(new ProgressRecord(activity, $"{cmdlet.MyInvocation.MyCommand.Name} {device}", "Done")
                {
                    RecordType = ProgressRecordType.Completed,
                });
            }
        }

        private static string Status(CopyProgress progress) => string.Create(
            System.Globalization.CultureInfo.CurrentCulture,
            $"{progress.FilesDone} of {progress.FilesTotal} files, {progress.Bytes / 1e6:0.0} of {progress.TotalBytes / 1e6:0.0} MB, {progress.Rate / 1e3:0} kB/s");

        private static int Percent(CopyProgress progress) => (int)Math.Clamp(
            progress.TotalBytes > 0 ? 100 * progress.Bytes / progress.TotalBytes : 100L * progress.FilesDone / Math.Max(progress.FilesTotal, 1), 0, 100);
    }
}
