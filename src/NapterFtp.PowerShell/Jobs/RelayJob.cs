using System.Net;
using NapterFtp.Relay;

namespace NapterFtp.PowerShell.Jobs;

/// <summary>Something that relays until it is stopped, as a PowerShell job: its output is one <see cref="NapterPortEvent"/> for
/// each step of each port's life.</summary>
public abstract class RelayJob : ModuleJob
{
    private LocalRelay? _relay;

    private protected RelayJob(string command, string name, NapterConnection connection)
        : base(command, name, connection)
    {
    }

    /// <summary>Where clients connect; the real port, also where any was asked for.</summary>
    public IPEndPoint ListenEndPoint => Relay.ListenEndPoint;

    /// <summary>The device's IMSI, where it was chosen by IMSI.</summary>
    public string? Imsi => Relay.Device?.Imsi;

    /// <summary>The device's SIM ID, where it was chosen by SIM ID.</summary>
    public string? SimId => Relay.Device?.SimId;

    /// <summary>The TCP port on the device.</summary>
    public int DevicePort => Relay.DevicePort;

    /// <summary>The router's port that leads to it, where <c>-DevicePortMap</c> gives another number; else null.</summary>
    public int? RouterPort => Relay.RouterPort;

    private LocalRelay Relay => _relay ?? throw new InvalidOperationException("The relay has not started.");

    /// <summary>Takes an event from the relay; never waits.</summary>
    internal void Post(NapterPortEvent step) => PostOutput(step);

    /// <summary>Starts the relay, whose tasks log to the job's streams, and makes the job run until the relay's end.</summary>
    /// <param name="request">Which logs are wanted.</param>
    /// <param name="start">Starts the relay.</param>
    private protected Task StartAsync(JobRequest request, Func<Task<LocalRelay>> start) => RunAsync(
        request,
        async () =>
        {
            _relay = await start();
            return _relay.Completion;
        });

    private protected override Task StopWorkAsync(TimeSpan drain, IProgress<int>? left, CancellationToken cancellationToken) => Relay.StopAsync(drain, left, cancellationToken);
}
