using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace NapterFtp.Routers;

/// <summary>What is found on a router, from one command's answer. Pure.</summary>
internal sealed partial class RouterState
{
    private const string Mark = "napterftp:";

    private static readonly string[] s_tools = ["awk", "grep"];

    private RouterState()
    {
    }

    /// <summary>Whether the login is root's.</summary>
    public bool IsRoot { get; private init; }

    /// <summary>The router's clock, in seconds since 1970.</summary>
    public long Clock { get; private init; }

    /// <summary>The router's address that the SSH session came to; null where that is not known.</summary>
    public IPAddress? ArrivesAt { get; private init; }

    /// <summary>Whether the kernel forwards IPv4 at all.</summary>
    public bool Forwards { get; private init; }

    /// <summary>Which commands are there.</summary>
    public IReadOnlySet<string> Commands { get; private init; } = new HashSet<string>();

    /// <summary>Which firewall is used; null where that asked for is missing.</summary>
    public NapterRouterBackend? Backend { get; private init; }

    /// <summary>Its rules, each as it is shown.</summary>
    public IReadOnlyList<string> Rules { get; private init; } = [];

    /// <summary>nftables' chains that may drop what is forwarded.</summary>
    public IReadOnlyList<FilterChain> ForwardChains { get; private init; } = [];

    /// <summary>nftables' chains that may drop what is for the router itself.</summary>
    public IReadOnlyList<FilterChain> InputChains { get; private init; } = [];

    /// <summary>Makes scripts for this router.</summary>
    public RuleScript Script => new(Firewall);

    /// <summary>What makes its rules.</summary>
    public IFirewall Firewall => Backend == NapterRouterBackend.Iptables ? new Iptables(ArrivesAt) : new Nftables(ArrivesAt, ForwardChains, InputChains);

    /// <summary>The command that <see cref="Read"/> reads the answer of; it changes nothing.</summary>
    public static string Look(NapterRouterBackend wanted)
    {
        var legacy = "iptables -V 2>/dev/null | grep -q legacy && [ -n \"$(iptables-save 2>/dev/null)\" ]";

        // In what iptables keeps by nftables, a rule that nft made hides all of its table from iptables (and from iptables-save, ufw, docker).
        var managed =
            """
            iptables -V 2>/dev/null | grep -q nf_tables && S=$(iptables-save 2>/dev/null) && printf '%s\n' "$S" | grep -qE '^-A|^:[A-Z]+ DROP' &&
            ! printf '%s\n' "$S" | grep -q incompatible &&
            nft list ruleset 2>/dev/null | awk '/^table /{t=$2 " " $3} / hook forward / && t ~ /^(ip|inet) / && t !~ /^ip (raw|mangle|nat|filter|security|napterftp)$/{n=1} END{exit n}'
            """;
        var choose = wanted switch
        {
            NapterRouterBackend.Nftables => "B=nft",
            NapterRouterBackend.Iptables => "B=iptables",
            _ => $"if command -v nft >/dev/null 2>&1 && ! {{ {legacy}; }} && ! {{ {managed}; }}; then B=nft; else B=iptables; fi",
        };
        return ShellText.Run(
            $$"""
            PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin
            LC_ALL=C
            export PATH LC_ALL
            echo
            echo "{{Mark}}uid $(id -u)"
            echo "{{Mark}}clock $(date +%s)"
            echo "{{Mark}}here $SSH_CONNECTION"
            echo "{{Mark}}forward $(cat /proc/sys/net/ipv4/ip_forward)"
            for c in nft iptables-save iptables-restore awk grep; do command -v $c >/dev/null 2>&1 && echo "{{Mark}}has $c"; done
            {{choose}}
            echo "{{Mark}}backend $B"
            if [ $B = nft ]; then {{new Nftables(null, [], []).List.TrimEnd()}}; else {{new Iptables(null).List.TrimEnd()}}; fi 2>/dev/null
            echo "{{Mark}}status $?"
            """);
    }

