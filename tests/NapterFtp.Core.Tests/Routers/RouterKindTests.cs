using NapterFtp.Copy;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Routers;

/// <summary>Routers on which others have a say in the firewall, and such that can note nothing.</summary>
public sealed class RouterKindTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Where_iptables_keeps_its_rules_in_nftables_it_still_shows_all_of_them_while_ours_are_there()
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions { Iptables = true });
        await using (var client = DeviceClient.Create(bench.Connection, bench.Sim, 21, RouterBench.Client(bench.Router())))
        {
            await using var session = await client.OpenSessionAsync(forTransfer: false, Token);

            // As Docker, ufw and whoever saves the rules ask it.
            var shown = await bench.Lab.OnRouterAsync("iptables-save && iptables -S FORWARD");
            Assert.DoesNotContain("incompatible", shown, StringComparison.Ordinal);
            Assert.Contains("what is known", shown, StringComparison.Ordinal);
        }

        await bench.Connection.DisconnectAsync();
        Assert.Equal(bench.Before, await bench.Lab.RulesAsync());
    }

    [Fact]
    public async Task Where_a_native_chain_may_drop_as_well_nft_makes_the_rules_though_iptables_has_some()
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions { Iptables = true });
        await bench.Lab.OnRouterAsync("nft 'table inet own { chain forward { type filter hook forward priority filter; policy drop; ct state established,related accept; }; }'");
        await using var client = DeviceClient.Create(bench.Connection, bench.Sim, 21, RouterBench.Client(bench.Router()));
        await using var session = await client.OpenSessionAsync(forTransfer: false, Token);
    }

    [Fact]
    public async Task A_table_that_only_its_owner_may_change_is_left_alone()
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions());
        await bench.Lab.OnRouterAsync(
            """
            setsid sh -c '
            { echo "add table inet firewalld { flags owner; }"
            echo "add chain inet firewalld filter_FORWARD { type filter hook forward priority filter + 10; }"
            echo "add rule inet firewalld filter_FORWARD ct status dnat accept"
            echo "add rule inet firewalld filter_FORWARD ct state established,related accept"
            echo "add rule inet firewalld filter_FORWARD reject with icmpx admin-prohibited"
            exec sleep 600; } | nft -i' >/dev/null 2>&1 &
            until nft list table inet firewalld 2>/dev/null | grep -q reject; do sleep 0.02; done
            """);
        var before = await bench.Lab.RulesAsync();
        await using (var client = DeviceClient.Create(bench.Connection, bench.Sim, 21, RouterBench.Client(bench.Router())))
        {
            await using var session = await client.OpenSessionAsync(forTransfer: false, Token);
        }

        await bench.Connection.DisconnectAsync();
        Assert.Equal(before, await bench.Lab.RulesAsync());
    }

    [Theory]
    [InlineData("mount -o remount,ro /var/run; mount --bind /tmp /tmp; mount -o remount,ro,bind /tmp", "Read-only file system")]
    [InlineData("mount -o remount,size=16k /var/run; cat /dev/zero > /var/run/full", "cannot be written")]
    public async Task A_router_that_can_note_nothing_says_so_at_once_and_is_left_as_it_was(string before, string expected)
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions());
        var router = bench.Router();
        await using (var shell = await bench.LogInAsync(router))
        {
            await shell.RunAsync(before, Token);
        }

        var error = await Assert.ThrowsAsync<NapterFtpException>(async () =>
        {
            await using var client = DeviceClient.Create(bench.Connection, bench.Sim, 21, RouterBench.Client(router));
            await client.OpenSessionAsync(forTransfer: false, Token);
        });

        Assert.Equal("RouterRuleRefused", error.ErrorId);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        await bench.Connection.DisconnectAsync();
        Assert.Equal(bench.Before, await bench.Lab.RulesAsync());
    }
}
