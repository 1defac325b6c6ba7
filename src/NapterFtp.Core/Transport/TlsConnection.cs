using System.Net;
using System.Net.Security;

namespace NapterFtp.Transport;

/// <summary>TLS over another connection, which it owns.</summary>
internal sealed class TlsConnection : Connection
{
    private readonly Connection _inner;
    private readonly ConnectionStream _stream;
    private readonly SslStream _tls;

    private TlsConnection(Connection inner)
    {
        _inner = inner;
        _stream = new ConnectionStream(inner);
        _tls = new SslStream(_stream, leaveInnerStreamOpen: true);
    }

    public override IPEndPoint? LocalEndPoint => _inner.LocalEndPoint;

    public override IPEndPoint? RemoteEndPoint => _inner.RemoteEndPoint;

    /// <summary>SslStream reports the end alike for close_notify and for a bare FIN; but after close_notify it never asks for the FIN.</summary>
    public override bool EndedCleanly => !_stream.ReachedEnd;

    /// <summary>Completes the handshake as client. On failure the inner connection is aborted.</summary>
    public static Task<TlsConnection> ConnectAsync(
        Connection inner, SslClientAuthenticationOptions options, CancellationToken cancellationToken) =>
        HandshakeAsync(inner, tls => tls.AuthenticateAsClientAsync(options, cancellationToken));

    /// <summary>Completes the handshake as server. On failure the inner connection is aborted.</summary>
    public static Task<TlsConnection> AcceptAsync(
        Connection inner, SslServerAuthenticationOptions options, CancellationToken cancellationToken) =>
        HandshakeAsync(inner, tls => tls.AuthenticateAsServerAsync(options, cancellationToken));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        _tls.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) =>
        _tls.WriteAsync(buffer, cancellationToken);

    public override async ValueTask CompleteWritesAsync(CancellationToken cancellationToken)
    {
        await _tls.ShutdownAsync().WaitAsync(cancellationToken);
        await _inner.CompleteWritesAsync(cancellationToken);
    }

    public override void Abort() => _inner.Abort();

    public override async ValueTask DisposeAsync()
    {
        try
        {
            // Goes out at once where the socket takes it; a peer that has stopped reading is not waited for.
            _ = IgnoreAsync(_tls.ShutdownAsync());
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            // Broken or ended already.
        }

        await _inner.DisposeAsync();
        await _tls.DisposeAsync();
    }

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

    private static async Task IgnoreAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception)
        {
        }
    }
}
