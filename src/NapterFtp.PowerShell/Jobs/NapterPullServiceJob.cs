using NapterFtp.Pulls.Service;

namespace NapterFtp.PowerShell.Jobs;

/// <summary>A member of a service that runs: what Start-NapterPullService returns. Its output is one <see cref="NapterFtpTransfer"/> for each
/// file and one <see cref="NapterPullDevice"/> for each device that it is done with.</summary>
public sealed class NapterPullServiceJob : ModuleJob
{
    private PullService? _service;

    private NapterPullServiceJob(string command, NapterConnection connection, string name, string store, int throttleLimit)
        : base(command, name, connection)
    {
        Store = store;
        ThrottleLimit = throttleLimit;
    }

    /// <summary>What the store is called.</summary>
    public string Store { get; }

    /// <summary>Devices at a time.</summary>
    public int ThrottleLimit { get; }

    /// <summary>The address of the page of metrics; null where there is none.</summary>
    public Uri? MetricsPage => _service?.MetricsPage;

    private PullService Service => _service ?? throw new InvalidOperationException("The service has not started.");

    /// <summary>Starts a member and its job.</summary>
    /// <param name="request">What was typed.</param>
    /// <param name="options">The member's; its observer hears what the job does.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    internal static async Task<NapterPullServiceJob> StartAsync(JobRequest request, PullServiceOptions options, CancellationToken cancellationToken)
    {
        var job = new NapterPullServiceJob(request.Command, options.Connection, options.Name, options.Store.Address.Name, options.ThrottleLimit);
        await job.RunAsync(
            request,
            async () =>
            {
                job._service = await PullService.StartAsync(
                    options with { Observer = new PullObservers([new Streams(job, options.Connection.Time), options.Observer]) }, cancellationToken);
                return job._service.Completion;
            });
        return job;
    }

    private protected override Task StopWorkAsync(TimeSpan drain, IProgress<int>? left, CancellationToken cancellationToken) => Service.StopAsync(drain, cancellationToken);

    /// <summary>Puts what the service tells into the job's streams.</summary>
    private sealed class Streams(NapterPullServiceJob job, TimeProvider time) : IPullObserver
    {
        // A store that is away is noticed every few seconds.
        private static readonly TimeSpan Repeat = TimeSpan.FromMinutes(5);

        private readonly object _lock = new();
        private (string Message, long Told)? _last;

        public void FileEnded(NapterPullDevice device, NapterFtpTransfer transfer) => job.PostOutput(transfer);

        public void DeviceEnded(NapterPullDevice device) => job.PostOutput(device);

        public void Troubled(NapterFtpException error)
        {
            lock (_lock)
            {
                if (_last is { } last && last.Message == error.Message && time.GetElapsedTime(last.Told) < Repeat)
                {
                    return;
                }

                _last = (error.Message, time.GetTimestamp());
            }

            job.PostError(error);
        }
    }
}
