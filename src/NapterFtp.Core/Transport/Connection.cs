using System.Net;

namespace NapterFtp.Transport;

/// <summary>A duplex byte connection: a socket, TLS over a socket, or memory in a test. One read and one write may run at the
/// same time.</summary>
internal abstract class Connection : IAsyncDisposable
{
    /// <summary>Our own end, where there is one.</summary>
    public virtual IPEndPoint? LocalEndPoint => null;

    /// <summary>The peer's end, where there is one.</summary>
    public virtual IPEndPoint? RemoteEndPoint => null;

    /// <summary>Whether the end of stream that a read reported was announced by the peer in a way that nobody in between can
    /// forge or cause: for TLS, whether <c>close_notify</c> came before the FIN (RFC 8446 §6.1). True where the protocol has no
    /// such thing. A false answer means that the last bytes may be missing; a check of the length or of FTP's final reply tells.</summary>
    public virtual bool EndedCleanly => true;

    /// <summary>Whether <see cref="Read"/>, <see cref="Write"/> and <see cref="CompleteWrites"/> may be used. They block the
    /// calling thread, which must be a dedicated one, and cost the system far less than the asynchronous ones.</summary>
    public virtual bool CanBlock => false;

    /// <summary>Bytes that have arrived and that the next read brings without waiting; 0 also where that is not known.</summary>
    public virtual int Available => 0;

    /// <summary>Reads what has arrived; 0 at the peer's end of stream. With an empty buffer it waits until there is something to
    /// read, or the end, and returns 0: so an idle connection holds no buffer.</summary>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Writes all of it.</summary>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Ends our direction and leaves the other open: TLS <c>close_notify</c>, then FIN.</summary>
    public abstract ValueTask CompleteWritesAsync(CancellationToken cancellationToken);

    /// <summary>As <see cref="ReadAsync"/>. <see cref="Abort"/> ends the wait.</summary>
    public virtual int Read(Span<byte> buffer) => throw new NotSupportedException();

    /// <summary>As <see cref="WriteAsync"/>.</summary>
    public virtual void Write(ReadOnlySpan<byte> buffer) => throw new NotSupportedException();

    /// <summary>As <see cref="CompleteWritesAsync"/>.</summary>
    public virtual void CompleteWrites() => throw new NotSupportedException();

    /// <summary>Ends both directions at once, so that the peer sees a reset and never mistakes it for a good end. Never throws.</summary>
    public abstract void Abort();

    /// <summary>Closes in good order and frees everything; never throws and never waits for the peer.</summary>
    public abstract ValueTask DisposeAsync();
}

/// <summary>A token that is cancelled when the caller's is, or when the time is up by the given clock.</summary>
internal sealed class TimeLimit : IDisposable
{
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _either;

    public TimeLimit(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        _timer = new CancellationTokenSource(limit, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, cancellationToken);
    }

    public CancellationToken Token => _either.Token;

    public void Dispose()
    {
        _either.Dispose();
        _timer.Dispose();
    }
}
