using System.Globalization;
using System.Net;
using NapterFtp.Copy;
using NapterFtp.Core.Tests.Relay;
using NapterFtp.Ftp;
using NapterFtp.Simulator;
using NapterFtp.Simulator.Device;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.EndToEnd;

/// <summary>One SIM in a router, and behind it two devices that announce the same passive ports, each forwarded to from others.</summary>
internal sealed class ForwardedBench : IAsyncDisposable
{
    private const int PassivePorts = 6;

    private static readonly IPAddress s_noHost = IPAddress.Parse("127.0.0.11");

    private readonly ScratchFolder _folder = new();
    private readonly ForwardingRouter _router = new();

    public RelayBench Relay { get; private set; } = null!;

    public NapterConnection Connection => Relay.Connection;

    public DeviceTarget Sim => DeviceTarget.FromImsi(Relay.Simulator.Imsi);

    /// <summary>The first passive port that both devices announce.</summary>
    public int FirstPassive { get; private set; }

    public ForwardedDevice A { get; private set; } = null!;

    public ForwardedDevice B { get; private set; } = null!;

    public string Folder(string name) => _folder.Folder(name);

    public static async Task<ForwardedBench> StartAsync(DeviceProfile? profileOfB = null)
    {
        var bench = new ForwardedBench
        {
            // Below the router's.
            FirstPassive = 10_000 + (FreePorts.One() % 10_000),
        };
        bench.A = await bench.AddAsync("a", "127.0.0.12", DeviceProfiles.Default);
        bench.B = await bench.AddAsync("b", "127.0.0.13", profileOfB ?? DeviceProfiles.Default);

        // The SIM's own port 21 leads nowhere: what is not mapped does not work.
        bench.Relay = await RelayBench.StartAsync(new SimulatorOptions
        {
            DefaultSourceRanges = ["127.0.0.0/8"],
            Sims = [new SimulatedSimOptions { DeviceEndPoint = new IPEndPoint(IPAddress.Loopback, bench._router.Forward(new IPEndPoint(s_noHost, 9))) }],
        });
        return bench;
    }

    public async ValueTask DisposeAsync()
    {
        // A client lets its ports go without waiting for SORACOM; those of proxies and tunnels end with them.
        await ProxyBench.UntilAsync(() => Connection.Ports.Snapshot().All(port => port.Proxy?.StartsWith(Sim.ToString(), StringComparison.Ordinal) == true));
        await Relay.DisposeAsync();
        await _router.DisposeAsync();
        await A.Device.DisposeAsync();
        await B.Device.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<ForwardedDevice> AddAsync(string name, string address, DeviceProfile profile)
    {
        var device = await SimulatedFtpDevice.StartAsync(new SimulatedFtpDeviceOptions
        {
            RootPath = _folder.Folder(name),
            Address = IPAddress.Parse(address),
            AnnouncedAddress = IPAddress.Parse("192.168.1.20"),
            Profile = profile with { PassivePortCount = PassivePorts },
            FirstPassivePort = FirstPassive,
        });
        var control = _router.Forward(device.EndPoint);
        var data = _router.Forward([.. Enumerable.Range(FirstPassive, PassivePorts).Select(port => new IPEndPoint(device.EndPoint.Address, port))]);
        return new ForwardedDevice(device, control, data, FirstPassive, PassivePorts);
    }
}

/// <summary>A device behind the router.</summary>
/// <param name="Device">The device.</param>
/// <param name="Control">The router's port that leads to its control port.</param>
/// <param name="FirstData">The first of the router's ports that lead to its passive ones.</param>
/// <param name="FirstPassive">The first passive port that it announces.</param>
/// <param name="Count">How many those are.</param>
internal sealed record ForwardedDevice(SimulatedFtpDevice Device, int Control, int FirstData, int FirstPassive, int Count)
{
    public string Root => Device.Options.RootPath;

    /// <summary>What the router does.</summary>
    public DevicePortMap Map => MapTo(FirstData);

    public FtpClientOptions Options => new() { PortMap = Map };

    /// <summary>With other ports for data.</summary>
    public DevicePortMap MapTo(int firstData) => DevicePortMap.Parse([string.Create(
        CultureInfo.InvariantCulture,
        $"21={Control},{FirstPassive}-{FirstPassive + Count - 1}={firstData}-{firstData + Count - 1}")]);
}
