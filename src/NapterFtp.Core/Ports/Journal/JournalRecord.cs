using System.Net;

namespace NapterFtp.Ports.Journal;

/// <summary>One entry that a journal holds to be open.</summary>
/// <param name="Number">Its number within the journal.</param>
/// <param name="Call">The create call.</param>
internal sealed record JournalRecord(long Number, EntryCall Call)
{
    /// <summary>The entry's end point; null where the create call's answer is not known.</summary>
    public IPEndPoint? EndPoint { get; init; }

    /// <summary>When SORACOM made it, by SORACOM's clock.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When SORACOM ends it by itself, by SORACOM's clock.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}
