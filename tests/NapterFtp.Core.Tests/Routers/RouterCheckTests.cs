using NapterFtp.Diagnosis;
using NapterFtp.Routers;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Routers;

/// <summary>What the test of a device says of the router in front of it, and what would be run there.</summary>
public sealed class RouterCheckTests
{
    private static readonly string[] s_steps = ["RouterSsh", "RouterHostKey", "RouterLogin", "RouterRoot", "RouterFirewall", "RouterRule"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_step_at_a_router_is_told_and_then_the_device_behind_it()
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions());
        foreach (var (via, expected) in new[]
        {
            (NapterRouterVia.Napter, "Passed Passed Passed Passed Passed Passed"),
            (NapterRouterVia.Api, "Skipped Skipped Passed Passed Passed Passed"),
        })
        {
            var checks = await CheckAsync(bench, bench.Router(via: via));
            Assert.Equal(expected, string.Join(' ', s_steps.Select(name => checks.Single(check => check.Name == name).Status)));
            Assert.DoesNotContain(checks, check => check.Status == NapterFtpCheckStatus.Failed);
            Assert.Equal(NapterFtpCheckStatus.Passed, checks.Single(check => check.Name == "Listing").Status);
            Assert.Contains("inet fw4 forward", checks.Single(check => check.Name == "RouterFirewall").Detail, StringComparison.Ordinal);
        }

        await bench.Connection.DisconnectAsync();
        Assert.Equal(bench.Before, await bench.Lab.RulesAsync());
    }

    [Fact]
    public async Task The_step_that_fails_says_why_and_what_to_do_and_the_router_is_as_before()
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions { Hidden = ["iptables-restore"] });
        foreach (var (step, cause) in new[]
        {
            ("RouterSsh", "RouterUnreachable"),
            ("RouterHostKey", "RouterHostKeyChanged"),
            ("RouterLogin", "RouterLoginRefused"),
            ("RouterRoot", "RouterNotRoot"),
            ("RouterFirewall", "RouterBackendMissing"),
            ("RouterRule", "RouterPortTaken"),
            ("Greeting", "WrongDevicePort"),
        })
        {
            await FailAsync(bench, step, cause);
            Assert.Equal(bench.Before, await bench.Lab.RulesAsync());
        }
    }

    private static async Task FailAsync(RouterBench bench, string step, string cause)
    {
        var login = cause switch { "RouterLoginRefused" => RouterBench.ByPassword("wr0ng"), "RouterNotRoot" => RouterBench.ByPassword(user: "guest"), _ => bench.ByKey() };
        var router = new NapterRouter(bench.Sim, bench.Lab.Devices[0], login)
        {
            HostKeyFingerprint = cause == "RouterHostKeyChanged" ? "SHA256:" + new string('A', 43) : bench.Lab.HostKeyFingerprint,
            Backend = cause == "RouterBackendMissing" ? NapterRouterBackend.Iptables : NapterRouterBackend.Nftables,
            Port = cause == "RouterUnreachable" ? 2222 : 22,
            FirstPort = cause == "RouterPortTaken" ? 51000 : 50000,
            LastPort = cause == "RouterPortTaken" ? 51001 : 50100,
        };

        var checks = await CheckAsync(bench, router, devicePort: cause == "WrongDevicePort" ? 4321 : 21);

        var failed = Assert.Single(checks, check => check.Status == NapterFtpCheckStatus.Failed);
        Assert.Equal((step, cause), (failed.Name, failed.Cause));
        Assert.NotNull(failed.Advice);
        if (cause == "WrongDevicePort")
        {
            // Before it, no rule was left for long enough to be looked at.
            await bench.Connection.DisconnectAsync();
        }
    }

    [Fact]
    public async Task What_would_be_run_is_told_by_what_is_there_and_works_when_it_is_run_by_hand()
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions());
        var router = bench.Router();

        var commands = await bench.Connection.Routers.PreviewAsync(router, 21, Token);

        Assert.Equal(bench.Before, await bench.Lab.RulesAsync());
        Assert.Equal(4, commands.Count);
        Assert.Contains("insert rule inet fw4 forward ip daddr 192.168.77.20 tcp dport 21 ct status dnat accept", commands[1], StringComparison.Ordinal);
        await bench.Lab.OnRouterAsync(commands[1]);
        Assert.Equal([21], RouterState.Read(await bench.Lab.OnRouterAsync("nft -a list ruleset")).OurRules().Select(rule => rule.DevicePort));
        await bench.Lab.OnRouterAsync(commands[^1]);
        Assert.Equal(bench.Before, await bench.Lab.RulesAsync());
    }

    private static async Task<List<NapterFtpCheck>> CheckAsync(RouterBench bench, NapterRouter router, int devicePort = 21)
    {
        var checks = new List<NapterFtpCheck>();
        var options = new DeviceCheckOptions { Device = bench.Sim, DevicePort = devicePort, Client = RouterBench.Client(router) };
        await new DeviceCheck(options, _ => Task.FromResult(bench.Connection), _ => { }, checks.Add).RunAsync(Token);
        return checks;
    }
}
