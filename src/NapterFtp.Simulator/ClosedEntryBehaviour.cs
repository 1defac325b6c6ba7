namespace NapterFtp.Simulator;

/// <summary>What a connection meets that the gateway doesn't let in.</summary>
public enum ClosedEntryBehaviour
{
    /// <summary>Nothing is ever answered: the client times out.</summary>
    Silent,

    /// <summary>The connection is refused or reset at once.</summary>
    Refuse,
}