    /// <summary>Whether the command has been run: what does without a shell, or has another than it needs, says something else.</summary>
    public static bool IsAnswer(string answer) => answer.Split('\n').Any(line => line.StartsWith($"{Mark}uid ", StringComparison.Ordinal));

    /// <summary>Reads what <see cref="Look"/> has the router say.</summary>
    public static RouterState Read(string answer)
    {
        var facts = new List<(string Name, string Value)>();
        var rules = new List<string>();
        foreach (var line in answer.Split('\n').Select(line => line.TrimEnd('\r')))
        {
            if (line.StartsWith(Mark, StringComparison.Ordinal) && line[Mark.Length..].Split(' ', 2) is { } parts)
            {
                facts.Add((parts[0], parts.Length > 1 ? parts[1].Trim() : ""));
            }
            else if (line.Length > 0)
            {
                rules.Add(line);
            }
        }

        string Fact(string name) => facts.FirstOrDefault(fact => fact.Name == name).Value ?? "";
        var commands = facts.Where(fact => fact.Name == "has").Select(fact => fact.Value).ToHashSet();
        var (backend, needs) = Fact("backend") == "nft"
            ? (NapterRouterBackend.Nftables, new[] { "nft" })
            : (NapterRouterBackend.Iptables, ["iptables-save", "iptables-restore"]);
        return new RouterState
        {
            IsRoot = Fact("uid") == "0",
            Clock = long.TryParse(Fact("clock"), NumberStyles.None, CultureInfo.InvariantCulture, out var clock) ? clock : 0,
            ArrivesAt = Fact("here").Split(' ') is { Length: 4 } here && IPAddress.TryParse(here[2], out var address)
                && address.AddressFamily == AddressFamily.InterNetwork ? address : null,
            Forwards = Fact("forward") == "1",
            Commands = commands,
            Backend = commands.IsSupersetOf(needs) ? backend : null,
            Rules = rules,
            ForwardChains = backend == NapterRouterBackend.Nftables ? FindChains(rules, "forward") : [],
            InputChains = backend == NapterRouterBackend.Nftables ? FindChains(rules, "input") : [],
        };
    }

    /// <summary>Why no rules can be made there; null where they can.</summary>
    public NapterFtpException? Refusal(NapterRouter router) =>
        !IsRoot ? RouterErrors.NotRoot(router)
        : Backend is null ? RouterErrors.BackendMissing(router)
        : s_tools.FirstOrDefault(tool => !Commands.Contains(tool)) is { } missing ? RouterErrors.ToolMissing(router, missing)
        : !Forwards ? RouterErrors.NotForwarding(router)
        : null;

    /// <summary>Our rules there: those that translate an address, one for each forwarding.</summary>
    public IReadOnlyList<ForwardRule> OurRules() =>
    [
        .. Rules.Select(rule => (Rule: rule, Tag: RuleTag.Find(rule), Match: Translation().Match(rule)))
            .Where(found => found.Tag is not null && found.Match.Success)
            .Select(found => Describe(
                found.Rule,
                new ForwardRule(
                    found.Tag!,
                    int.Parse(found.Match.Groups[1].ValueSpan, CultureInfo.InvariantCulture),
                    IPAddress.Parse(found.Match.Groups[2].ValueSpan),
                    int.Parse(found.Match.Groups[3].ValueSpan, CultureInfo.InvariantCulture)))),
    ];

    /// <summary>Owners of any rule of ours, those too whose address translation has gone.</summary>
    public IReadOnlyDictionary<string, long> Owners() => Rules.Select(RuleTag.Find).OfType<RuleTag>()
        .GroupBy(tag => tag.Owner)
        .ToDictionary(tags => tags.Key, tags => tags.Max(tag => tag.Expires));

    /// <summary>The rule of somebody else that leads a port of the router elsewhere; null where there is none.</summary>
    public string? TakenBy(int routerPort) => Rules.FirstOrDefault(rule =>
        RuleTag.Find(rule) is null && TranslatesSomething().IsMatch(rule) && Destinations().Matches(rule).Any(match => IsIn(match.Groups[1].Value, routerPort)));

