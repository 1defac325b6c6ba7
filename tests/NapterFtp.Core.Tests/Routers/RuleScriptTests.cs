using System.Net;
using NapterFtp.Routers;

namespace NapterFtp.Core.Tests.Routers;

/// <summary>The commands for routers, as texts.</summary>
public sealed class RuleScriptTests
{
    private const string Owner = "0123456789abcdef";

    private static readonly IPAddress s_device = IPAddress.Parse("192.168.1.20");
    private static readonly IPAddress s_wan = IPAddress.Parse("10.128.0.5");

    private static ForwardRule Rule(int number = 7, int routerPort = 50001, int devicePort = 21) =>
        new(new RuleTag(Owner, 1800000000, number), routerPort, s_device, devicePort);

    [Fact]
    public void Nftables_translates_in_a_table_of_our_own_and_accepts_at_the_head_of_each_chain_that_may_drop()
    {
        var firewall = new Nftables(s_wan, [new FilterChain("inet", "fw4", "forward")], [new FilterChain("inet", "fw4", "input")]);
        Assert.Equal(
            """
            nft -f - <<'NAPTERFTP' || exit 73
            add table ip napterftp
            add chain ip napterftp prerouting { type nat hook prerouting priority -110; }
            add chain ip napterftp postrouting { type nat hook postrouting priority 90; }
            add rule ip napterftp prerouting ip daddr 10.128.0.5 tcp dport 50001 dnat to 192.168.1.20:21 comment "napterftp-0123456789abcdef-1800000000-7"
            add rule ip napterftp postrouting ip daddr 192.168.1.20 tcp dport 21 ct status dnat masquerade comment "napterftp-0123456789abcdef-1800000000-7"
            insert rule inet fw4 forward ip daddr 192.168.1.20 tcp dport 21 ct status dnat accept comment "napterftp-0123456789abcdef-1800000000-7"
            insert rule inet fw4 forward ip saddr 192.168.1.20 tcp sport 21 ct status dnat accept comment "napterftp-0123456789abcdef-1800000000-7"
            NAPTERFTP

            """,
            firewall.Add([Rule()]));
    }

    [Fact]
    public void Nftables_accepts_nothing_where_nothing_drops_and_takes_any_address_of_the_router_where_its_own_is_not_known()
    {
        var script = new Nftables(null, [], []).Add([Rule()]);
        Assert.Contains("prerouting fib daddr type local tcp dport 50001 dnat to 192.168.1.20:21", script, StringComparison.Ordinal);
        Assert.DoesNotContain("accept", script, StringComparison.Ordinal);
    }

