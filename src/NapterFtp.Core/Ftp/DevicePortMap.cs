using System.Globalization;

namespace NapterFtp.Ftp;

/// <summary>Which port of a router leads to which port of the device behind it, where their numbers differ. A port that the map does not
/// name has the same number on both.</summary>
internal sealed class DevicePortMap : IEquatable<DevicePortMap>
{
    private readonly PortForward[] _entries;

    private DevicePortMap(PortForward[] entries, NapterRouter? router = null)
    {
        _entries = entries;
        Router = router;
    }

    /// <summary>Every port has its own number.</summary>
    public static DevicePortMap None { get; } = new([]);

    /// <summary>The router that is told to forward each port when it is wanted, to one of its own choice; null where the map says all.</summary>
    public NapterRouter? Router { get; }

    /// <summary>Every port is reached through a router that is told to forward it.</summary>
    public static DevicePortMap Behind(NapterRouter router) => new([], router);

    /// <summary>Whether it names no port.</summary>
    public bool IsEmpty => _entries.Length == 0;

    /// <summary>Reads entries such as <c>21=2121</c> and <c>40000-40030=50000-50030</c>: the device's ports, then as many of the router's. One
    /// text may hold several, with commas between; empty ones say nothing.</summary>
    /// <exception cref="NapterFtpException"><c>InvalidDevicePortMap</c>.</exception>
    public static DevicePortMap Parse(IEnumerable<string?>? texts)
    {
        PortForward[] entries =
        [
            .. (texts ?? [])
                .SelectMany(text => (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                .Select(ParseEntry)
                .OrderBy(entry => entry.Device.First),
        ];
        RefuseOverlaps(entries, "device", entry => entry.Device);
        RefuseOverlaps(entries, "router", entry => entry.Router);
        return entries.Length == 0 ? None : new DevicePortMap(entries);
    }

    /// <summary>The router's port that leads to a port of the device.</summary>
    public int ToRouter(int devicePort) => Find(devicePort) is { } entry ? entry.Router.First + (devicePort - entry.Device.First) : devicePort;

    /// <summary>The device's port that the map has the router's port of this number lead to, where the device's port of this number can
    /// therefore not be reached; null where it can.</summary>
    public int? TakenFor(int devicePort) =>
        Find(devicePort) is null && _entries.FirstOrDefault(entry => entry.Router.Contains(devicePort)) is { } taken
            ? taken.Device.First + (devicePort - taken.Router.First)
            : null;

    /// <summary>A port of the device for messages: <c>21</c>, <c>21 (the router's 2121)</c> or <c>21 at 192.168.1.20 behind the router</c>.</summary>
    public string Describe(int devicePort) => Router is { } told ? $"{Text(devicePort)} at {told.DeviceAddress} behind the router"
        : ToRouter(devicePort) is var router && router == devicePort
        ? Text(devicePort)
        : $"{Text(devicePort)} (the router's {Text(router)})";

    /// <summary>The router's port where it is another one than the device's; else null.</summary>
    public int? RouterPort(int devicePort) => ToRouter(devicePort) is var router && router == devicePort ? null : router;

    /// <summary>A device's name with the port: <c>440101234567890:21</c>, or <c>440101234567890:21=2121</c>; <c>fleet:21</c> where there is no one device.</summary>
    public string Label(DeviceTarget? device, int devicePort) =>
        $"{Router?.ToString() ?? device?.ToString() ?? "fleet"}:{Text(devicePort)}{(RouterPort(devicePort) is { } router ? "=" + Text(router) : "")}";

    /// <summary>As <see cref="Parse"/> reads it, the device's ports in order; empty where it names none.</summary>
    public override string ToString() => string.Join(',', _entries.Select(entry => entry.ToString()));

    public bool Equals(DevicePortMap? other) => other is not null && ReferenceEquals(Router, other.Router) && _entries.AsSpan().SequenceEqual(other._entries);

    public override bool Equals(object? obj) => Equals(obj as DevicePortMap);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(ToString());

    private PortForward? Find(int devicePort) => _entries.FirstOrDefault(entry => entry.Device.Contains(devicePort));

    private static PortForward ParseEntry(string text)
    {
        var sides = text.Split('=', StringSplitOptions.TrimEntries);
        if (sides.Length != 2)
        {
            throw Invalid(text, "it is not of the form device=router");
        }

        var entry = new PortForward(ParseSide(text, sides[0], "device"), ParseSide(text, sides[1], "router"));
        return entry.Device.Count == entry.Router.Count
            ? entry
            : throw Invalid(text, $"the device has {Text(entry.Device.Count)} ports there, the router {Text(entry.Router.Count)}");
    }

    private static PortSpan ParseSide(string text, string side, string whose)
    {
        var ends = side.Split('-', StringSplitOptions.TrimEntries);
        if (side.Length == 0 || ends.Length > 2)
        {
            throw Invalid(text, $"'{side}' is neither a port nor a range of the {whose}");
        }

        var (first, last) = (ParsePort(text, ends[0], whose), ParsePort(text, ends[^1], whose));
        return first <= last ? new PortSpan(first, last) : throw Invalid(text, $"the {whose}'s range {side} ends before it begins");
    }

    private static int ParsePort(string text, string number, string whose) =>
        int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65535
            ? port
            : throw Invalid(text, $"'{number}' of the {whose} is no port from 1 to 65535");

    private static void RefuseOverlaps(PortForward[] entries, string whose, Func<PortForward, PortSpan> side)
    {
        var sorted = entries.OrderBy(entry => side(entry).First).ToArray();
        for (var i = 1; i < sorted.Length; i++)
        {
            if (side(sorted[i]).First <= side(sorted[i - 1]).Last)
            {
                throw Invalid(sorted[i].ToString(), $"the {whose}'s port {Text(side(sorted[i]).First)} is in '{sorted[i - 1]}' too");
            }
        }
    }

    private static NapterFtpException Invalid(string text, string why) => new(
        "InvalidDevicePortMap",
        NapterFtpErrorKind.InvalidArgument,
        $"'{text}' given to -DevicePortMap cannot be used: {why}.",
        "Write the device's port, =, and the router's port that leads to it, such as 21=2121, or two ranges of equal length, such as "
        + "40000-40030=50000-50030; each port at most once on each side.",
        text);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Ports from the first to the last.</summary>
    private sealed record PortSpan(int First, int Last)
    {
        public int Count => Last - First + 1;

        public bool Contains(int port) => port >= First && port <= Last;

        public override string ToString() => First == Last ? Text(First) : $"{Text(First)}-{Text(Last)}";
    }

    /// <summary>Ports of the device and those of the router that lead to them, in the same order.</summary>
    private sealed record PortForward(PortSpan Device, PortSpan Router)
    {
        public override string ToString() => $"{Device}={Router}";
    }
}
