using NapterFtp.Relay;

namespace NapterFtp.PowerShell.Jobs;

/// <summary>An FTP proxy that runs: what Start-NapterFtpProxy returns.</summary>
public sealed class NapterFtpProxyJob : RelayJob
{
    private FtpProxy? _proxy;

    private NapterFtpProxyJob(string command, string name, NapterConnection connection)
        : base(command, name, connection)
    {
    }

    private FtpProxy Proxy => _proxy ?? throw new InvalidOperationException("The proxy has not started.");

    /// <summary>Starts a proxy and its job.</summary>
    /// <param name="request">What was typed.</param>
    /// <param name="connection">Through which ports are opened.</param>
    /// <param name="options">The proxy's; its name is the job's.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    internal static async Task<NapterFtpProxyJob> StartAsync(
        JobRequest request, NapterConnection connection, FtpProxyOptions options, CancellationToken cancellationToken)
    {
        var job = new NapterFtpProxyJob(request.Command, options.Name!, connection);
        await job.StartAsync(
            request,
            async () =>
            {
                job._proxy = await FtpProxy.StartAsync(connection, options, job.Post, cancellationToken);
                return job._proxy.Relay;
            });
        return job;
    }

    /// <summary>The proxy and its counters now.</summary>
    internal NapterFtpProxy Snapshot() => Proxy.Snapshot();
}
