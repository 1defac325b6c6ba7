namespace NapterFtp.Copy;

/// <summary>Which data ports a device announces. Many use a small range of numbers, in turn or at random, such as a router in front
/// of them forwards: those can be opened before their turn comes.</summary>
internal sealed class PassiveRange
{
    /// <summary>Passive requests at a time when looking.</summary>
    public const int AtATime = 8;

    /// <summary>The longest range looked for.</summary>
    public const int Longest = 40;

    /// <summary>With fewer transfers to come looking takes longer than it saves.</summary>
    public const int WorthLooking = 64;

    /// <summary>Transfers for each number of a range after which one of them in twenty has not come yet.</summary>
    private const int UsesAtRandom = 3;

    // Numbers further apart are those of a system that gives out any.
    private const int Span = 128;

    private readonly object _lock = new();
    private int? _last;
    private bool _isNarrow;
    private bool _looked;

    /// <summary>The device has announced a port.</summary>
    public void Announced(int port)
    {
        lock (_lock)
        {
            _isNarrow = _last is { } last && last != port ? Math.Abs(last - port) <= Span : _isNarrow;
            _last = port;
        }
    }

    /// <summary>Whether to look now for the range; true once at most.</summary>
    public bool TryBeginLook()
    {
        lock (_lock)
        {
            var begin = _isNarrow && !_looked;
            _looked |= begin;
            return begin;
        }
    }

    /// <summary>Whether a port has come twice, so that more announcements tell nothing new.</summary>
    public static bool HasRepeated(IReadOnlyList<int> announced) => announced.Distinct().Count() < announced.Count;

    /// <summary>The range's ports that pay to be opened ahead, beginning with the one announced last and going on as they will come where
    /// the device takes them in turn.</summary>
    /// <param name="announced">Ports announced one after the other.</param>
    /// <param name="following">Transfers that follow: no more ports than that are of use. Where numbers come at random, it must be so many
    /// that each port will most likely be wanted.</param>
    /// <returns>Empty where no port came twice, or they lie far apart: there may be any number of them.</returns>
    public static IReadOnlyList<int> WorthOpening(IReadOnlyList<int> announced, int following)
    {
        var ports = announced.Distinct().ToList();
        var range = ports.Max() - ports.Min() + 1;
        if (ports.Count == announced.Count || range > Span)
        {
            return [];
        }

        // In turn, each comes again after the same number of others.
        var inTurn = !announced.Where((port, index) => index >= ports.Count && port != announced[index - ports.Count]).Any();
        if (!inTurn && following < UsesAtRandom * range)
        {
            return [];
        }

        var next = ports.IndexOf(announced[^1]);
        return [.. ports[next..].Concat(ports[..next]).Take(following)];
    }
}
