using System.Globalization;
using System.Net;
using System.Text;

namespace NapterFtp.Routers;

/// <summary>Rules by <c>nft</c>. Address translation is in a table of our own, which goes with its last rule. Accepting in it would not undo
/// a drop elsewhere, so that forwarding is accepted at the head of each chain that may drop.</summary>
/// <param name="arrivesAt">The router's address that SORACOM connects to; null for any of its own.</param>
/// <param name="forwardChains">The chains of others that may drop what is forwarded.</param>
/// <param name="inputChains">The chains of others that may drop what is for the router itself.</param>
internal sealed class Nftables(IPAddress? arrivesAt, IReadOnlyList<FilterChain> forwardChains, IReadOnlyList<FilterChain> inputChains) : IFirewall
{
    private const string Table = "ip napterftp";

    /// <inheritdoc/>
    public string List => "nft -a list ruleset\n";

    /// <inheritdoc/>
    public string RefuseTaken(IReadOnlyList<ForwardRule> rules) =>
        $$"""
        L=$(nft list ruleset) || exit 72
        L=$(printf '%s\n' "$L" | grep -E '{{Firewalls.AnyPort(rules)}} .*(dnat|redirect|DNAT|REDIRECT)') && { echo "{{RuleScript.TakenMark}}$L"; exit {{RuleScript.Taken}}; }

        """;

    /// <inheritdoc/>
    public string Add(IReadOnlyList<ForwardRule> rules)
    {
        var script = new StringBuilder("nft -f - <<'NAPTERFTP' || exit 73\n")
            .Append($"add table {Table}\n")
            .Append($"add chain {Table} prerouting {{ type nat hook prerouting priority -110; }}\n")
            .Append($"add chain {Table} postrouting {{ type nat hook postrouting priority 90; }}\n");
        var to = arrivesAt is null ? "fib daddr type local" : $"ip daddr {arrivesAt}";
        if (rules.Any(rule => rule.Back is not null))
        {
            script.Append($"add chain {Table} guard {{ type filter hook input priority -150; }}\n");
        }

        foreach (var rule in rules)
        {
            if (rule.Back is { } back)
            {
                AddReturn(script, rule, back);
                continue;
            }

            var (device, port, comment) = (rule.Address, rule.DevicePort, $"comment \"{rule.Tag}\"");
            script.Append(CultureInfo.InvariantCulture, $"add rule {Table} prerouting {to} tcp dport {rule.RouterPort} dnat to {device}:{port} {comment}\n");
            script.Append(CultureInfo.InvariantCulture, $"add rule {Table} postrouting ip daddr {device} tcp dport {port} ct status dnat masquerade {comment}\n");
            foreach (var chain in forwardChains)
            {
                script.Append(CultureInfo.InvariantCulture, $"insert rule {chain} ip daddr {device} tcp dport {port} ct status dnat accept {comment}\n");
                script.Append(CultureInfo.InvariantCulture, $"insert rule {chain} ip saddr {device} tcp sport {port} ct status dnat accept {comment}\n");
            }
        }

        return script.Append("NAPTERFTP\n").ToString();
    }

    /// <inheritdoc/>
    public string HasReturn(RuleSelection without) =>
        $$"""
        { L=$(nft list ruleset) || exit 72
        printf '%s\n' "$L" | grep 'dnat to {{IPAddress.Loopback}}:' | grep -E '{{RuleSelection.AnyTag}}' | grep -qvE '{{without.Pattern}}'; }
        """;

    /// <inheritdoc/>
    public string Remove(RuleSelection selection)
    {
        var awk = $$"""
            /^table /{f=$2;t=$3}
            /^[ \t]+chain /{c=$2}
            / # handle [0-9]+$/ && !/[{]/ && f=="ip" && t=="napterftp"{own++}
            /{{selection.Pattern}}/{print "delete rule " f " " t " " c " handle " $NF; if(f=="ip" && t=="napterftp")gone++}
            END{if(gone>0 && own==gone)print "delete table {{Table}}"}
            """;
        return $"L=$(nft -a list ruleset) || exit 72\nprintf '%s\\n' \"$L\" | awk {ShellText.Quote(awk)} | nft -f - || exit 74\n";
    }

    /// <summary>From the device alone to the router's loopback address, which everybody else in its network is kept from.</summary>
    private void AddReturn(StringBuilder script, ForwardRule rule, ReturnWay back)
    {
        var (device, port, loopback, comment) = (rule.Address, rule.RouterPort, IPAddress.Loopback, $"comment \"{rule.Tag}\"");
        script.Append(CultureInfo.InvariantCulture, $"add rule {Table} guard iifname != \"lo\" ip daddr 127.0.0.0/8 ct status & dnat == 0 drop {comment}\n");
        script.Append(CultureInfo.InvariantCulture, $"add rule {Table} prerouting ip saddr {device} ip daddr {back.Address} tcp dport {port} dnat to {loopback}:{port} {comment}\n");
        foreach (var chain in inputChains)
        {
            script.Append(CultureInfo.InvariantCulture, $"insert rule {chain} ip saddr {device} ip daddr {loopback} tcp dport {port} ct status dnat accept {comment}\n");
        }
    }
}

/// <summary>A chain of nftables that sees what is forwarded, or what is for the router itself.</summary>
/// <param name="Family">The table's family: ip or inet.</param>
/// <param name="Table">The table.</param>
/// <param name="Name">The chain.</param>
internal sealed record FilterChain(string Family, string Table, string Name)
{
    public override string ToString() => $"{Family} {Table} {Name}";
}
