using System.IO.Pipelines;
using NapterFtp.Transport;

namespace NapterFtp.Core.Tests.Transport;

/// <summary>Two connections joined in memory, with back-pressure and half-close.</summary>
internal sealed class MemoryConnection : Connection
{
    private readonly Pipe _incoming;
    private readonly Pipe _outgoing;
    private MemoryConnection? _peer;
    private int _available;

    private MemoryConnection(Pipe incoming, Pipe outgoing)
    {
        _incoming = incoming;
        _outgoing = outgoing;
    }

    public bool Aborted { get; private set; }

    public override int Available => Math.Max(0, Volatile.Read(ref _available));

    /// <param name="capacity">Bytes that may be on the way in each direction before a writer waits.</param>
    public static (MemoryConnection One, MemoryConnection Other) CreatePair(int capacity = 64 * 1024)
    {
        var options = new PipeOptions(pauseWriterThreshold: capacity, resumeWriterThreshold: capacity / 2, useSynchronizationContext: false);
        var (there, back) = (new Pipe(options), new Pipe(options));
        var (one, other) = (new MemoryConnection(back, there), new MemoryConnection(there, back));
        (one._peer, other._peer) = (other, one);
        return (one, other);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var result = await _incoming.Reader.ReadAsync(cancellationToken);
        var count = (int)Math.Min(result.Buffer.Length, buffer.Length);
        var taken = result.Buffer.Slice(0, count);
        var offset = 0;
        foreach (var part in taken)
        {
            part.CopyTo(buffer[offset..]);
            offset += part.Length;
        }

        _incoming.Reader.AdvanceTo(taken.End);
        Interlocked.Add(ref _available, -count);
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        var result = await _outgoing.Writer.WriteAsync(buffer, cancellationToken);
        if (result.IsCompleted)
        {
            throw new IOException("The peer has gone.");
        }

        Interlocked.Add(ref _peer!._available, buffer.Length);
    }

    public override async ValueTask CompleteWritesAsync(CancellationToken cancellationToken) => await _outgoing.Writer.CompleteAsync();

    public override void Abort()
    {
        Aborted = true;
        var reset = new IOException("Connection reset.");
        _outgoing.Writer.Complete(reset);
        _outgoing.Reader.CancelPendingRead();
        _incoming.Reader.CancelPendingRead();
        _incoming.Writer.Complete(reset);
    }

    public override ValueTask DisposeAsync()
    {
        _outgoing.Writer.Complete();
        _incoming.Reader.Complete();
        return ValueTask.CompletedTask;
    }
}
