namespace NapterFtp.Transport;

/// <summary>The blocking calls, for a thread of its own.</summary>
internal sealed partial class TlsConnection
{
    public override int Read(Span<byte> buffer)
    {
        var total = 0;
        do
        {
            var read = _ended ? 0 : ReadTls(buffer[total..]);
            _ended |= read == 0;
            total += read;
            if (WantsMore(buffer.Length, total))
            {
                _transport.Fetch();
            }
        }
        while (MoreAtOnce(buffer.Length, total));
        return total;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        BeginWrite();
        try
        {
            _transport.Gather(buffer.Length);
            _tls.Write(buffer);
            _transport.SendGathered();
        }
        finally
        {
            _transport.DropGathered();
            EndWrite();
        }
    }

    public override void CompleteWrites()
    {
        BeginWrite();
        try
        {
            if (!KeepsReading)
            {
                GatherEnd();
                _transport.SendGathered();
            }
        }
        finally
        {
            _transport.DropGathered();
        }

        _inner.CompleteWrites();
    }

    private int ReadTls(Span<byte> buffer)
    {
        _transport.BeginRead();
        try
        {
            return _tls.Read(buffer);
        }
        finally
        {
            _transport.EndRead();
        }
    }
}
