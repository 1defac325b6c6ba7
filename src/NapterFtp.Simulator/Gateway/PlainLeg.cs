namespace NapterFtp.Simulator.Gateway;

/// <summary>A side without TLS.</summary>
internal sealed class PlainLeg(ByteChannel channel) : Leg
{
    private readonly ByteBuffer _buffer = new(4096);

    public override async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        _buffer.Add(await channel.ReceiveAsync(_buffer.Room(), cancellationToken));
        return _buffer.TakeAll();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        channel.SendAsync(bytes, cancellationToken);

    public override ValueTask CompleteWritesAsync() => channel.ShutdownAsync();

    public override ValueTask CompleteWritesBadlyAsync() => channel.ShutdownAsync();

    public override void Abort() => channel.Abort();

    public override async ValueTask DisposeAsync()
    {
        await channel.DisposeAsync();
        _buffer.Dispose();
    }
}
