using NapterFtp.Copy;
using NapterFtp.Core.Tests.Copy;
using NapterFtp.Core.Tests.Relay;
using NapterFtp.Diagnosis;
using NapterFtp.Relay;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Routers;

/// <summary>A device that knows active mode only, behind a real router: it connects to the router, and so comes to us.</summary>
public sealed class ActiveOnlyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Whether the router's rules are iptables', and whether its SSH server is dropbear.</summary>
    public static TheoryData<bool, bool> Routers => new() { { false, false }, { true, true } };

    /// <inheritdoc cref="Routers"/>
    public static TheoryData<bool, bool> OtherRouters => Campaign.IsLong ? Routers : new() { { false, false } };

    [Theory]
    [MemberData(nameof(Routers))]
    public async Task It_is_listed_mirrored_by_four_sessions_and_pushed_to_and_the_router_is_as_it_was_before(bool iptables, bool dropbear)
    {
        await using var bench = await StartAsync(iptables, dropbear);
        using var local = new ScratchFolder();

        // Dropbear, which never gives a port back, listens on 21 ports at the most in one login.
        FileTree.Create(bench.Lab.Root(RouterLab.ActiveOnly), Campaign.Count("ROUTER_FILES", dropbear ? 24 : 8, 100), folders: 2, seed: 3);
        var (pulled, original) = (local.Folder("pulled"), local.Folder("original"));
        FileTree.Create(original, files: 5, seed: 9);

        await CopyAsync(bench, new CopyOptions { Paths = ["/"], Destination = pulled, Recurse = true, Sync = NapterFtpSyncMode.Mirror, SessionLimit = 4 });
        Assert.Empty(FileTree.Differences(bench.Lab.Root(RouterLab.ActiveOnly), pulled));
        await CopyAsync(bench, new CopyOptions { Paths = [original + Path.DirectorySeparatorChar], Destination = "/pushed", ToDevice = true, Recurse = true });
        Assert.Empty(FileTree.Differences(original, Path.Combine(bench.Lab.Root(RouterLab.ActiveOnly), "pushed")));

        await bench.Connection.DisconnectAsync();
        Assert.Equal(bench.Before, await bench.Lab.RulesAsync());
        Assert.Equal("0", await LoopbackRouteAsync(bench));
        Assert.Empty(bench.Simulator.PortMappings);
    }

    [Theory]
    [MemberData(nameof(OtherRouters))]
    public async Task Through_the_proxy_curl_lists_pulls_and_pushes_whichever_mode_it_is_in(bool iptables, bool dropbear)
    {
        await using var bench = await StartAsync(iptables, dropbear);
        using var local = new ScratchFolder();
        var root = bench.Lab.Root(RouterLab.ActiveOnly);
        FileTree.Create(root, files: 4, seed: 11);
        var names = Directory.EnumerateFiles(root).Select(path => Path.GetFileName(path)).ToArray();
        await File.WriteAllTextAsync(local.File("up.txt"), "pushed", Token);
        var events = new List<NapterPortEvent>();
        var proxy = await StartProxyAsync(bench, step =>
        {
            lock (events)
            {
                events.Add(step);
            }
        });
        await using (proxy)
        {
            Assert.Contains(names[0], await CurlAsync(proxy, "/"), StringComparison.Ordinal);
            await Task.WhenAll(names.Select((name, number) => CurlAsync(proxy, $"/{name}", ["-o", local.File(name), .. Mode(number)])));
            await CurlAsync(proxy, "/up.txt", ["-T", local.File("up.txt")]);
            await proxy.StopAsync(TimeSpan.Zero, Token);
        }

        Assert.All(names, name => Assert.Equal(File.ReadAllBytes(Path.Combine(root, name)), File.ReadAllBytes(local.File(name))));
        Assert.Equal("pushed", await File.ReadAllTextAsync(Path.Combine(root, "up.txt"), Token));
        Assert.Equal(6, events.Count(step => step is { Kind: NapterPortKind.Data, State: NapterPortState.Closed, RouterPort: not null }));
        await bench.Connection.DisconnectAsync();
        Assert.Equal(bench.Before, await bench.Lab.RulesAsync());
        Assert.Equal("0", await LoopbackRouteAsync(bench));
    }

    [Fact]
    public async Task During_a_transfer_the_way_back_is_open_to_the_device_alone()
    {
        await using var bench = await StartAsync(iptables: false, dropbear: false);
        await File.WriteAllTextAsync(Path.Combine(bench.Lab.Root(RouterLab.ActiveOnly), "data.txt"), "the data", Token);
        await using (var proxy = await StartProxyAsync(bench))
        {
            using var client = await RawFtpClient.ConnectAsync(proxy.ListenEndPoint);
            Assert.StartsWith("220", await client.ReadLineAsync(), StringComparison.Ordinal);
            await client.AskAsync("USER root");
            await client.AskAsync("PASS x");
            using (var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV")))
            {
                var way = Assert.Single(bench.Connection.Ports.Snapshot(), port => port.Kind == NapterPortKind.Data);
                Assert.Equal("1", await LoopbackRouteAsync(bench));
                foreach (var address in new[] { "192.168.77.1", "127.0.0.1" })
                {
                    Assert.False(await bench.Lab.ReachesAsync(from: 0, address, way.RouterPort!.Value));
                }

                Assert.StartsWith("150", await client.AskAsync("RETR data.txt"), StringComparison.Ordinal);
                Assert.Equal("the data", await new StreamReader(data.GetStream()).ReadToEndAsync(Token));
            }

            Assert.StartsWith("226", await client.ReadLineAsync(), StringComparison.Ordinal);
            await ProxyBench.UntilAsync(() => bench.Connection.Ports.Snapshot().All(port => port.Kind != NapterPortKind.Data));
            Assert.Equal("0", await LoopbackRouteAsync(bench));
            await proxy.StopAsync(TimeSpan.Zero, Token);
        }

        Assert.Equal(bench.Before, await bench.Lab.RulesAsync());
    }

    [Theory]
    [InlineData(NapterRouterVia.Api, true, "NoPassivePort")]
    [InlineData(NapterRouterVia.Napter, false, "RouterListenRefused")]
    public async Task Where_it_cannot_come_back_that_is_said_and_nothing_is_left(NapterRouterVia via, bool forwards, string expected)
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions { ListensForOthers = forwards });
        var error = await Assert.ThrowsAsync<NapterFtpException>(async () =>
        {
            await using var client = DeviceClient.Create(bench.Connection, bench.Sim, 21, RouterBench.Client(bench.Router(RouterLab.ActiveOnly, via: via)));
            var session = await client.OpenSessionAsync(forTransfer: false, Token);
            throw (await FolderLister.ListAsync(session, "/", moreFollow: false, Token)).Failure!;
        });

        Assert.Equal(expected, error.ErrorId);
        Assert.NotNull(error.Advice);
        await bench.Connection.DisconnectAsync();
        Assert.Equal(bench.Before, await bench.Lab.RulesAsync());
        Assert.Equal("0", await LoopbackRouteAsync(bench));
    }

    [Fact]
    public async Task The_test_of_a_device_says_that_it_knows_active_mode_only_and_that_this_works()
    {
        await using var bench = await StartAsync(iptables: false, dropbear: false);
        var checks = new List<NapterFtpCheck>();
        var options = new DeviceCheckOptions { Device = bench.Sim, Client = RouterBench.Client(bench.Router(RouterLab.ActiveOnly)), Upload = true };
        await new DeviceCheck(options, _ => Task.FromResult(bench.Connection), _ => { }, checks.Add).RunAsync(Token);

        Assert.DoesNotContain(checks, check => check.Status == NapterFtpCheckStatus.Failed);
        Assert.Equal("ActiveModeOnly", checks.Single(check => check.Name == "Epsv").Cause);
        Assert.Contains("connects to its router's port", checks.Single(check => check.Name == "DataConnection").Detail, StringComparison.Ordinal);
        Assert.Contains("activeOnly", checks.Single(check => check.Name == "Traits").DeviceTraits, StringComparison.Ordinal);
        await bench.Connection.DisconnectAsync();
        Assert.Equal(bench.Before, await bench.Lab.RulesAsync());
    }

    private static string[] Mode(int number) => number switch { 0 => [], 1 => ["--disable-epsv"], _ => ["--ftp-port", "-"] };

    private static async Task<RouterBench> StartAsync(bool iptables, bool dropbear) =>
        await RouterBench.StartAsync(new RouterLabOptions { Iptables = iptables, Hidden = iptables ? ["nft"] : [], Dropbear = dropbear });

    private static Task<FtpProxy> StartProxyAsync(RouterBench bench, Action<NapterPortEvent>? observer = null) => FtpProxy.StartAsync(
        bench.Connection,
        new FtpProxyOptions
        {
            Device = bench.Sim,
            DevicePort = 21,
            PortMap = bench.Router(RouterLab.ActiveOnly).Ports,
            Port = 0,
            PassivePorts = PassivePortRange.Any,
        },
        observer,
        Token);

    private static async Task<string> CurlAsync(FtpProxy proxy, string path, params string[] options)
    {
        var result = await ProcessRunner.RunAsync(
            new ProcessCommand("curl", ["-sS", "-u", "root:x", .. options, $"ftp://{proxy.ListenEndPoint}{path}"]), TimeSpan.FromSeconds(60), Token);
        Assert.True(result.Succeeded, result.ToString());
        return result.Output;
    }

    private static async Task CopyAsync(RouterBench bench, CopyOptions options)
    {
        var log = new CopyLog();
        await using var client = DeviceClient.Create(bench.Connection, bench.Sim, 21, RouterBench.Client(bench.Router(RouterLab.ActiveOnly)));
        await DeviceCopy.RunAsync(client, options with { Retry = RetryPolicy.None }, log, Token);
        Assert.Empty(log.Errors);
    }

    private static async Task<string> LoopbackRouteAsync(RouterBench bench) =>
        (await bench.Lab.OnRouterAsync("cat /proc/sys/net/ipv4/conf/lan/route_localnet")).Trim();
}
