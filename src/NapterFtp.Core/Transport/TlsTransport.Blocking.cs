namespace NapterFtp.Transport;

/// <summary>The blocking calls, which SslStream makes of its own blocking ones.</summary>
internal sealed partial class TlsTransport
{
    /// <summary>Makes close_notify wait until <see cref="EndRead"/>, but for the time in which a read waits for the peer.</summary>
    /// <remarks>SslStream keeps reads and writes from disturbing each other, but not the making of close_notify: while a read takes
    /// in a session ticket, OpenSSL refuses it ("shutdown while in init"), and while one decrypts, OpenSSL's memory is damaged, which
    /// ends the process sooner or later.</remarks>
    public void BeginRead()
    {
        _tlsState.Wait();
        _readsTlsState = true;
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        if (_records.NeedsMore(buffer.Length))
        {
            var held = LeaveTlsState();
            try
            {
                while (_records.NeedsMore(buffer.Length) && Fetch())
                {
                    // Until there is a record, or the end.
                }
            }
            finally
            {
                if (held)
                {
                    BeginRead();
                }
            }
        }

        return _records.HandOut(buffer);
    }

    /// <summary>Takes from the socket what has arrived there; false at the end of stream. Waits unless <see cref="HasArrivals"/>.</summary>
    public bool Fetch() => _records.Arrived(connection.Read(_records.MakeRoom().Span), LargeBuffer);

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_gathered is null)
        {
            connection.Write(buffer);
            return;
        }

        if (_gatheredLength + buffer.Length > _gathered.Length)
        {
            connection.Write(_gathered.AsSpan(0, _gatheredLength));
            _gatheredLength = 0;
        }

        Keep(buffer);
    }

    /// <summary>Sends what has been gathered.</summary>
    public void SendGathered() => connection.Write(_gathered.AsSpan(0, _gatheredLength));

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
}
