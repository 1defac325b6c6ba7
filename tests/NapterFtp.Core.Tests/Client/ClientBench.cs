using Microsoft.Extensions.Logging.Abstractions;
using NapterFtp.Client;
using NapterFtp.Client.Copying;
using NapterFtp.Core.Tests.Ports;
using NapterFtp.Core.Tests.Proxy;
using NapterFtp.Ports;
using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Client;

/// <summary>A simulated device over a scratch folder, SORACOM's entries in memory, and a scratch folder on this side.</summary>
internal sealed class ClientBench : IAsyncDisposable
{
    private readonly PortManager _ports;
    private readonly DirectDialer _dialer;

    private ClientBench(SimulatedFtpDevice device)
    {
        Device = device;
        Api = new FakePortMappingApi(TimeProvider.System);
        _dialer = new DirectDialer(Api, device.EndPoint.Port);
        _ports = new PortManager(Api, new PortManagerOptions(), TimeProvider.System, NullLoggerFactory.Instance);
    }

    public SimulatedFtpDevice Device { get; }

    public FakePortMappingApi Api { get; }

    public CopyLog Log { get; } = new();

    public DirectDialer Dialer => _dialer;

    /// <summary>The device's files.</summary>
    public string Root => Device.Options.RootPath;

    /// <summary>This side's files.</summary>
    public string Local { get; } = Directory.CreateTempSubdirectory("napter-local-").FullName;

    public FtpClientOptions Options { get; set; } = new()
    {
        FinalReplyGrace = TimeSpan.FromMilliseconds(300),
        QuitTimeout = TimeSpan.FromMilliseconds(500),
    };

    public static async Task<ClientBench> StartAsync(DeviceProfile? profile = null, Func<SimulatedFtpDeviceOptions, SimulatedFtpDeviceOptions>? change = null)
    {
        var options = new SimulatedFtpDeviceOptions
        {
            RootPath = Directory.CreateTempSubdirectory("napter-device-").FullName,
            Profile = profile ?? DeviceProfiles.Default,
        };
        return new ClientBench(await SimulatedFtpDevice.StartAsync(change?.Invoke(options) ?? options));
    }

    public DeviceClient NewClient() =>
        new(DeviceTarget.FromImsi("001010000000001"), 21, Options, _ports, _dialer, TimeProvider.System, NullLoggerFactory.Instance);

    /// <summary>Copies with a client of its own; no port may be left open afterwards.</summary>
    public async Task<IReadOnlyList<NapterFtpTransfer>> CopyAsync(CopyOptions options)
    {
        Log.Clear();
        await using (var client = NewClient())
        {
            await DeviceCopy.RunAsync(client, options, Log, TestContext.Current.CancellationToken);
        }

        await ProxyBench.UntilAsync(() => Api.Entries.Count == 0);
        return Log.Transfers;
    }

    public CopyOptions Pull(string path = "/*") => new()
    {
        Paths = [path],
        Destination = Local,
        Recurse = true,
        Retry = new RetryPolicy(2, TimeSpan.FromMilliseconds(1)),
    };

    public CopyOptions Push(string destination = "/") => Pull() with { Paths = [Local + Path.DirectorySeparatorChar], Destination = destination, ToDevice = true };

    public async ValueTask DisposeAsync()
    {
        await _ports.DisposeAsync();
        await Device.DisposeAsync();
        Directory.Delete(Root, recursive: true);
        Directory.Delete(Local, recursive: true);
        Assert.Empty(Api.Entries);
    }
}
