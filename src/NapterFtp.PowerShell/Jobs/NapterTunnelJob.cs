using NapterFtp.Relay;

namespace NapterFtp.PowerShell.Jobs;

/// <summary>A TCP tunnel that runs: what Start-NapterTunnel returns.</summary>
public sealed class NapterTunnelJob : RelayJob
{
    private TcpTunnel? _tunnel;

    private NapterTunnelJob(string command, string name, NapterConnection connection)
        : base(command, name, connection)
    {
    }

    private TcpTunnel Tunnel => _tunnel ?? throw new InvalidOperationException("The tunnel has not started.");

    /// <summary>Starts a tunnel and its job.</summary>
    /// <param name="request">What was typed.</param>
    /// <param name="connection">Through which ports are opened.</param>
    /// <param name="options">The tunnel's; its name is the job's.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    internal static async Task<NapterTunnelJob> StartAsync(
        JobRequest request, NapterConnection connection, TcpTunnelOptions options, CancellationToken cancellationToken)
    {
        var job = new NapterTunnelJob(request.Command, options.Name!, connection);
        await job.StartAsync(
            request,
            async () =>
            {
                job._tunnel = await TcpTunnel.StartAsync(connection, options, job.Post, cancellationToken);
                return job._tunnel.Relay;
            });
        return job;
    }

    /// <summary>The tunnel and its counters now.</summary>
    internal NapterTunnel Snapshot() => Tunnel.Snapshot();
}
