namespace NapterFtp.Simulator.Gateway;

/// <summary>Bytes in both directions: a socket, or one behind a long line.</summary>
internal abstract class ByteChannel : IAsyncDisposable
{
    /// <summary>Receives what has come; 0 at the peer's end of stream.</summary>
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Sends all of it.</summary>
    public abstract ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Ends the own direction (FIN), behind what has been sent.</summary>
    public abstract ValueTask ShutdownAsync();

    /// <summary>Ends both directions with a reset; whatever waits on the channel fails.</summary>
    public abstract void Abort();

    public abstract ValueTask DisposeAsync();
}
