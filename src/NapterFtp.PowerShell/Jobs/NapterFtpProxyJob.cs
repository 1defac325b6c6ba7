using System.Net;
using NapterFtp.PowerShell.Sessions;
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
    /// <param name="command">What the user typed.</param>
    /// <param name="connection">Through which ports are opened.</param>
    /// <param name="options">The proxy's; its name is the job's.</param>
    /// <param name="verbose">Whether the job keeps the FTP dialogue.</param>
    /// <param name="debug">Whether it keeps details.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    internal static async Task<NapterFtpProxyJob> StartAsync(
        string command, NapterConnection connection, FtpProxyOptions options, bool verbose, bool debug, CancellationToken cancellationToken)
    {
        var job = new NapterFtpProxyJob(command, options.Name!, connection);
        try
        {
            // The relay's tasks inherit where they log.
            using (ModuleState.Instance.Log.SendTo(job.LogSink(verbose, debug)))
            {
                job._proxy = await FtpProxy.StartAsync(connection, options, job.Post, cancellationToken);
            }
        }
        catch
        {
            job.Dispose();
            throw;
        }

        job.Run(job._proxy.Completion);
        return job;
    }

    /// <summary>The proxy and its counters now.</summary>
    internal NapterFtpProxy Snapshot() => Proxy.Snapshot();

    private protected override Task StopRelayAsync(TimeSpan drain, CancellationToken cancellationToken) =>
        Proxy.StopAsync(drain, cancellationToken);
}
