using System.Buffers;
using System.Net.Security;
using System.Security.Authentication;

namespace NapterFtp.Simulator.Gateway;

/// <summary>The user's side, with the gateway as TLS server.</summary>
internal sealed class TlsLeg : Leg
{
    private const int RecordLength = 16 * 1024;
    private const int MaximumLength = 256 * 1024;

    private readonly ByteChannel _channel;
    private readonly RecordStream _records;
    private readonly SslStream _tls;
    private byte[] _plain = ArrayPool<byte>.Shared.Rent(RecordLength);
    private Task<int>? _pending;
    private int _pendingStart;
    private int _wanted = RecordLength;
    private bool _endedBadly;

    private TlsLeg(ByteChannel channel)
    {
        _channel = channel;
        _records = new RecordStream(channel);
        _tls = new SslStream(_records, leaveInnerStreamOpen: false);
    }

    /// <summary>False where the peer's direction ended without TLS's <c>close_notify</c>, so that its data may be cut short.</summary>
    public override bool EndedWell => !_endedBadly;

    /// <summary>Completes the handshake as server; the channel is disposed of where it fails.</summary>
    public static async Task<TlsLeg> AcceptAsync(
        ByteChannel channel, SslStreamCertificateContext certificate, CancellationToken cancellationToken)
    {
        var leg = new TlsLeg(channel);
        try
        {
            await leg._tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = certificate,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                },
                cancellationToken);
            leg._records.Gathers = true;
            return leg;
        }
        catch
        {
            await leg.DisposeAsync();
            throw;
        }
    }

    public override async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        if (_pending is { } pending)
        {
            var count = await pending;
            _pending = null;
            return Ended(count, _pendingStart);
        }

        if (_plain.Length < _wanted)
        {
            ArrayPool<byte>.Shared.Return(_plain);
            _plain = ArrayPool<byte>.Shared.Rent(_wanted);
        }

        var length = 0;
        do
        {
            var read = ReadTlsAsync(_plain.AsMemory(length), cancellationToken);
            if (length > 0 && !read.IsCompletedSuccessfully)
            {
                // Not a record of data after all: what is there goes on its way first.
                (_pending, _pendingStart) = (read.AsTask(), length);
                return _plain.AsMemory(0, length);
            }

            var count = await read;
            if (count == 0)
            {
                if (length > 0)
                {
                    (_pending, _pendingStart) = (Task.FromResult(0), length);
                    return _plain.AsMemory(0, length);
                }

                return Ended(0, 0);
            }

            length += count;
        }
        while (_records.HasWholeRecord && _plain.Length - length >= RecordLength);

        if (_records.HasWholeRecord)
        {
            _wanted = Math.Min(MaximumLength, _plain.Length * 4);
        }

        return _plain.AsMemory(0, length);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _tls.WriteAsync(bytes, cancellationToken);
        await _records.SendAsync(cancellationToken);
    }

    public override async ValueTask CompleteWritesAsync()
    {
        await _records.TlsState.WaitAsync();
        try
        {
            await _tls.ShutdownAsync();
        }
        finally
        {
            _records.TlsState.Release();
        }

        await _records.SendAsync(CancellationToken.None);
        await _channel.ShutdownAsync();
    }

    public override ValueTask CompleteWritesBadlyAsync() => _channel.ShutdownAsync();

    public override void Abort() => _channel.Abort();

    public override async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        if (_pending is { } pending)
        {
            await pending.ContinueWith(static _ => { }, TaskScheduler.Default);
        }

        await _tls.DisposeAsync();
        ArrayPool<byte>.Shared.Return(_plain);
    }

    private async ValueTask<int> ReadTlsAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await _records.TlsState.WaitAsync(cancellationToken);
        try
        {
            return await _tls.ReadAsync(buffer, cancellationToken);
        }
        finally
        {
            _records.TlsState.Release();
        }
    }

    private ReadOnlyMemory<byte> Ended(int count, int start)
    {
        _endedBadly |= count == 0 && _records.PeerHasEnded;
        return _plain.AsMemory(start, count);
    }
}
