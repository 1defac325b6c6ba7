using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace NapterFtp.Routers;

/// <summary>That connections to a port of the router go on to a port of a device behind it. The router holds several rules for it, which all
/// carry the same tag as their comment.</summary>
/// <param name="Tag">Whose it is.</param>
/// <param name="RouterPort">The port at the router.</param>
/// <param name="Address">The device's IPv4 address.</param>
/// <param name="DevicePort">The port at the device.</param>
internal sealed record ForwardRule(RuleTag Tag, int RouterPort, IPAddress Address, int DevicePort)
{
    /// <summary>Set where it is the other way round: the device's connections to this port of the router go on to the same port of the router's
    /// loopback address, where its SSH server takes them to us. Then <see cref="DevicePort"/> says nothing.</summary>
    public ReturnWay? Back { get; init; }
}

/// <summary>Where a device sees its router.</summary>
/// <param name="Address">The router's IPv4 address in the device's network.</param>
/// <param name="Interface">The router's interface there; empty where that is not known.</param>
internal sealed partial record ReturnWay(IPAddress Address, string Interface)
{
    /// <summary>Asks a router for the way; <see cref="Read"/> reads the answer.</summary>
    public static string Ask(IPAddress device) => ShellText.Run($"PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin\nexport PATH\necho\nip -4 route get {device}");

    /// <summary>Reads what <c>ip route get</c> says; null where the device is not in a network of the router's own.</summary>
    public static ReturnWay? Read(string answer) =>
        Direct().Match(answer) is { Success: true } match && IPAddress.TryParse(match.Groups[2].ValueSpan, out var address)
            ? new ReturnWay(address, match.Groups[1].Value)
            : null;

    // A login may print something first.
    [GeneratedRegex(@"^[0-9.]+ dev ([A-Za-z0-9_.@-]{1,15}) +(?:table \S+ +)?src ([0-9.]+)", RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex Direct();
}

/// <summary>What marks a rule on a router as ours.</summary>
/// <param name="Owner">The process that made it: 16 hexadecimal digits.</param>
/// <param name="Expires">When nobody can want it any more, by the router's clock, in seconds since 1970.</param>
/// <param name="Number">Its number with the owner.</param>
internal sealed partial record RuleTag(string Owner, long Expires, int Number)
{
    /// <summary>As the comment has it; characters that no shell, awk or firewall reads as anything else.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"napterftp-{Owner}-{Expires}-{Number}");

    /// <summary>Finds a tag in a rule as nft or iptables-save shows it.</summary>
    public static RuleTag? Find(string rule) => Pattern().Match(rule) is { Success: true } match
        ? new RuleTag(
            match.Groups[2].Value,
            long.Parse(match.Groups[3].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture),
            int.Parse(match.Groups[4].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture))
        : null;

    // As a comment of its own: text of others that merely holds one is not ours.
    [GeneratedRegex("""comment ("?)napterftp-([0-9a-f]{16})-([0-9]{1,15})-([0-9]{1,9})(?:(?<=comment "\S*)"|(?<=comment n\S*)(?: |$))""", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}

/// <summary>Which rules are meant: an owner's, all of them or those with some numbers.</summary>
/// <param name="Owner">The owner.</param>
/// <param name="Numbers">The numbers; null for all.</param>
internal sealed record RuleSelection(string Owner, IReadOnlyCollection<int>? Numbers = null)
{
    /// <summary>An extended regular expression for any comment of ours.</summary>
    public const string AnyTag = "comment \"?napterftp-[0-9a-f]{16}-[0-9]+-[0-9]+[\" ]";

    /// <summary>An extended regular expression for the comments meant, as both listings show them.</summary>
    public string Pattern
    {
        get
        {
            var numbers = Numbers is null
                ? "[0-9]+"
                : $"({string.Join('|', Numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)))})";
            var tag = $"napterftp-{Owner}-[0-9]+-{numbers}";
            return $"comment (\"{tag}\"|{tag}( |$))";
        }
    }
}
