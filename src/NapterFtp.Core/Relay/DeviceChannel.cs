using NapterFtp.Entries;
using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Relay;

/// <summary>The device's control connection: commands go out, and each reply is given to the exchange it belongs to.</summary>
internal sealed class DeviceChannel(
    Connection connection, Action<FtpReply> onUnexpected, Action<FtpReply> onReply, ByteCounters counters)
    : IDisposable
{
    private const int ReadSize = 4096;

    private readonly Queue<Exchange> _expected = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly FtpReplyReader _reader = new();

    // Transfers that were ended without the final reply they were owed; it may still come, and answers nothing then.
    private int _owedFinalReplies;

    /// <summary>Whether any command waits for its reply.</summary>
    public bool IsExpecting
    {
        get
        {
            lock (_expected)
            {
                return _expected.Count > 0;
            }
        }
    }

    /// <summary>Expects a reply without a command: the greeting.</summary>
    public void Expect(Exchange exchange)
    {
        lock (_expected)
        {
            _expected.Enqueue(exchange);
        }
    }

    /// <summary>Sends one command's bytes and expects its reply.</summary>
    public async ValueTask SendAsync(Exchange exchange, ReadOnlyMemory<byte> command, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            // Expected first: the reply may be here before the write returns.
            Expect(exchange);
            await connection.WriteAsync(command, cancellationToken);
            counters.AddToDevice(command.Length);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Stops waiting for the final reply of a transfer that has plainly ended; false where it has just come.</summary>
    public bool Forget(Exchange exchange)
    {
        lock (_expected)
        {
            if (!_expected.TryPeek(out var head) || head != exchange)
            {
                return false;
            }

            _expected.Dequeue();
            _owedFinalReplies++;
            return true;
        }
    }

    /// <summary>Reads replies until the device ends the connection.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[ReadSize];
        while (true)
        {
            var count = await connection.ReadAsync(buffer, cancellationToken);
            if (count == 0)
            {
                if (_reader.TryReadRest(out var rest))
                {
                    Take(rest);
                }

                return;
            }

            counters.AddFromDevice(count);
            _reader.Append(buffer.AsSpan(0, count));
            while (_reader.TryRead(out var reply))
            {
                Take(reply);
            }
        }
    }

    /// <summary>Ends the waiting of all commands that got no reply.</summary>
    public void AbandonExpected()
    {
        while (TryTakeHead(out var exchange))
        {
            exchange.OnMissing();
        }
    }

    public void Dispose() => _writing.Dispose();

    private void Take(FtpReply reply)
    {
        onReply(reply);
        Dispatch(reply.WithCrLf());
    }

    private void Dispatch(FtpReply reply)
    {
        var exchange = Find(reply);
        if (exchange is null)
        {
            onUnexpected(reply);
        }
        else if (reply.Code == 0)
        {
            exchange.OnText(reply);
        }
        else if (reply.IsPreliminary)
        {
            exchange.OnPreliminary(reply);
        }
        else
        {
            exchange.OnFinal(reply);
        }
    }

    /// <summary>The exchange a reply belongs to; taken off the queue where the reply ends it.</summary>
    private Exchange? Find(FtpReply reply)
    {
        List<Exchange>? skipped = null;
        Exchange? found = null;
        lock (_expected)
        {
            if (IsLateFinal(reply))
            {
                _owedFinalReplies--;
                return new PlainExchange(null);
            }

            if (reply.IsFinal && (IsStatusDuringTransfer(reply) || IsAheadOfTransfer(reply)))
            {
                return TakeSecond();
            }

            while (_expected.TryPeek(out var head))
            {
                if (reply.Code == 0 || head.Accepts(reply) || !_expected.Skip(1).Any(later => later.Accepts(reply)))
                {
                    found = head;
                    if (reply.IsFinal)
                    {
                        _expected.Dequeue();
                    }

                    break;
                }

                (skipped ??= []).Add(_expected.Dequeue());
            }
        }

        skipped?.ForEach(exchange => exchange.OnMissing());
        return found;
    }

    // A final reply that a transfer was long given up on, in front of the reply to a command it cannot answer. 425 could answer a
    // passive command too, but replies come in order, and a device that looked for a data connection in vain says so late.
    private bool IsLateFinal(FtpReply reply) =>
        _owedFinalReplies > 0
        && reply.Code is 226 or 250 or 425 or 426 or 451
        && !(_expected.TryPeek(out var head) && head is TransferExchange or AbortExchange);

    // STAT may be answered in the middle of a transfer (RFC 959, section 4.1.3), ahead of the transfer's own reply.
    private bool IsStatusDuringTransfer(FtpReply reply) =>
        reply.Code is 211 or 212 or 213 && _expected.Count > 1 && _expected.Peek() is TransferExchange;

    // The answer to a request that the relay sent behind a transfer command, from a device that looks at it before the transfer has
    // ended: a port, or a refusal (proftpd: "450 EPSV: data transfer in progress").
    private bool IsAheadOfTransfer(FtpReply reply) =>
        _expected.Count > 1
        && _expected.Peek() is TransferExchange transfer
        && _expected.ElementAt(1) is PassiveExchange { IsAhead: true }
        && (reply.Code is 227 or 229 || (transfer.HasBegun && reply.Code is (450 or (>= 500 and <= 504))));

    private Exchange TakeSecond()
    {
        var first = _expected.Dequeue();
        var second = _expected.Dequeue();
        var rest = _expected.ToArray();
        _expected.Clear();
        _expected.Enqueue(first);
        foreach (var exchange in rest)
        {
            _expected.Enqueue(exchange);
        }

        return second;
    }

    private bool TryTakeHead(out Exchange exchange)
    {
        lock (_expected)
        {
            return _expected.TryDequeue(out exchange!);
        }
    }
}

