using NapterFtp.Simulator.Device;

namespace NapterFtp.Simulator;

/// <summary>The SIMs and the embedded devices behind them.</summary>
internal sealed class SimulatedDevices : IAsyncDisposable
{
    private readonly List<SimulatedSim> _sims = [];

    public IReadOnlyList<SimulatedSim> Sims => _sims;

    /// <param name="folder">Where devices without a folder of their own get one.</param>
    public async Task StartAsync(SimulatorOptions options, string folder, CancellationToken cancellationToken)
    {
        foreach (var sim in options.Sims)
        {
            _sims.Add(sim.DeviceEndPoint is { } endPoint
                ? new SimulatedSim(sim, endPoint)
                : new SimulatedSim(sim, await StartDeviceAsync(sim, options.TimeProvider, folder, cancellationToken)));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var sim in _sims)
        {
            if (sim.Device is { } device)
            {
                await device.DisposeAsync();
            }
        }
    }

    private static Task<SimulatedFtpDevice> StartDeviceAsync(
        SimulatedSimOptions sim, TimeProvider time, string folder, CancellationToken cancellationToken)
    {
        var root = sim.RootPath;
        if (root is null)
        {
            root = Directory.CreateDirectory(Path.Combine(folder, sim.Imsi)).FullName;
            SampleFiles.Write(root);
        }

        var device = new SimulatedFtpDeviceOptions { RootPath = root, Profile = sim.Profile, Time = time };
        return SimulatedFtpDevice.StartAsync(sim.ConfigureDevice?.Invoke(device) ?? device, cancellationToken);
    }
}
