using NapterFtp.Copy;
using NapterFtp.Diagnosis;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Routers;

/// <summary>Real routers whose SSH server or login is unlike the usual one.</summary>
public sealed class RouterLoginTests
{
    private static readonly TimeSpan s_life = TimeSpan.FromMinutes(5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_router_with_several_host_keys_is_known_by_any_one_of_them()
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions { OtherHostKeys = ["rsa", "ecdsa"] });
        var login = bench.ByKey();
        foreach (var key in bench.Lab.OtherHostKeys.Append(bench.Lab.HostKeyFingerprint))
        {
            var router = Router(bench, login, key);
            Assert.Equal(key, await bench.Connection.Routers.AskHostKeyAsync(router, Token));
            Assert.True((await bench.Connection.Routers.Of(router).LookAsync(Token)).IsRoot);
        }
    }

    [Fact]
    public async Task A_router_has_changed_where_none_of_its_host_keys_is_the_known_one_and_is_sent_no_login()
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions { OtherHostKeys = ["rsa", "ecdsa"] });
        var router = Router(bench, bench.ByKey(), "SHA256:" + new string('A', 43));

        var error = await Assert.ThrowsAsync<NapterFtpException>(() => bench.Connection.Routers.Of(router).LookAsync(Token));

        Assert.Equal("RouterHostKeyChanged", error.ErrorId);
        Assert.Contains(bench.Lab.HostKeyFingerprint, error.Message, StringComparison.Ordinal);
        Assert.Equal(bench.Lab.HostKeyFingerprint, await bench.Connection.Routers.AskHostKeyAsync(router, Token));
        await bench.Connection.DisconnectAsync();
        Assert.Empty(bench.Simulator.PortMappings);
    }

    [Fact]
    public async Task Fish_as_the_shell_of_the_login_runs_all_commands()
    {
        var missing = await PeerPackages.EnsureAsync("fish");
        Assert.SkipWhen(missing is not null, missing ?? "");
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions { Shell = "exec fish \"$@\"" });
        await OpenAsync(bench, bench.Router());
        await bench.Connection.DisconnectAsync();
        Assert.Equal(bench.Before, await bench.Lab.RulesAsync());
    }

    [Fact]
    public async Task What_a_login_prints_before_a_command_does_no_harm_to_a_device_that_knows_active_mode_only()
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions { Shell = "printf 'Welcome\\nto the router'\nexec /bin/sh \"$@\"" });
        await OpenAsync(bench, bench.Router(RouterLab.ActiveOnly));
        await bench.Connection.DisconnectAsync();
        Assert.Equal(bench.Before, await bench.Lab.RulesAsync());
    }

    [Theory]
    [InlineData("echo 'This account is currently not available.'; exit 1", "it says: This account is currently not available.")]
    [InlineData("exec bash -r \"$@\"", "restricted")]
    [InlineData("printf '\\033[1mCLI\\033[0m\\n%s: no such command\\n' \"$2\"", "CLI")]
    [InlineData("exit 0", "does not run our commands.")]
    public async Task A_login_without_an_ordinary_shell_is_said_as_such_and_not_that_it_is_not_roots(string shell, string expected)
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions { Shell = shell });
        var checks = new List<NapterFtpCheck>();
        var options = new DeviceCheckOptions { Device = bench.Sim, Client = RouterBench.Client(bench.Router()) };

        await new DeviceCheck(options, _ => Task.FromResult(bench.Connection), _ => { }, checks.Add).RunAsync(Token);

        var failed = Assert.Single(checks, check => check.Status == NapterFtpCheckStatus.Failed);
        Assert.Equal(("RouterLogin", "RouterShellUnusable"), (failed.Name, failed.Cause));
        Assert.Contains(expected, failed.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(failed.Detail, char.IsControl);
        Assert.Equal(bench.Before, await bench.Lab.RulesAsync());
    }

    [Fact]
    public async Task Where_a_login_may_run_one_command_at_a_time_they_wait_for_each_other()
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions { Sshd = "MaxSessions 1" });
        await using var shell = await bench.LogInAsync(bench.Router());

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => shell.RunAsync($"echo {number}", Token)));

        Assert.Equal(Enumerable.Range(0, 8).Select(number => $"{number}\n"), results.Select(result => result.Output));
    }

    [Fact]
    public async Task Dropbear_which_takes_commands_of_9000_bytes_is_told_of_many_ports_by_several()
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions { Dropbear = true });
        await bench.Lab.OnRouterAsync("nft 'table inet more { chain forward { type filter hook forward priority 5; policy drop; ct state established,related,new accept; }; }'");
        var before = await bench.Lab.RulesAsync();
        var router = Router(bench, bench.ByKey(), bench.Lab.HostKeyFingerprint);

        var forwardings = await Task.WhenAll(Enumerable.Range(0, 40).Select(number => bench.Connection.Routers.OpenAsync(router, 40000 + number, s_life, Token)));

        Assert.Equal(40, (await bench.Connection.Routers.Of(router).LookAsync(Token)).OurRules().Count);
        await Task.WhenAll(forwardings.Select(forwarding => forwarding.CloseAsync()));
        await bench.Connection.DisconnectAsync();
        Assert.Equal(before, await bench.Lab.RulesAsync());
    }

    private static NapterRouter Router(RouterBench bench, RouterLogin login, string key) => new(bench.Sim, bench.Lab.Devices[0], login) { HostKeyFingerprint = key };

    /// <summary>Lists the device.</summary>
    private static async Task OpenAsync(RouterBench bench, NapterRouter router)
    {
        await using var client = DeviceClient.Create(bench.Connection, bench.Sim, 21, RouterBench.Client(router));
        var session = await client.OpenSessionAsync(forTransfer: false, Token);
        Assert.Null((await FolderLister.ListAsync(session, "/", moreFollow: false, Token)).Failure);
    }
}