/// <summary>What is to be done with the device's replies to one command. The replies of a device come in the order of the
/// commands it was sent (RFC 959, section 5.4).</summary>
/// <param name="slot">The client's place in line; null for a command of the relay's own.</param>
internal abstract class Exchange(ReplySlot? slot)
{
    /// <summary>The client's place in line; null for a command of the relay's own.</summary>
    protected ReplySlot? Slot { get; } = slot;

    /// <summary>A 1xx reply: another follows.</summary>
    public virtual void OnPreliminary(FtpReply reply) => Slot?.Write(reply.Raw);

    /// <summary>A line that is no reply at all; it belongs before the reply.</summary>
    public virtual void OnText(FtpReply text) => Slot?.Write(text.Raw);

    /// <summary>The reply that ends the command. Must not wait: what takes time is left to a task that completes the slot.</summary>
    public virtual void OnFinal(FtpReply reply) => Slot?.Complete(reply.Raw);

    /// <summary>The device will not answer any more, or answered a later command first.</summary>
    public virtual void OnMissing() => Slot?.Complete();

    /// <summary>Whether a reply can be an answer to this command; devices leave out and repeat replies.</summary>
    public virtual bool Accepts(FtpReply reply) => reply.Code is not (227 or 229);
}

/// <summary>A command whose replies pass through as they are.</summary>
internal sealed class PlainExchange(ReplySlot? slot) : Exchange(slot);

/// <summary>ABOR (RFC 959, section 4.1.3). Some devices answer it and the transfer with one reply; the next command's reply then
/// shows that none is to come.</summary>
internal sealed class AbortExchange(ReplySlot slot) : Exchange(slot)
{
    public override bool Accepts(FtpReply reply) => reply.Code is 225 or 226 or 250 or 426 || reply.Code >= 500;
}

/// <summary>FEAT (RFC 2389): what the relay answers itself is shown or hidden as the relay offers it.</summary>
internal sealed class FeatExchange(ReplySlot slot, bool offersTls) : Exchange(slot)
{
    private static readonly string[] Security = ["AUTH", "PBSZ", "PROT", "CCC", "ADAT", "MIC", "CONF", "ENC"];
    private static readonly string[] TlsFeatures = ["AUTH TLS", "PBSZ", "PROT"];

    public override void OnFinal(FtpReply reply) =>
        Slot!.Complete(reply.IsCompletion ? FeatReply.Rewrite(reply, Security, offersTls ? TlsFeatures : []).Raw : reply.Raw);
}

/// <summary>The device's greeting. Some devices turn a client away with 221 where RFC 959 wants 421; either way the connection ends.</summary>
internal sealed class GreetingExchange(ControlSession session, ReplySlot slot) : Exchange(slot)
{
    public override bool Accepts(FtpReply reply) => true;

    public override void OnFinal(FtpReply reply)
    {
        session.Watch.Greeted();
        if (reply.Code == 221 || reply.IsNegative)
        {
            session.NoteFarewell();
        }

        base.OnFinal(reply);
    }
}

/// <summary>A reply after which the session ends: the answer to QUIT, or a greeting that turns the client away.</summary>
internal sealed class QuitExchange(ControlSession session, ReplySlot slot) : Exchange(slot)
{
    public override void OnFinal(FtpReply reply)
    {
        session.NoteFarewell();
        base.OnFinal(reply);
    }
}

/// <summary>REIN (RFC 959, section 4.1.1): the session starts afresh once a transfer in progress has ended.</summary>
internal sealed class ReinitializeExchange(ReplySlot slot, PassiveExchange? passive) : Exchange(slot)
{
    public override void OnFinal(FtpReply reply)
    {
        if (reply.IsCompletion)
        {
            passive?.Current?.Supersede();
        }

        base.OnFinal(reply);
    }
}
