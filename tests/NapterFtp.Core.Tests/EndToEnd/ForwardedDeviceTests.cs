using System.Net.Sockets;
using NapterFtp.Copy;
using NapterFtp.Core.Tests.Copy;
using NapterFtp.Diagnosis;
using NapterFtp.Ftp;
using NapterFtp.Relay;
using NapterFtp.Simulator.Device;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.EndToEnd;

/// <summary>Several devices behind one SIM, by the numbers that a router forwards.</summary>
public sealed class ForwardedDeviceTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_devices_behind_one_SIM_are_pulled_from_and_pushed_to_at_once()
    {
        await using var bench = await ForwardedBench.StartAsync();
        FileTree.Create(bench.A.Root, files: 25, folders: 3, seed: 1);
        FileTree.Create(bench.B.Root, files: 25, folders: 3, seed: 2);

        await Task.WhenAll(MoveAsync(bench.A, "a"), MoveAsync(bench.B, "b"));

        async Task MoveAsync(ForwardedDevice device, string name)
        {
            var (pulled, original) = (bench.Folder("pulled-" + name), bench.Folder("original-" + name));
            var log = await CopyAsync(bench, device.Options, new CopyOptions { Paths = ["/"], Destination = pulled, Recurse = true, Sync = NapterFtpSyncMode.Mirror, SessionLimit = 3 });
            Assert.Empty(log.Errors);
            Assert.Empty(FileTree.Differences(device.Root, pulled));
            FileTree.Create(original, files: 12, seed: name[0]);
            log = await CopyAsync(bench, device.Options, new CopyOptions { Paths = [original + Path.DirectorySeparatorChar], Destination = "/pushed", ToDevice = true, Recurse = true });
            Assert.Empty(log.Errors);
            Assert.Empty(FileTree.Differences(original, Path.Combine(device.Root, "pushed")));
        }
    }

    [Fact]
    public async Task Clients_of_two_proxies_reach_each_its_own_device_also_through_ports_that_are_kept()
    {
        await Peers.RequireAsync(RealClient.PythonFtplib);
        await using var bench = await ForwardedBench.StartAsync();
        var files = new[] { bench.A, bench.B }.ToDictionary(device => device, device => TestData.WriteFile(Path.Combine(device.Root, "log.bin"), 100_000, device.Control));
        var proxies = new Dictionary<ForwardedDevice, FtpProxy>();
        foreach (var device in files.Keys)
        {
            proxies[device] = await bench.Relay.StartProxyAsync(
                configure: options => options with { PortMap = device.Map, PortLinger = TimeSpan.FromMinutes(5) });
        }

        // In turn, so that one finds the ports that the other has left.
        for (var turn = 0; turn < 3; turn++)
        {
            foreach (var (device, proxy) in proxies)
            {
                var got = Path.Combine(bench.Folder("got"), $"{device.Control}.{turn}");
                var result = await RealClient.PythonFtplib.GetAsync(proxy.ListenEndPoint, "anonymous", "x", "log.bin", got, Cancellation);
                Assert.True(result.Succeeded, result.ToString());
                Assert.Equal(files[device], TestData.HashFile(got));
                result = await RealClient.PythonFtplib.PutAsync(proxy.ListenEndPoint, "anonymous", "x", got, $"back.{turn}", Cancellation);
                Assert.True(result.Succeeded, result.ToString());
                Assert.Equal(files[device], TestData.HashFile(Path.Combine(device.Root, $"back.{turn}")));
                result = await RealClient.PythonFtplib.ListAsync(proxy.ListenEndPoint, "anonymous", "x", "", Cancellation);
                Assert.Contains($"back.{turn}", result.Output, StringComparison.Ordinal);
            }
        }

        lock (bench.Relay.Events)
        {
            foreach (var (device, proxy) in proxies)
            {
                Assert.Equal($"{bench.Sim}:21={device.Control}", proxy.Name);
                var own = bench.Relay.Events.Where(step => step.Proxy == proxy.Name).ToArray();
                Assert.All(own.Where(step => step.Kind == NapterPortKind.Control), step => Assert.Equal((21, (int?)device.Control), (step.DevicePort, step.RouterPort)));
                var data = own.Where(step => step.Kind == NapterPortKind.Data).ToArray();
                Assert.NotEmpty(data);
                Assert.All(data, step => Assert.InRange(step.DevicePort, device.FirstPassive, device.FirstPassive + device.Count - 1));
                Assert.All(data, step => Assert.Equal(device.Map.ToRouter(step.DevicePort), step.RouterPort));
            }
        }
    }

    [Fact]
    public async Task What_is_learned_of_one_device_is_not_held_to_be_true_of_the_other()
    {
        await using var bench = await ForwardedBench.StartAsync(DeviceProfiles.Default with { Without = ["EPSV", "MLSD", "SIZE"] });
        foreach (var device in new[] { bench.B, bench.A })
        {
            await using var client = DeviceClient.Create(bench.Connection, bench.Sim, 21, device.Options);
            await using var session = await client.OpenSessionAsync(forTransfer: false, Cancellation);
            await FolderLister.ListAsync(session, "/", moreFollow: false, Cancellation);
        }

        var (a, b) = (bench.Connection.TraitsOf(KeyOf(bench.A)), bench.Connection.TraitsOf(KeyOf(bench.B)));
        Assert.NotSame(a, b);
        Assert.Equal(("MLSD", "LIST"), (a.ListVerb, b.ListVerb));

        DeviceKey KeyOf(ForwardedDevice device) => DeviceKey.For(bench.Sim, 21, device.Map);
    }

    [Fact]
    public async Task An_item_listed_behind_a_router_says_how_it_is_reached()
    {
        await using var bench = await ForwardedBench.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(bench.A.Root, "log.csv"), "1", Cancellation);
        await using var client = DeviceClient.Create(bench.Connection, bench.Sim, 21, bench.A.Options);
        await using var session = await client.OpenSessionAsync(forTransfer: false, Cancellation);

        var item = (await FolderLister.ListAsync(session, "/", moreFollow: false, Cancellation)).Entries.Single().ToItem(client);

        Assert.Equal((21, bench.A.Map.ToString()), (item.DevicePort, item.DevicePortMap));
    }

    [Fact]
    public async Task A_map_that_does_not_say_what_the_router_does_is_told_with_both_ports()
    {
        await using var bench = await ForwardedBench.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(bench.A.Root, "log.csv"), "1", Cancellation);
        var options = bench.A.Options with
        {
            PortMap = bench.A.MapTo(FreePorts.Block(bench.A.Count)),
            ReplyTimeout = s_limit,
            IdleTimeout = s_limit,
        };

        var checks = await CheckAsync(bench, options);

        var data = checks.Single(check => check.Name == "DataConnection");
        Assert.Equal((NapterFtpCheckStatus.Failed, "PassivePortNotForwarded"), (data.Status, data.Cause));
        Assert.Contains("(the router's ", data.Detail, StringComparison.Ordinal);
        Assert.Contains("-DevicePortMap", data.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_port_that_the_map_leaves_out_and_the_router_uses_for_another_is_refused_before_it_reaches_the_wrong_one()
    {
        await using var bench = await ForwardedBench.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(bench.A.Root, "log.csv"), "1", Cancellation);
        var last = bench.A.FirstPassive + bench.A.Count - 1;
        var map = DevicePortMap.Parse([$"21={bench.A.Control}", $"1000-{1000 + bench.A.Count - 1}={bench.A.FirstPassive}-{last}"]);
        await using var client = DeviceClient.Create(bench.Connection, bench.Sim, 21, new FtpClientOptions { PortMap = map });
        var log = new CopyLog();

        await DeviceCopy.RunAsync(client, new CopyOptions { Paths = ["/log.csv"], Destination = bench.Folder("got"), Retry = RetryPolicy.None }, log, Cancellation);

        Assert.Contains(log.Errors, error => error.ErrorId == "DevicePortNotForwarded");
    }

    [Fact]
    public async Task A_privileged_port_is_refused_by_the_number_that_the_device_announces()
    {
        await using var bench = await ForwardedBench.StartAsync();

        // The router's ports are all above this, and so would pass.
        var options = bench.A.Options with { LowestDataPort = bench.A.FirstPassive + bench.A.Count };
        Assert.True(bench.A.FirstData >= options.LowestDataPort);
        await using var client = DeviceClient.Create(bench.Connection, bench.Sim, 21, options);
        await using var session = await client.OpenSessionAsync(forTransfer: false, Cancellation);

        var error = await Assert.ThrowsAsync<NapterFtpException>(() => FolderLister.ListAsync(session, "/", moreFollow: false, Cancellation));

        Assert.Equal("DataPortNotAllowed", error.ErrorId);
    }

    [Fact]
    public async Task Every_step_of_a_check_passes_for_either_device()
    {
        await using var bench = await ForwardedBench.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(bench.B.Root, "only-here.csv"), "1", Cancellation);

        foreach (var (device, files) in new[] { (bench.A, 0), (bench.B, 1) })
        {
            var checks = await CheckAsync(bench, device.Options);

            Assert.All(checks, check => Assert.True(check.Status is NapterFtpCheckStatus.Passed or NapterFtpCheckStatus.Warning, check.ToString()));
            Assert.All(checks, check => Assert.Equal(device.Map.ToString(), check.DevicePortMap));
            Assert.Contains($"{files} files", checks.Single(check => check.Name == "Listing").Detail, StringComparison.Ordinal);
            Assert.Contains($"(the router's {device.Control})", checks.Single(check => check.Name == "ControlPort").Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_tunnel_reaches_the_device_that_its_map_names()
    {
        await using var bench = await ForwardedBench.StartAsync(DeviceProfiles.Default with { Greeting = "220 This is B." });
        await using var tunnel = await TcpTunnel.StartAsync(
            bench.Connection, new TcpTunnelOptions { Device = bench.Sim, DevicePort = 21, PortMap = bench.B.Map }, observer: null, Cancellation);
        using var client = new TcpClient();
        await client.ConnectAsync(tunnel.ListenEndPoint, Cancellation);
        using var reader = new StreamReader(client.GetStream());

        Assert.Equal("220 This is B.", await reader.ReadLineAsync(Cancellation));
        Assert.Equal((21, (int?)bench.B.Control), (tunnel.Snapshot().DevicePort, tunnel.Snapshot().RouterPort));
        var port = Assert.Single(bench.Connection.Ports.Snapshot());
        Assert.Equal((21, (int?)bench.B.Control), (port.DevicePort, port.RouterPort));
    }

    private static async Task<CopyLog> CopyAsync(ForwardedBench bench, FtpClientOptions options, CopyOptions copy)
    {
        var log = new CopyLog();
        await using var client = DeviceClient.Create(bench.Connection, bench.Sim, 21, options);
        await DeviceCopy.RunAsync(client, copy, log, Cancellation);
        return log;
    }

    private static async Task<IReadOnlyList<NapterFtpCheck>> CheckAsync(ForwardedBench bench, FtpClientOptions options)
    {
        var checks = new List<NapterFtpCheck>();
        var check = new DeviceCheck(
            new DeviceCheckOptions { Device = bench.Sim, Client = options, AuditDelay = TimeSpan.Zero },
            _ => Task.FromResult(bench.Connection),
            _ => { },
            checks.Add);
        await check.RunAsync(Cancellation);
        return checks;
    }
}
