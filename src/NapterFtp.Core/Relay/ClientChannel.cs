using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Relay;

/// <summary>The client's control connection: replies go out in the order of the commands, but for those that the device gave
/// earlier, in the middle of a transfer; whole lines at a time.</summary>
internal sealed class ClientChannel(Connection connection)
{
    /// <summary>Commands that may wait for their reply at once; a client that pipelines more is read no further for a while.</summary>
    private const int MaxPendingReplies = 256;

    private const int MaxBatch = 16 * 1024;

    /// <summary>Bytes that may wait for a client that does not read, before the device is read no further for a while.</summary>
    private const int MaxQueued = 512 * 1024;

    // What a piece of a reply takes besides its bytes.
    private const int PieceCost = 128;

    private readonly object _lock = new();
    private readonly LinkedList<ReplySlot> _slots = new();
    private readonly SemaphoreSlim _places = new(MaxPendingReplies);
    private TaskCompletionSource _changed = NewSignal();
    private TaskCompletionSource _room = NewSignal();
    private int _queued;
    private bool _completed;
    private bool _ended;

    /// <summary>The connection now in use; explicit FTPS replaces it once.</summary>
    public Connection Connection { get; private set; } = connection;

    /// <summary>Puts the next command's reply in line.</summary>
    public async ValueTask<ReplySlot> AddAsync(CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        lock (_lock)
        {
            if (_ended)
            {
                // Nobody reads it, but what the client asked for before it stopped reading is still done.
                _places.Release();
                var unread = new ReplySlot(this, takesPlace: false);
                unread.MarkSent();
                return unread;
            }

            ObjectDisposedException.ThrowIf(_completed, this);
            var slot = new ReplySlot(this, takesPlace: true);
            _slots.AddLast(slot);
            return slot;
        }
    }

    /// <summary>Puts a whole reply of the relay's own in line.</summary>
    public async ValueTask<ReplySlot> AddAsync(ReadOnlyMemory<byte> reply, CancellationToken cancellationToken)
    {
        var slot = await AddAsync(cancellationToken);
        slot.Complete(reply);
        return slot;
    }

    /// <summary>Puts a reply that no command asked for where the device gave it: before those that it still owes.</summary>
    public void Insert(ReadOnlyMemory<byte> reply)
    {
        lock (_lock)
        {
            if (!_completed)
            {
                var slot = new ReplySlot(this, takesPlace: false);
                _slots.AddLast(slot);
                Write(slot, reply, isLast: true);
                MoveAhead(slot);
            }
        }
    }

