using System.Globalization;
using System.Net;
using System.Text;

namespace NapterFtp.Routers;

/// <summary>Rules by <c>iptables-restore</c>, at the head of the chains that every router has.</summary>
/// <param name="arrivesAt">The router's address that SORACOM connects to; null for any of its own.</param>
internal sealed class Iptables(IPAddress? arrivesAt) : IFirewall
{
    /// <inheritdoc/>
    public string List => "iptables-save\n";

    /// <inheritdoc/>
    public string RefuseTaken(IReadOnlyList<ForwardRule> rules) =>
        $$"""
        L=$(iptables-save) || exit 72
        L=$(printf '%s\n' "$L" | grep -E '{{Firewalls.AnyPort(rules)}} .*-j (DNAT|REDIRECT)') && { echo "{{RuleScript.TakenMark}}$L"; exit {{RuleScript.Taken}}; }

        """;

    /// <inheritdoc/>
    public string Add(IReadOnlyList<ForwardRule> rules)
    {
        var (nat, filter) = (new StringBuilder("*nat\n"), new StringBuilder("*filter\n"));
        var to = arrivesAt is null ? "-m addrtype --dst-type LOCAL" : $"-d {arrivesAt}";
        foreach (var rule in rules)
        {
            if (rule.Back is { } back)
            {
                AddReturn(nat, filter, rule, back);
                continue;
            }

            var (device, port, comment) = (rule.Address, rule.DevicePort, $"-m comment --comment {rule.Tag}");
            const string Translated = "-m conntrack --ctstate DNAT";
            nat.Append(CultureInfo.InvariantCulture, $"-I PREROUTING {to} -p tcp -m tcp --dport {rule.RouterPort} {comment} -j DNAT --to-destination {device}:{port}\n");
            nat.Append(CultureInfo.InvariantCulture, $"-I POSTROUTING -d {device} -p tcp -m tcp --dport {port} {Translated} {comment} -j MASQUERADE\n");
            filter.Append(CultureInfo.InvariantCulture, $"-I FORWARD -d {device} -p tcp -m tcp --dport {port} {Translated} {comment} -j ACCEPT\n");
            filter.Append(CultureInfo.InvariantCulture, $"-I FORWARD -s {device} -p tcp -m tcp --sport {port} {Translated} {comment} -j ACCEPT\n");
        }

        // A table at a time is all or nothing; where the second fails the first is undone.
        var numbers = new RuleSelection(rules[0].Tag.Owner, [.. rules.Select(rule => rule.Tag.Number)]);
        return $$"""
            iptables-restore -w --noflush <<'NAPTERFTP'
            {{nat}}COMMIT
            {{filter}}COMMIT
            NAPTERFTP
            if [ $? -ne 0 ]; then
            {{Remove(numbers)}}exit 73
            fi

            """;
    }

    /// <inheritdoc/>
    public string HasReturn(RuleSelection without) =>
        $$"""
        { L=$(iptables-save) || exit 72
        printf '%s\n' "$L" | grep -- '--to-destination {{IPAddress.Loopback}}:' | grep -E '{{RuleSelection.AnyTag}}' | grep -qvE '{{without.Pattern}}'; }
        """;

    /// <inheritdoc/>
    public string Remove(RuleSelection selection)
    {
        // Only the tables that hold such rules: naming another one would load it.
        var awk = $$"""
            /^\*/{t=$0;o=0}
            /^-A / && /{{selection.Pattern}}/{if(!o){print t;o=1} sub(/^-A/,"-D");print}
            /^COMMIT/ && o{print}
            """;
        return $"L=$(iptables-save) || exit 72\nprintf '%s\\n' \"$L\" | awk {ShellText.Quote(awk)} | iptables-restore -w --noflush || exit 74\n";
    }

    /// <summary>From the device alone to the router's loopback address, which everybody else in its network is kept from.</summary>
    private static void AddReturn(StringBuilder nat, StringBuilder filter, ForwardRule rule, ReturnWay back)
    {
        var (device, port, loopback, comment) = (rule.Address, rule.RouterPort, IPAddress.Loopback, $"-m comment --comment {rule.Tag}");
        filter.Append(CultureInfo.InvariantCulture, $"-I INPUT -d 127.0.0.0/8 ! -i lo -m conntrack ! --ctstate DNAT {comment} -j DROP\n");
        filter.Append(CultureInfo.InvariantCulture, $"-I INPUT -s {device} -d {loopback} -p tcp -m tcp --dport {port} -m conntrack --ctstate DNAT {comment} -j ACCEPT\n");
        nat.Append(CultureInfo.InvariantCulture, $"-I PREROUTING -s {device} -d {back.Address} -p tcp -m tcp --dport {port} {comment} -j DNAT --to-destination {loopback}:{port}\n");
    }
}
