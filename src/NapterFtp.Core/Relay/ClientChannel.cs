using System.Threading.Channels;
using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Relay;

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

/// <summary>The client's place in line for the reply to one of its commands. Replies may become ready in any order; the client
/// sees them in the order of its commands.</summary>
internal sealed class ReplySlot
{
    private readonly Channel<ReadOnlyMemory<byte>> _output = Channel.CreateUnbounded<ReadOnlyMemory<byte>>(
        new UnboundedChannelOptions { SingleReader = true });

    private readonly TaskCompletionSource _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the client has been sent all of it, or never will be.</summary>
    public Task Sent => _sent.Task;

    /// <summary>What to send, as it becomes ready.</summary>
    public ChannelReader<ReadOnlyMemory<byte>> Output => _output.Reader;

    /// <summary>Adds bytes to the reply; more may follow.</summary>
    public void Write(ReadOnlyMemory<byte> bytes) => _output.Writer.TryWrite(bytes);

    /// <summary>Adds the last bytes and lets the next command's reply follow.</summary>
    public void Complete(ReadOnlyMemory<byte> bytes = default)
    {
        if (!bytes.IsEmpty)
        {
            _output.Writer.TryWrite(bytes);
        }

        _output.Writer.TryComplete();
    }

    /// <summary>Called when the output has been sent or given up.</summary>
    public void MarkSent() => _sent.TrySetResult();
}

/// <summary>Replies that the relay makes itself.</summary>
internal static class RelayReply
{
    /// <summary>One line with a code and a text.</summary>
    public static ReadOnlyMemory<byte> Line(int code, string text) => FtpReply.Create(code, text).Raw;

    /// <summary>One line that says what failed and what to do about it.</summary>
    public static ReadOnlyMemory<byte> Error(int code, Exception error) => Line(code, error switch
    {
        NapterFtpException { Advice: { } advice } e => $"{e.Message} {advice}",
        NapterFtpException e => e.Message,
        OperationCanceledException => "The relay is stopping.",
        _ => $"The relay failed: {error.GetType().Name}.",
    });
}
