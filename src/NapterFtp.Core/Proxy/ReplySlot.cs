using System.Threading.Channels;

namespace NapterFtp.Proxy;

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
