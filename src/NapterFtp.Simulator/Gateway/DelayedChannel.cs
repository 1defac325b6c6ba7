namespace NapterFtp.Simulator.Gateway;

/// <summary>A channel at the other end of a long line.</summary>
internal sealed class DelayedChannel : ByteChannel
{
    private readonly ByteChannel _inner;
    private readonly DelayLine _incoming;
    private readonly DelayLine _outgoing;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _receiving;
    private readonly Task _sending;

    /// <param name="inner">The channel at the far end.</param>
    /// <param name="delay">How long a byte is under way, one way.</param>
    /// <param name="up">The rate towards the far end.</param>
    /// <param name="down">The rate from there.</param>
    public DelayedChannel(ByteChannel inner, TimeSpan delay, Pacer up, Pacer down)
    {
        _inner = inner;
        _incoming = new DelayLine(delay, down);
        _outgoing = new DelayLine(delay, up);
        _receiving = ReceiveAllAsync();
        _sending = SendAllAsync();
    }

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        _incoming.ReadAsync(buffer, cancellationToken);

    public override ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        _outgoing.WriteAsync(bytes, cancellationToken);

    /// <summary>Waits until all that is under way has arrived, so that the channel can then be closed.</summary>
    public override async ValueTask ShutdownAsync()
    {
        _outgoing.Complete();
        await _sending;
    }

    public override void Abort()
    {
        _inner.Abort();
        var error = new IOException("The connection was aborted.");
        _incoming.Complete(error);
        _outgoing.Complete(error);
    }

    public override async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_sending, _receiving);
        await _inner.DisposeAsync();
        _stop.Dispose();
    }

    private async Task ReceiveAllAsync()
    {
        using var buffer = new ByteBuffer(4096);
        try
        {
            while (await _inner.ReceiveAsync(buffer.Room(), _stop.Token) is > 0 and var count)
            {
                buffer.Add(count);
                await _incoming.WriteAsync(buffer.TakeAll(), _stop.Token);
            }

            _incoming.Complete();
        }
        catch (Exception e)
        {
            _incoming.Complete(e);
        }
    }

    private async Task SendAllAsync()
    {
        using var buffer = new ByteBuffer(4096);
        try
        {
            while (await _outgoing.ReadAsync(buffer.Room(), _stop.Token) is > 0 and var count)
            {
                buffer.Add(count);
                await _inner.SendAsync(buffer.TakeAll(), _stop.Token);
            }

            await _inner.ShutdownAsync();
        }
        catch (Exception)
        {
            // The peer has gone; the incoming direction tells of it.
            _inner.Abort();
        }
    }
}