    /// <summary>Says that no more replies follow.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            _completed = true;
            _changed.TrySetResult();
        }
    }

    /// <summary>Continues on another connection; only while no reply is being sent.</summary>
    public void Replace(Connection connection) => Connection = connection;

    /// <summary>Waits until there is room for more replies: a client that does not read must not fill the memory.</summary>
    public async ValueTask RoomAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task room;
            lock (_lock)
            {
                if (_queued <= MaxQueued)
                {
                    return;
                }

                room = _room.Task;
            }

            await room.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Sends what is ready until <see cref="Complete"/> and the last reply.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                ReadOnlyMemory<byte> bytes;
                Task changed;
                lock (_lock)
                {
                    bytes = Next();
                    if (bytes.IsEmpty && _completed && _slots.Count == 0)
                    {
                        return;
                    }

                    changed = _changed.Task;
                }

                if (bytes.IsEmpty)
                {
                    await changed.WaitAsync(cancellationToken);
                }
                else
                {
                    await Connection.WriteAsync(bytes, cancellationToken);
                }
            }
        }
        finally
        {
            End();
        }
    }

    internal void Write(ReplySlot slot, ReadOnlyMemory<byte> bytes, bool isLast)
    {
        lock (_lock)
        {
            if (slot.IsComplete || _ended)
            {
                return;
            }

            if (!bytes.IsEmpty)
            {
                slot.Output.Enqueue(bytes);
                _queued += bytes.Length + PieceCost;
            }

            slot.IsComplete = isLast;
            slot.IsAnswered |= isLast;
            _changed.TrySetResult();
        }
    }

    /// <summary>The device has answered this one now: it goes before those that it has not answered yet, with what the relay has
    /// answered in between.</summary>
    internal void MoveAhead(ReplySlot slot)
    {
        lock (_lock)
        {
            slot.IsAnswered = true;
            LinkedListNode<ReplySlot>? waiting = null;
            for (var node = _slots.First; node is not null && !_ended; node = node.Next)
            {
                if (!node.Value.IsAnswered)
                {
                    waiting ??= node;
                }
                else if (waiting is not null)
                {
                    var passing = node;
                    node = node.Previous!;
                    _slots.Remove(passing);
                    _slots.AddBefore(waiting, passing);
                    if (passing.Value == slot)
                    {
                        break;
                    }
                }
                else if (node.Value == slot)
                {
                    break;
                }
            }

            _changed.TrySetResult();
        }
    }

    /// <summary>Whether a later reply is ready and waits for this one.</summary>
    internal bool IsWaitedFor(ReplySlot slot)
    {
        lock (_lock)
        {
            for (var node = _slots.Find(slot)?.Next; node is not null; node = node.Next)
            {
                if (node.Value.Output.Count > 0)
                {
                    return true;
                }
            }

            return false;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What is to be sent next; empty where nothing is ready.</summary>
    private ReadOnlyMemory<byte> Next()
    {
        while (_slots.First is { Value: var slot })
        {
            if (slot.Output.Count > 0)
            {
                return Gather(slot);
            }

            if (!slot.IsComplete)
            {
                break;
            }

            _slots.RemoveFirst();
            Leave(slot);
        }

        if (_changed.Task.IsCompleted)
        {
            _changed = NewSignal();
        }

        return default;
    }

    /// <summary>Joins lines that are ready, so that a batch is one segment on the wire.</summary>
    private ReadOnlyMemory<byte> Gather(ReplySlot slot)
    {
        var first = slot.Output.Dequeue();
        _queued -= first.Length + PieceCost;
        if (slot.Output.Count == 0)
        {
            FreeRoom();
            return first;
        }

        var batch = new MemoryStream();
        batch.Write(first.Span);
        while (batch.Length < MaxBatch && slot.Output.TryDequeue(out var more))
        {
            batch.Write(more.Span);
            _queued -= more.Length + PieceCost;
        }

        FreeRoom();
        return batch.GetBuffer().AsMemory(0, (int)batch.Length);
    }

    private void FreeRoom()
    {
        if (_queued <= MaxQueued)
        {
            _room.TrySetResult();
            _room = NewSignal();
        }
    }

    private void Leave(ReplySlot slot)
    {
        slot.MarkSent();
        if (slot.TakesPlace)
        {
            _places.Release();
        }
    }

    private void End()
    {
        lock (_lock)
        {
            _completed = true;
            _ended = true;
            _queued = 0;
            FreeRoom();
            foreach (var slot in _slots)
            {
                Leave(slot);
            }

            _slots.Clear();
        }
    }
}

/// <summary>The client's place in line for the reply to one of its commands.</summary>
internal sealed class ReplySlot(ClientChannel channel, bool takesPlace)
{
    private readonly TaskCompletionSource _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the client has been sent all of it, or never will be.</summary>
    public Task Sent => _sent.Task;

    /// <inheritdoc cref="ClientChannel.IsWaitedFor"/>
    public bool IsWaitedFor => channel.IsWaitedFor(this);

    // The channel's own, under its lock.
    internal bool TakesPlace { get; } = takesPlace;

    internal Queue<ReadOnlyMemory<byte>> Output { get; } = new();

    internal bool IsComplete { get; set; }

    internal bool IsAnswered { get; set; }

    /// <summary>Adds bytes to the reply; more may follow.</summary>
    public void Write(ReadOnlyMemory<byte> bytes) => channel.Write(this, bytes, isLast: false);

    /// <summary>Adds the last bytes and lets the next command's reply follow.</summary>
    public void Complete(ReadOnlyMemory<byte> bytes = default) => channel.Write(this, bytes, isLast: true);

    /// <summary>The device has given its final reply, though it may be held back: what it answers later comes later.</summary>
    public void MarkAnswered() => channel.MoveAhead(this);

    internal void MarkSent() => _sent.TrySetResult();
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
