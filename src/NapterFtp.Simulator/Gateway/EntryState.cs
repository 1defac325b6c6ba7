namespace NapterFtp.Simulator.Gateway;

/// <summary>Whether an entry lives, and how it ended.</summary>
internal enum EntryState
{
    Live,
    Deleted,
    Expired,
}
