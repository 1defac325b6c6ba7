using System.Threading.Channels;
using NapterFtp.Transport;

namespace NapterFtp.Proxy;

/// <summary>The client's control connection: replies go out in the order of the commands, whole lines at a time.</summary>
internal sealed class ClientChannel(Connection connection)
{
    /// <summary>Commands that may wait for their reply at once; a client that pipelines more is read no further for a while.</summary>
    private const int MaxPendingReplies = 256;

    private const int MaxBatch = 16 * 1024;

    private readonly Channel<ReplySlot> _slots = Channel.CreateBounded<ReplySlot>(
        new BoundedChannelOptions(MaxPendingReplies) { SingleReader = true });

    /// <summary>The connection now in use; explicit FTPS replaces it once.</summary>
    public Connection Connection { get; private set; } = connection;

    /// <summary>Puts the next command's reply in line.</summary>
    public async ValueTask<ReplySlot> AddAsync(CancellationToken cancellationToken)
    {
        var slot = new ReplySlot();
        await _slots.Writer.WriteAsync(slot, cancellationToken);
        return slot;
    }

    /// <summary>Puts a whole reply of the relay's own in line.</summary>
    public async ValueTask<ReplySlot> AddAsync(ReadOnlyMemory<byte> reply, CancellationToken cancellationToken)
    {
        var slot = await AddAsync(cancellationToken);
        slot.Complete(reply);
        return slot;
    }

    /// <summary>Says that no more replies follow.</summary>
    public void Complete() => _slots.Writer.TryComplete();

    /// <summary>Continues on another connection; only while no reply is being sent.</summary>
    public void Replace(Connection connection) => Connection = connection;

    /// <summary>Sends what is ready until <see cref="Complete"/> and the last reply.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await _slots.Reader.WaitToReadAsync(cancellationToken))
            {
                while (_slots.Reader.TryRead(out var slot))
                {
                    await SendAsync(slot, cancellationToken);
                }
            }
        }
        finally
        {
            _slots.Writer.TryComplete();
            while (_slots.Reader.TryRead(out var slot))
            {
                slot.MarkSent();
            }
        }
    }

    private async Task SendAsync(ReplySlot slot, CancellationToken cancellationToken)
    {
        try
        {
            while (await slot.Output.WaitToReadAsync(cancellationToken))
            {
                while (slot.Output.TryRead(out var bytes))
                {
                    await Connection.WriteAsync(Gather(bytes, slot), cancellationToken);
                }
            }
        }
        finally
        {
            slot.MarkSent();
        }
    }

    /// <summary>Joins lines that are ready, so that a batch is one segment on the wire.</summary>
    private static ReadOnlyMemory<byte> Gather(ReadOnlyMemory<byte> first, ReplySlot slot)
    {
        if (!slot.Output.TryPeek(out _))
        {
            return first;
        }

        var batch = new MemoryStream();
        batch.Write(first.Span);
        while (batch.Length < MaxBatch && slot.Output.TryRead(out var more))
        {
            batch.Write(more.Span);
        }

        return batch.GetBuffer().AsMemory(0, (int)batch.Length);
    }
}
