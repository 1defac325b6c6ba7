using System.Net;
using NapterFtp.Proxy;

namespace NapterFtp.PowerShell.Jobs;

/// <summary>An FTP proxy that runs: what Start-NapterFtpProxy returns.</summary>
public sealed class NapterFtpProxyJob : RelayJob
{
    private FtpProxy? _proxy;

    private NapterFtpProxyJob(string command, string name, NapterConnection connection)
        : base(command, name, connection)
    {
    }

    /// <summary>Where FTP clients connect; the real port, also where any was asked for.</summary>
    public IPEndPoint ListenEndPoint => Proxy.ListenEndPoint;

    /// <summary>The device's IMSI, where it was chosen by IMSI.</summary>
    public string? Imsi => Proxy.Device.Imsi;

    /// <summary>The device's SIM ID, where it was chosen by SIM ID.</summary>
    public string? SimId => Proxy.Device.SimId;

    /// <summary>The FTP server's port on the device.</summary>
    public int DevicePort => Snapshot().DevicePort;

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
                return job._proxy.Completion;
            });
        return job;
    }

    /// <summary>The proxy and its counters now.</summary>
    internal NapterFtpProxy Snapshot() => Proxy.Snapshot();

    private protected override Task StopRelayAsync(TimeSpan drain, CancellationToken cancellationToken) =>
        Proxy.StopAsync(drain, cancellationToken);
}