    /// <summary>Whether <c>80</c>, <c>{ 80, 1000-2000 }</c> or <c>80,1000:2000</c> has a port.</summary>
    private static bool IsIn(string ports, int port) => ports.Trim('{', '}', ' ').Split(',', StringSplitOptions.TrimEntries).Any(part =>
    {
        var ends = part.Split('-', ':');
        return int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            && port >= first && port <= last;
    });

    /// <summary>One that leads to the router itself is a way back from the device.</summary>
    private static ForwardRule Describe(string line, ForwardRule rule) =>
        rule.Address.Equals(IPAddress.Loopback) && Between().Match(line) is { Success: true } match
            ? rule with { Address = IPAddress.Parse(match.Groups[1].ValueSpan), Back = new ReturnWay(IPAddress.Parse(match.Groups[2].ValueSpan), "") }
            : rule;

    private static List<FilterChain> FindChains(IEnumerable<string> rules, string hook)
    {
        var found = new List<FilterChain>();
        var (family, table, chain) = ("", "", "");
        var (sees, drops, owned) = (false, false, false);
        foreach (var line in rules.Append("}"))
        {
            if (TableLine().Match(line) is { Success: true } opens)
            {
                (family, table) = (opens.Groups[1].Value, opens.Groups[2].Value);
                owned = false;
            }
            else if (OwnedTable().IsMatch(line))
            {
                // Nobody but the process that made it may change it; firewalld's lets through what is translated.
                owned = true;
            }
            else if (ChainLine().Match(line) is { Success: true } begins)
            {
                (chain, sees, drops) = (begins.Groups[1].Value, false, false);
            }
            else if (line.Contains($"type filter hook {hook}", StringComparison.Ordinal))
            {
                sees = true;
                drops = line.Contains("policy drop", StringComparison.Ordinal);
            }
            else if (line.Trim() == "}")
            {
                if (sees && drops && !owned && family is "ip" or "inet" && IsPlain(table) && IsPlain(chain))
                {
                    found.Add(new FilterChain(family, table, chain));
                }

                sees = false;
            }
            else
            {
                // A chain jumped to may drop as well.
                drops |= RuleTag.Find(line) is null && MayDrop().IsMatch(line);
            }
        }

        return found;
    }

    /// <summary>Whether nft takes a name as it is.</summary>
    private static bool IsPlain(string name) => PlainName().IsMatch(name);

    [GeneratedRegex("dport ([0-9]+) .*(?:dnat to|--to-destination|DNAT.* to:?) ?([0-9.]+):([0-9]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Translation();

    [GeneratedRegex(@"(?:saddr|-s) ([0-9.]+)(?:/32)? .*?(?:daddr|-d) ([0-9.]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Between();

    [GeneratedRegex(@"\b(?:dnat|redirect|DNAT|REDIRECT)\b", RegexOptions.CultureInvariant)]
    private static partial Regex TranslatesSomething();

    [GeneratedRegex(@"dports? (\{[^}]*\}|[0-9,:-]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Destinations();

    [GeneratedRegex(@"^table (\S+) (\S+) \{", RegexOptions.CultureInvariant)]
    private static partial Regex TableLine();

    [GeneratedRegex(@"^\s+flags [a-z, ]*\bowner\b", RegexOptions.CultureInvariant)]
    private static partial Regex OwnedTable();

    [GeneratedRegex(@"^\s+chain (\S+) \{", RegexOptions.CultureInvariant)]
    private static partial Regex ChainLine();

    [GeneratedRegex(@"\b(?:drop|reject|jump|goto|queue|DROP|REJECT)\b", RegexOptions.CultureInvariant)]
    private static partial Regex MayDrop();

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_.-]*$", RegexOptions.CultureInvariant)]
    private static partial Regex PlainName();
}
