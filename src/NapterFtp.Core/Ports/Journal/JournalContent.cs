namespace NapterFtp.Ports.Journal;

/// <summary>What one journal says.</summary>
/// <param name="Owner">Who keeps it; null where the line is missing or spoilt.</param>
/// <param name="Abandoned">Whether its keeper closed it although entries were left.</param>
/// <param name="Open">The entries that may still be open.</param>
internal sealed record JournalContent(JournalOwner? Owner, bool Abandoned, IReadOnlyList<JournalRecord> Open);
