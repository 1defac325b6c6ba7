using System.Net;

namespace NapterFtp.Ports.Journal;

/// <summary>What other journals say, to tell others' entries from ours.</summary>
/// <param name="Known">End points of their entries.</param>
/// <param name="Unanswered">Their create calls of the last minutes whose answer is out.</param>
internal sealed record JournalView(IReadOnlySet<IPEndPoint> Known, IReadOnlyList<EntryCall> Unanswered)
{
    private static readonly TimeSpan LongestCall = TimeSpan.FromMinutes(2);

    public static JournalView Empty { get; } = new(new HashSet<IPEndPoint>(), []);

    public static JournalView Of(IEnumerable<JournalContent> journals, DateTimeOffset now)
    {
        var open = journals.SelectMany(journal => journal.Open).ToList();
        return new JournalView(
            open.Select(record => record.EndPoint).OfType<IPEndPoint>().ToHashSet(),
            [.. open.Where(record => record.EndPoint is null && now - record.Call.AskedAt < LongestCall).Select(record => record.Call)]);
    }

    public JournalView With(JournalView later) => new(Known.Union(later.Known).ToHashSet(), [.. Unanswered, .. later.Unanswered]);
}
