using System.Diagnostics;
using System.Text.RegularExpressions;
using NapterFtp.Copy;
using NapterFtp.Core.Tests.Copy;
using NapterFtp.Core.Tests.Relay;
using NapterFtp.Relay;
using NapterFtp.Routers;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Routers;

/// <summary>Devices behind a real router, which is told what to forward while it is wanted.</summary>
public sealed partial class RouterLabTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Whether a router's rules are iptables', for what is much the same for both.</summary>
    public static TheoryData<bool> Backends => Campaign.IsLong ? [false, true] : [false];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Two_devices_are_mirrored_and_pushed_to_at_once_and_the_routers_own_rules_stay_as_they_were(bool iptables)
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions { Iptables = iptables, Hidden = iptables ? ["nft"] : [] });
        using var local = new ScratchFolder();
        var files = Campaign.Count("ROUTER_FILES", 8, 100);
        var login = bench.ByKey();
        await Task.WhenAll(Enumerable.Range(0, 2).Select(async number =>
        {
            FileTree.Create(bench.Lab.Root(number), files, folders: 2, seed: number);
            var (router, pulled, original) = (bench.Router(number, login), local.Folder($"pulled{number}"), local.Folder($"original{number}"));
            await CopyAsync(bench, router, new CopyOptions { Paths = ["/"], Destination = pulled, Recurse = true, Sync = NapterFtpSyncMode.Mirror, SessionLimit = 4 });
            Assert.Empty(FileTree.Differences(bench.Lab.Root(number), pulled));
            FileTree.Create(original, files: 3, seed: 7 + number);
            await CopyAsync(bench, router, new CopyOptions { Paths = [original + Path.DirectorySeparatorChar], Destination = "/pushed", ToDevice = true, Recurse = true });
            Assert.Empty(FileTree.Differences(original, Path.Combine(bench.Lab.Root(number), "pushed")));
        }));

        await bench.Connection.DisconnectAsync();
        Assert.Equal(bench.Before, await bench.Lab.RulesAsync());
        Assert.Empty(bench.Simulator.PortMappings);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task By_SORACOMs_API_the_router_is_told_the_same_and_no_port_leads_to_it(bool iptables)
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions { Iptables = iptables, Hidden = iptables ? ["nft"] : [] });
        using var local = new ScratchFolder();
        FileTree.Create(bench.Lab.Root(0), files: 3, folders: 1, seed: 5);

        await CopyAsync(
            bench, bench.Router(via: NapterRouterVia.Api), new CopyOptions { Paths = ["/"], Destination = local, Recurse = true, Sync = NapterFtpSyncMode.Mirror });

        Assert.Empty(FileTree.Differences(bench.Lab.Root(0), local));
        Assert.True(bench.Commands > 0);
        Assert.DoesNotContain(bench.Connection.Ports.Snapshot(), port => port.Kind == NapterPortKind.Router);
        await bench.Connection.DisconnectAsync();
        Assert.Equal(bench.Before, await bench.Lab.RulesAsync());
        Assert.Empty(bench.Simulator.PortMappings);
    }

    [Fact]
    public async Task A_router_that_SORACOM_cannot_log_in_to_is_said_as_such_and_the_key_is_nowhere()
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions());
        bench.Simulator.Sims[0].AnswersSsh = null;
        var router = bench.Router(via: NapterRouterVia.Api);

        var error = await Assert.ThrowsAsync<NapterFtpException>(async () =>
        {
            await using var client = DeviceClient.Create(bench.Connection, bench.Sim, 21, RouterBench.Client(router));
            await client.OpenSessionAsync(forTransfer: false, Token);
        });

        Assert.Equal("RouterApiRefused", error.ErrorId);
        Assert.DoesNotContain("PRIVATE KEY", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(bench.Before, await bench.Lab.RulesAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task During_a_transfer_through_the_proxy_exactly_the_rules_that_it_needs_are_there(bool iptables)
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions { Iptables = iptables, Hidden = iptables ? ["nft"] : [] });
        var content = new byte[20_000];
        Random.Shared.NextBytes(content);
        await File.WriteAllBytesAsync(Path.Combine(bench.Lab.Root(0), "data.bin"), content, Token);
        await using (var proxy = await FtpProxy.StartAsync(
            bench.Connection,
            new FtpProxyOptions { Device = bench.Sim, DevicePort = 21, PortMap = bench.Router(login: RouterBench.ByPassword()).Ports, Port = 0, PassivePorts = PassivePortRange.Any },
            null,
            Token))
        {
            using var client = await RawFtpClient.ConnectAsync(proxy.ListenEndPoint);
            Assert.StartsWith("220", await client.ReadLineAsync(), StringComparison.Ordinal);
            await client.AskAsync("USER root");
            Assert.StartsWith("230", await client.AskAsync("PASS x"), StringComparison.Ordinal);
            await client.AskAsync("TYPE I");

            // The control port's alone: translation there and back, and forwarding both ways.
            Assert.Equal(4, Ours(await bench.Lab.RulesAsync()).Count);
            using (var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV")))
            {
                var during = Ours(await bench.Lab.RulesAsync());
                Assert.Equal(8, during.Count);
                Assert.Equal(2, during.Select(rule => RuleTag.Find(rule)!.Number).Distinct().Count());
                Assert.StartsWith("150", await client.AskAsync("RETR data.bin"), StringComparison.Ordinal);
                var got = new MemoryStream();
                await data.GetStream().CopyToAsync(got, Token);
                Assert.Equal(content, got.ToArray());
            }

            Assert.StartsWith("226", await client.ReadLineAsync(), StringComparison.Ordinal);
            await ProxyBench.UntilAsync(() => bench.Connection.Ports.Snapshot().All(port => port.Kind != NapterPortKind.Data));
            Assert.Equal(4, Ours(await bench.Lab.RulesAsync()).Count);
            await proxy.StopAsync(TimeSpan.Zero, Token);
        }

        Assert.Equal(bench.Before, await bench.Lab.RulesAsync());
    }

    [Fact]
    public async Task Through_the_proxy_curl_pushes_and_pulls_again()
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions());
        using var local = new ScratchFolder();
        var content = new byte[300_000];
        Random.Shared.NextBytes(content);
        await File.WriteAllBytesAsync(local.File("up.bin"), content, Token);
        await using (var proxy = await FtpProxy.StartAsync(
            bench.Connection,
            new FtpProxyOptions { Device = bench.Sim, DevicePort = 21, PortMap = bench.Router().Ports, Port = 0, PassivePorts = PassivePortRange.Any },
            null,
            Token))
        {
            foreach (var options in new string[][] { ["-T", local.File("up.bin")], ["-o", local.File("down.bin")] })
            {
                var result = await ProcessRunner.RunAsync(
                    new ProcessCommand("curl", ["-sS", "-u", "root:x", .. options, $"ftp://{proxy.ListenEndPoint}/up.bin"]), TimeSpan.FromSeconds(60), Token);
                Assert.True(result.Succeeded, result.ToString());
            }

            await proxy.StopAsync(TimeSpan.Zero, Token);
        }

        Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(bench.Lab.Root(0), "up.bin"), Token));
        Assert.Equal(content, await File.ReadAllBytesAsync(local.File("down.bin"), Token));
        await bench.Connection.DisconnectAsync();
        Assert.Equal(bench.Before, await bench.Lab.RulesAsync());
    }

    [Theory]
    [InlineData("RouterHostKeyChanged")]
    [InlineData("RouterHostKeyUnknown")]
    [InlineData("RouterLoginRefused")]
    [InlineData("RouterNotRoot")]
    [InlineData("RouterBackendMissing")]
    [InlineData("RouterNotForwarding")]
    [InlineData("RouterPortTaken")]
    public async Task What_is_wrong_with_a_router_is_said_as_such_and_nothing_is_changed(string expected)
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions
        {
            Hidden = expected == "RouterBackendMissing" ? ["nft"] : [],
            Forwards = expected != "RouterNotForwarding",
        });
        const string Wrong = "wr0ng-secret";
        var login = expected switch { "RouterLoginRefused" => RouterBench.ByPassword(Wrong), "RouterNotRoot" => RouterBench.ByPassword(user: "guest"), _ => bench.ByKey() };
        var (first, last) = expected == "RouterPortTaken" ? (51000, 51001) : (50000, 50100);
        var router = new NapterRouter(bench.Sim, bench.Lab.Devices[0], login)
        {
            HostKeyFingerprint = expected switch { "RouterHostKeyChanged" => "SHA256:" + new string('A', 43), "RouterHostKeyUnknown" => null, _ => bench.Lab.HostKeyFingerprint },
            Backend = NapterRouterBackend.Nftables,
            FirstPort = first,
            LastPort = last,
        };

        var error = await Assert.ThrowsAsync<NapterFtpException>(async () =>
        {
            await using var client = DeviceClient.Create(bench.Connection, bench.Sim, 21, RouterBench.Client(router));
            await client.OpenSessionAsync(forTransfer: false, Token);
        });

        Assert.Equal(expected, error.ErrorId);
        Assert.NotNull(error.Advice);
        Assert.DoesNotContain(Wrong, error.ToString(), StringComparison.Ordinal);
        Assert.Equal(bench.Before, await bench.Lab.RulesAsync());
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task What_a_dead_process_left_is_removed_at_the_next_start(bool iptables)
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions { Iptables = iptables, Hidden = iptables ? ["nft"] : [] });
        await LeaveRulesAsync(bench, TimeSpan.FromMinutes(10));
        Assert.NotEqual(bench.Before, await bench.Lab.RulesAsync());

        var session = bench.Connection.Routers.Of(bench.Router());
        var state = await session.LookAsync(Token);
        Assert.Equal([21, 22, 23], state.OurRules().Select(rule => rule.DevicePort).Order());
        Assert.Equal(state.OurRules()[0].Tag.Owner, Assert.Single(session.GoneIn(state)));
        await session.RemoveOrphansAsync(Token);
        Assert.Equal(bench.Before, await bench.Lab.RulesAsync());
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task What_a_dead_process_left_the_router_removes_itself_in_time(bool iptables)
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions { Iptables = iptables, Hidden = iptables ? ["nft"] : [] });
        await LeaveRulesAsync(bench, TimeSpan.FromSeconds(2));
        Assert.NotEqual(bench.Before, await bench.Lab.RulesAsync());
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await bench.Lab.RulesAsync() != bench.Before)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), limit.Token);
        }
    }

    [Fact]
    public async Task A_router_that_has_gone_is_not_waited_for_long_and_no_port_to_it_is_left()
    {
        Assert.SkipUnless(Campaign.IsLong, "It takes the limit; NAPTERFTP_LONG=1 runs it.");
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions());
        await using var client = DeviceClient.Create(bench.Connection, bench.Sim, 21, RouterBench.Client(bench.Router()));
        await using (var session = await client.OpenSessionAsync(forTransfer: false, Token))
        {
            await bench.Lab.OnRouterAsync("ip link set wan down");
        }

        var started = Stopwatch.StartNew();
        await bench.Connection.DisconnectAsync();

        TestContext.Current.SendDiagnosticMessage($"Waited for {started.Elapsed.TotalSeconds:0.0} s.");
        Assert.InRange(started.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(40));
        Assert.Empty(bench.Simulator.PortMappings);
    }

    private static async Task CopyAsync(RouterBench bench, NapterRouter router, CopyOptions options)
    {
        var log = new CopyLog();
        await using var client = DeviceClient.Create(bench.Connection, bench.Sim, 21, RouterBench.Client(router));
        await DeviceCopy.RunAsync(client, options with { Retry = RetryPolicy.None }, log, Token);
        Assert.Empty(log.Errors);
    }

    /// <summary>Rules of an owner of whom nothing but its file is left, as after <c>kill -9</c>.</summary>
    private static async Task LeaveRulesAsync(RouterBench bench, TimeSpan life)
    {
        using var owner = new RouterOwner(bench.StateFolder);
        var router = bench.Router();
        var shell = await bench.LogInAsync(router);
        await using (shell)
        {
            var state = RouterState.Read((await shell.RunAsync(RouterState.Look(NapterRouterBackend.Auto), Token)).Output);
            var rules = Enumerable.Range(1, 3)
                .Select(number => new ForwardRule(new RuleTag(owner.Id, state.Clock + 3600, number), 50000 + number, bench.Lab.Devices[0], 20 + number));
            var result = await shell.RunAsync(state.Script.Change(new RuleChange { Owner = owner.Id, Add = [.. rules], Life = life }), Token);
            Assert.Equal("", result.Error);
            Assert.Equal(0, result.Status);
        }
    }

    private static List<string> Ours(string rules) => [.. rules.Split('\n').Where(line => OurComment().IsMatch(line))];

    [GeneratedRegex("napterftp-[0-9a-f]{16}-")]
    private static partial Regex OurComment();
}