    [Fact]
    public void A_way_back_leads_one_device_to_the_loopback_address_which_everybody_else_is_kept_from()
    {
        var rule = Rule() with { Back = new ReturnWay(IPAddress.Parse("192.168.1.1"), "br-lan") };
        const string Tag = "napterftp-0123456789abcdef-1800000000-7";
        Assert.Equal(
            $$"""
            add rule ip napterftp guard iifname != "lo" ip daddr 127.0.0.0/8 ct status & dnat == 0 drop comment "{{Tag}}"
            add rule ip napterftp prerouting ip saddr 192.168.1.20 ip daddr 192.168.1.1 tcp dport 50001 dnat to 127.0.0.1:50001 comment "{{Tag}}"
            insert rule inet fw4 input ip saddr 192.168.1.20 ip daddr 127.0.0.1 tcp dport 50001 ct status dnat accept comment "{{Tag}}"
            NAPTERFTP

            """,
            new Nftables(s_wan, [], [new FilterChain("inet", "fw4", "input")]).Add([rule]).Split("priority -150; }\n")[1]);
        Assert.Contains(
            $"""
            -I PREROUTING -s 192.168.1.20 -d 192.168.1.1 -p tcp -m tcp --dport 50001 -m comment --comment {Tag} -j DNAT --to-destination 127.0.0.1:50001
            COMMIT
            *filter
            -I INPUT -d 127.0.0.0/8 ! -i lo -m conntrack ! --ctstate DNAT -m comment --comment {Tag} -j DROP
            -I INPUT -s 192.168.1.20 -d 127.0.0.1 -p tcp -m tcp --dport 50001 -m conntrack --ctstate DNAT -m comment --comment {Tag} -j ACCEPT
            COMMIT
            """,
            new Iptables(s_wan).Add([rule]),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("192.168.1.20 dev br-lan src 192.168.1.1 uid 0 \n    cache", "192.168.1.1", "br-lan")]
    [InlineData("192.168.1.20 dev eth0.2  src 192.168.1.1", "192.168.1.1", "eth0.2")]
    [InlineData("192.168.1.20 via 10.0.0.1 dev wan src 10.0.0.2 uid 0", null, null)]
    [InlineData("", null, null)]
    public void Where_a_device_sees_its_router_is_read_from_the_routers_own_route(string answer, string? address, string? name)
    {
        var way = ReturnWay.Read(answer);
        Assert.Equal((address, name), (way?.Address.ToString(), way?.Interface));
    }

    [Fact]
    public void Iptables_translates_and_accepts_at_the_head_of_the_chains_and_undoes_the_first_table_where_the_second_fails()
    {
        Assert.Equal(
            """
            iptables-restore -w --noflush <<'NAPTERFTP'
            *nat
            -I PREROUTING -d 10.128.0.5 -p tcp -m tcp --dport 50001 -m comment --comment napterftp-0123456789abcdef-1800000000-7 -j DNAT --to-destination 192.168.1.20:21
            -I POSTROUTING -d 192.168.1.20 -p tcp -m tcp --dport 21 -m conntrack --ctstate DNAT -m comment --comment napterftp-0123456789abcdef-1800000000-7 -j MASQUERADE
            COMMIT
            *filter
            -I FORWARD -d 192.168.1.20 -p tcp -m tcp --dport 21 -m conntrack --ctstate DNAT -m comment --comment napterftp-0123456789abcdef-1800000000-7 -j ACCEPT
            -I FORWARD -s 192.168.1.20 -p tcp -m tcp --sport 21 -m conntrack --ctstate DNAT -m comment --comment napterftp-0123456789abcdef-1800000000-7 -j ACCEPT
            COMMIT
            NAPTERFTP
            if [ $? -ne 0 ]; then
            """,
            new Iptables(s_wan).Add([Rule()]).Split("\nL=")[0]);
    }

    [Fact]
    public void Several_forwardings_come_and_go_by_one_command_which_holds_no_more_than_SORACOM_takes()
    {
        var change = new RuleChange
        {
            Owner = Owner,
            Add = [.. Enumerable.Range(1, 4).Select(number => Rule(number, 50000 + number, 40000 + number))],
            Remove = [90, 91],
        };
        foreach (var firewall in new IFirewall[] { new Nftables(s_wan, [new FilterChain("inet", "fw4", "forward")], [new FilterChain("inet", "fw4", "input")]), new Iptables(s_wan) })
        {
            var command = new RuleScript(firewall).Change(change);
            Assert.StartsWith("exec /bin/sh -c '", command, StringComparison.Ordinal);
            Assert.True(command.Length <= 8192, $"{command.Length} bytes");
            Assert.Contains("-[0-9]+-(90|91|1|2|3|4)\"|", command, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_word_stays_one_word_for_the_shell_whatever_is_in_it() =>
        Assert.Equal("'a'\"'\"'b $(reboot) `x` \"'", ShellText.Quote("a'b $(reboot) `x` \""));

    [Theory]
    [InlineData("tcp dport 50001 dnat to 192.168.1.20:21 comment \"napterftp-0123456789abcdef-1800000000-7\" # handle 4")]
    [InlineData("-A PREROUTING -d 10.0.0.1/32 -p tcp -m tcp --dport 50001 -m comment --comment napterftp-0123456789abcdef-1800000000-7 -j DNAT --to-destination 192.168.1.20:21")]
    [InlineData("-A PREROUTING -p tcp -m tcp --dport 50001 -m comment --comment \"napterftp-0123456789abcdef-1800000000-7\" -j DNAT --to-destination 192.168.1.20:21")]
    public void A_forwarding_of_ours_is_read_back_from_either_listing(string line)
    {
        var rule = Assert.Single(RouterState.Read(line).OurRules());
        Assert.Equal(Rule(), rule);
    }

    [Theory]
    [InlineData("tcp dport 50001 accept comment \"see napterftp-0123456789abcdef-1800000000-7\"")]
    [InlineData("tcp dport 50001 accept comment \"napterftp-0123456789abcdef-1800000000-7 copied\"")]
    [InlineData("tcp dport 50001 accept comment \"napterftp-xyz-1-7\"")]
    [InlineData("tcp dport 50001 accept comment \"napterftp-0123456789abcdef-1800000000-7;reboot\"")]
    public void A_rule_of_somebody_else_is_not_ours_though_its_comment_looks_alike(string line) => Assert.Null(RuleTag.Find(line));

    [Theory]
    [InlineData("tcp dport 8080 dnat to 192.168.1.99:80", 8080, true)]
    [InlineData("tcp dport { 80, 50000-50010 } redirect to :80", 50001, true)]
    [InlineData("tcp dport { 80, 50000-50010 } redirect to :80", 50011, false)]
    [InlineData("-A PREROUTING -p tcp -m multiport --dports 80,50000:50010 -j DNAT --to-destination 192.168.1.99", 50010, true)]
    [InlineData("tcp dport 50001 accept", 50001, false)]
    [InlineData("tcp dport 50001 dnat to 192.168.1.20:21 comment \"napterftp-0123456789abcdef-1800000000-7\"", 50001, false)]
    public void A_port_that_somebody_elses_rule_leads_elsewhere_is_taken(string line, int port, bool taken) =>
        Assert.Equal(taken, RouterState.Read(line).TakenBy(port) is not null);

    [Fact]
    public void Chains_that_may_drop_what_is_forwarded_are_found_and_no_others()
    {
        var state = RouterState.Read(
            """
            napterftp:backend nft
            napterftp:has nft
            table inet fw4 { # handle 1
            	chain forward { # handle 2
            		type filter hook forward priority filter; policy drop;
            		ct state established,related accept
            	}
            	chain input { # handle 3
            		type filter hook input priority filter; policy drop;
            	}
            }
            table ip harmless { # handle 1
            	chain forward { # handle 2
            		type filter hook forward priority filter; policy accept;
            		counter accept
            	}
            }
            table ip jumps { # handle 1
            	chain FORWARD { # handle 2
            		type filter hook forward priority filter; policy accept;
            		counter jump other
            	}
            }
            table bridge b { # handle 1
            	chain forward { # handle 2
            		type filter hook forward priority filter; policy drop;
            	}
            }
            table inet firewalld { # handle 1 progname firewalld
            	flags owner,persist

            	chain filter_FORWARD { # handle 2
            		type filter hook forward priority filter + 10; policy accept;
            		reject with icmpx admin-prohibited
            	}
            }
            table ip "odd; name" { # handle 1
            	chain forward { # handle 2
            		type filter hook forward priority filter; policy drop;
            	}
            }
            """);
        Assert.Equal(["inet fw4 forward", "ip jumps FORWARD"], state.ForwardChains.Select(chain => chain.ToString()));
        Assert.Equal(NapterRouterBackend.Nftables, state.Backend);
    }
}
