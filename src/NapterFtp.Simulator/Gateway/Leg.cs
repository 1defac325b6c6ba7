namespace NapterFtp.Simulator.Gateway;

/// <summary>One side of a relayed connection: the user's, with or without TLS, or the device's.</summary>
internal abstract class Leg : IAsyncDisposable
{
    /// <summary>What has come, good until the next read; empty at the peer's end of stream.</summary>
    public abstract ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken);

    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Ends the own direction and leaves the other open.</summary>
    public abstract ValueTask CompleteWritesAsync();

    /// <summary>As <see cref="CompleteWritesAsync"/>, but without what TLS demands before it.</summary>
    public abstract ValueTask CompleteWritesBadlyAsync();

    public abstract void Abort();

    /// <summary>Whether the peer ended its direction the way TLS demands; true without TLS.</summary>
    public virtual bool EndedWell => true;

    public abstract ValueTask DisposeAsync();
}
