namespace NapterFtp.Entries;

/// <summary>The steps that a port's life may take.</summary>
internal static class EntryLife
{
    public static bool CanMove(NapterPortState? from, NapterPortState to) => (from, to) switch
    {
        (null, NapterPortState.Opening) => true,
        (NapterPortState.Opening, NapterPortState.Open or NapterPortState.Closing or NapterPortState.Failed) => true,
        (NapterPortState.Open, NapterPortState.Connected or NapterPortState.Idle or NapterPortState.Closing) => true,
        (NapterPortState.Connected, NapterPortState.Idle or NapterPortState.Closing) => true,
        (NapterPortState.Idle, NapterPortState.Connected or NapterPortState.Closing) => true,
        (NapterPortState.Closing, NapterPortState.Closed or NapterPortState.Failed) => true,
        _ => false,
    };
}
