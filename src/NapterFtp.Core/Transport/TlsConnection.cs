using System.Net;
using System.Net.Security;
using System.Runtime.CompilerServices;

namespace NapterFtp.Transport;

/// <summary>TLS over another connection, which it owns.</summary>
internal sealed class TlsConnection : Connection
{
    private readonly Connection _inner;
    private readonly TlsTransport _transport;
    private readonly SslStream _tls;
    private bool _ended;

    // 1 while a write runs, and for good once the own direction has ended.
    private int _writing;

    private TlsConnection(Connection inner)
    {
        _inner = inner;
        _transport = new TlsTransport(inner);
        _tls = new SslStream(_transport, leaveInnerStreamOpen: true);
    }

    public override IPEndPoint? LocalEndPoint => _inner.LocalEndPoint;

    public override IPEndPoint? RemoteEndPoint => _inner.RemoteEndPoint;

    /// <summary>SslStream reports the end alike for close_notify and for a bare FIN; but after close_notify it never asks for the FIN.</summary>
    public override bool EndedCleanly => !_transport.ReachedEnd;

    public override bool CanBlock => _inner.CanBlock;

    /// <summary>Completes the handshake as client. On failure the inner connection is aborted.</summary>
    /// <param name="inner">The connection to run over.</param>
    /// <param name="options">Name and verification.</param>
    /// <param name="blocking">Whether to block the calling thread, so that the connection stays fit for that; whoever wants it
    /// cancelled aborts the inner connection.</param>
    /// <param name="cancellationToken">Ends a handshake that does not block.</param>
    public static Task<TlsConnection> ConnectAsync(
        Connection inner, SslClientAuthenticationOptions options, bool blocking, CancellationToken cancellationToken) =>
        HandshakeAsync(inner, async tls =>
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
        HandshakeAsync(inner, tls => tls.AuthenticateAsServerAsync(options, cancellationToken));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var total = 0;
        do
        {
            var read = _ended ? 0 : await _tls.ReadAsync(buffer[total..], cancellationToken);
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

    public override int Read(Span<byte> buffer)
    {
        var total = 0;
        do
        {
            var read = _ended ? 0 : _tls.Read(buffer[total..]);
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

    public override async ValueTask CompleteWritesAsync(CancellationToken cancellationToken)
    {
        BeginWrite();
        try
        {
            await _tls.ShutdownAsync().WaitAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not (IOException or OperationCanceledException or ObjectDisposedException))
        {
            // Of a connection that the peer has just broken, OpenSSL reports what it likes.
            throw EndNotSent(exception);
        }

        await _inner.CompleteWritesAsync(cancellationToken);
    }

    public override void CompleteWrites()
    {
        BeginWrite();

        // SslStream has no blocking form of this; over writes that block it completes before it returns.
        _transport.WritesBlock = true;
        var shutdown = _tls.ShutdownAsync();
        _transport.WritesBlock = false;
        if (!shutdown.IsCompletedSuccessfully)
        {
            throw EndNotSent(shutdown.Exception?.InnerException);
        }

        _inner.CompleteWrites();
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

    /// <summary>Whether there is room for another record.</summary>
    private bool HasRoom(int length, int total) => !_ended && total > 0 && length - total >= TlsRecords.LongestContent;

    /// <summary>Whether to look for what has arrived while the last record was decrypted: the more is handed on at once, the less it costs.</summary>
    private bool WantsMore(int length, int total) => HasRoom(length, total) && _transport.HasArrivals;

    /// <summary>Whether another record can be had without waiting, and there is room for it.</summary>
    private bool MoreAtOnce(int length, int total) => HasRoom(length, total) && _transport.HasRecord;

    private static IOException EndNotSent(Exception? cause) => new("The end of the data could not be sent.", cause);

    private static async Task<TlsConnection> HandshakeAsync(Connection inner, Func<SslStream, Task> handshake)
    {
        var connection = new TlsConnection(inner);
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
            await _tls.ShutdownAsync();
        }
        catch (Exception)
        {
            // Broken or ended already.
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
