using System.Net;
using System.Net.Security;
using System.Runtime.CompilerServices;

namespace NapterFtp.Transport;

/// <summary>TLS over another connection, which it owns.</summary>
internal sealed partial class TlsConnection : Connection
{
    private readonly Connection _inner;
    private readonly TlsTransport _transport;
    private readonly SslStream _tls;
    private readonly bool _endClosesBoth;
    private bool _ended;

    // 1 while a write runs, and for good once the own direction has ended.
    private int _writing;

    private TlsConnection(Connection inner, bool endClosesBoth)
    {
        _inner = inner;
        _endClosesBoth = endClosesBoth;
        _transport = new TlsTransport(inner);
        _tls = new SslStream(_transport, leaveInnerStreamOpen: true);
    }

    public override IPEndPoint? LocalEndPoint => _inner.LocalEndPoint;

    public override IPEndPoint? RemoteEndPoint => _inner.RemoteEndPoint;

    /// <summary>SslStream reports the end alike for close_notify and for a bare FIN; but after close_notify it never asks for the FIN, or
    /// has read its record before it.</summary>
    public override bool EndedCleanly => !_transport.ReachedEnd || _transport.EndedBehindAlert;

    public override bool CanBlock => _inner.CanBlock;

    /// <summary>Completes the handshake as client. On failure the inner connection is aborted.</summary>
    /// <param name="inner">The connection to run over.</param>
    /// <param name="options">Name and verification.</param>
    /// <param name="blocking">Whether to block the calling thread, so that the connection stays fit for that; whoever wants it
    /// cancelled aborts the inner connection.</param>
    /// <param name="endClosesBoth">Whether close_notify makes the system's TLS read no more either, so that our own end is told by
    /// FIN alone while the peer may still send.</param>
    /// <param name="cancellationToken">Ends a handshake that does not block.</param>
    public static Task<TlsConnection> ConnectAsync(
        Connection inner,
        SslClientAuthenticationOptions options,
        bool blocking,
        bool endClosesBoth,
        CancellationToken cancellationToken) =>
        HandshakeAsync(inner, endClosesBoth, async tls =>
        {
            if (blocking)
            {
                tls.AuthenticateAsClient(options);
            }
            else
            {
                await tls.AuthenticateAsClientAsync(options, cancellationToken);
            }
        });

    /// <summary>Completes the handshake as server. On failure the inner connection is aborted.</summary>
    public static Task<TlsConnection> AcceptAsync(
        Connection inner, SslServerAuthenticationOptions options, CancellationToken cancellationToken) =>
        HandshakeAsync(inner, endClosesBoth: false, tls => tls.AuthenticateAsServerAsync(options, cancellationToken));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var total = 0;
        do
        {
            var read = _ended ? 0 : await ReadTlsAsync(buffer[total..], cancellationToken);
            _ended |= read == 0 && !buffer.IsEmpty;
            total += read;
            if (WantsMore(buffer.Length, total))
            {
                await _transport.FetchAsync(cancellationToken);
            }
        }
        while (MoreAtOnce(buffer.Length, total));
        return total;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        BeginWrite();
        try
        {
            if (buffer.Length <= TlsRecords.LongestContent)
            {
                await _tls.WriteAsync(buffer, cancellationToken);
                return;
            }

            _transport.Gather(buffer.Length);
            await _tls.WriteAsync(buffer, cancellationToken);
            await _transport.SendGatheredAsync(cancellationToken);
        }
        finally
        {
            _transport.DropGathered();
            EndWrite();
        }
    }

    public override async ValueTask CompleteWritesAsync(CancellationToken cancellationToken)
    {
        BeginWrite();
        try
        {
            if (!KeepsReading)
            {
                GatherEnd();
                await _transport.SendGatheredAsync(cancellationToken);
            }
        }
        finally
        {
            _transport.DropGathered();
        }

        await _inner.CompleteWritesAsync(cancellationToken);
    }

    public override void Abort() => _inner.Abort();

    public override async ValueTask DisposeAsync()
    {
        // Not into the midst of a write, and not twice.
        if (Interlocked.Exchange(ref _writing, 1) == 0)
        {
            // Goes out at once where the socket takes it; a peer that has stopped reading is not waited for.
            _ = ShutdownQuietlyAsync();
        }

        await _inner.DisposeAsync();
        await _tls.DisposeAsync();
    }

    /// <summary>Whether close_notify must wait for the peer's end.</summary>
    private bool KeepsReading => _endClosesBoth && !_ended;

    /// <summary>Whether there is room for another record.</summary>
    private bool HasRoom(int length, int total) => !_ended && total > 0 && length - total >= TlsRecords.LongestContent;

    /// <summary>Whether to look for what has arrived while the last record was decrypted: the more is handed on at once, the less it costs.</summary>
    private bool WantsMore(int length, int total) => HasRoom(length, total) && _transport.HasArrivals;

    /// <summary>Whether another record can be had without waiting, and there is room for it.</summary>
    private bool MoreAtOnce(int length, int total) => HasRoom(length, total) && _transport.HasRecord;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadTlsAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await _transport.BeginReadAsync(cancellationToken);
        try
        {
            return await _tls.ReadAsync(buffer, cancellationToken);
        }
        finally
        {
            _transport.EndRead();
        }
    }

    private void GatherEnd()
    {
        var made = _transport.GatherEnd(_tls.ShutdownAsync);
        if (!made.IsCompletedSuccessfully)
        {
            // Of a connection that the peer has just broken, OpenSSL reports what it likes.
            throw new IOException("The end of the data could not be sent.", made.Exception?.InnerException);
        }
    }

    private static async Task<TlsConnection> HandshakeAsync(Connection inner, bool endClosesBoth, Func<SslStream, Task> handshake)
    {
        var connection = new TlsConnection(inner, endClosesBoth);
        try
        {
            await handshake(connection._tls);
            return connection;
        }
        catch
        {
            inner.Abort();
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task ShutdownQuietlyAsync()
    {
        try
        {
            GatherEnd();
            await _transport.SendGatheredAsync(CancellationToken.None);
        }
        catch (Exception)
        {
            // Broken or ended already.
        }
        finally
        {
            _transport.DropGathered();
        }
    }

    private void BeginWrite()
    {
        if (Interlocked.Exchange(ref _writing, 1) != 0)
        {
            throw new IOException("The connection is closed for writing.");
        }
    }

    private void EndWrite() => Volatile.Write(ref _writing, 0);
}
