namespace NapterFtp.Ports;

/// <summary>One of a <see cref="SharedPort"/>'s entries, guarded by its lock.</summary>
internal sealed class SharedPortEntry(PortLease lease)
{
    public PortLease Lease { get; } = lease;

    public int Uses { get; set; }

    /// <summary>Why it takes no more connections, where it failed.</summary>
    public string? Failure { get; set; }
}
