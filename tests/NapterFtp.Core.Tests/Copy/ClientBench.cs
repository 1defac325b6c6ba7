using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using NapterFtp.Copy;
using NapterFtp.Core.Tests.Entries;
using NapterFtp.Core.Tests.Relay;
using NapterFtp.Entries;
using NapterFtp.Simulator.Device;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>A simulated device over a scratch folder, SORACOM's entries in memory, and a scratch folder on this side.</summary>
internal sealed class ClientBench : IAsyncDisposable
{
    private readonly EntryManager _ports;
    private readonly DirectDialer _dialer;

    private readonly SimulatedFtpDevice? _device;

    private ClientBench(SimulatedFtpDevice? device, string root, int controlPort)
    {
        _device = device;
        Root = root;
        Api = new FakePortMappingApi(TimeProvider.System);
        _dialer = new DirectDialer(Api, controlPort);
        _ports = new EntryManager(Api, new EntryManagerOptions(), TimeProvider.System, NullLoggerFactory.Instance);
    }

    public SimulatedFtpDevice Device => _device!;

    public FakePortMappingApi Api { get; }

    public CopyLog Log { get; } = new();

    public Microsoft.Extensions.Logging.ILoggerFactory Loggers { get; set; } = NullLoggerFactory.Instance;

    public DirectDialer Dialer => _dialer;

    public string Imsi { get; set; } = "001010000000001";

    /// <summary>The device's files.</summary>
    public string Root { get; }

    /// <summary>This side's files.</summary>
    public string Local { get; } = Directory.CreateTempSubdirectory("napter-local-").FullName;

    /// <summary>The product's own limits, for a machine that has much to do answers late.</summary>
    public FtpClientOptions Options { get; set; } = new();

    /// <summary>Those of a client whose device gives no final reply: it is waited for in vain.</summary>
    public static FtpClientOptions WithoutFinalReply { get; } = new() { FinalReplyGrace = TimeSpan.FromMilliseconds(300) };

    public static async Task<ClientBench> StartAsync(DeviceProfile? profile = null, Func<SimulatedFtpDeviceOptions, SimulatedFtpDeviceOptions>? change = null)
    {
        var options = new SimulatedFtpDeviceOptions
        {
            RootPath = Directory.CreateTempSubdirectory("napter-device-").FullName,
            Profile = profile ?? DeviceProfiles.Default,
        };
        var device = await SimulatedFtpDevice.StartAsync(change?.Invoke(options) ?? options);
        var bench = new ClientBench(device, options.RootPath, device.EndPoint.Port);
        if (options.Profile.Final == FinalReply.Missing)
        {
            bench.Options = WithoutFinalReply;
        }

        return bench;
    }

    /// <summary>For a server that the caller runs over the folder, logged in to as its user.</summary>
    public static ClientBench For(string root, RealServer server)
    {
        var bench = new ClientBench(null, root, server.EndPoint.Port);
        bench.Options = bench.Options with { Login = new FtpLogin(server.User, new NetworkCredential("", server.Password).SecurePassword) };
        return bench;
    }

    public DeviceClient NewClient(TimeProvider? time = null) =>
        new(DeviceTarget.FromImsi(Imsi), 21, Options, _ports, _dialer, new Activity(time ?? TimeProvider.System), time ?? TimeProvider.System, Loggers);

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
        if (_device is not null)
        {
            await _device.DisposeAsync();
            Directory.Delete(Root, recursive: true);
        }

        Directory.Delete(Local, recursive: true);
        Assert.Empty(Api.Entries);
    }
}
