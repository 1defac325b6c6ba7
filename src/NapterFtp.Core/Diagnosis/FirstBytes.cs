using System.Net;
using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Diagnosis;

/// <summary>Remembers how the peer began to talk: a port that does not speak TLS gives itself away so.</summary>
internal sealed class FirstBytes(Connection inner) : Connection
{
    private const int Limit = 120;

    // RFC 8446 §5.1: the content types that a TLS server can begin with.
    private const byte Alert = 21;
    private const byte Handshake = 22;

    private readonly byte[] _first = new byte[Limit];
    private int _count;
    private int _taken;
    private bool _started;

    public override IPEndPoint? LocalEndPoint => inner.LocalEndPoint;

    public override IPEndPoint? RemoteEndPoint => inner.RemoteEndPoint;

    public override bool EndedCleanly => inner.EndedCleanly;

    /// <summary>Whether the peer has said anything.</summary>
    public bool Any => _count > 0;

    /// <summary>What the peer said, where it is no TLS; else null.</summary>
    public string? PlainText => Any && _first[0] is not (Alert or Handshake) ? FtpText.ForPeople(_first.AsSpan(0, _count)) : null;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (!_started)
        {
            // Whole, where TLS would stop at what it does not understand.
            _started = true;
            _count = await inner.ReadAsync(_first, cancellationToken);
        }

        if (_taken == _count)
        {
            return _count == 0 ? 0 : await inner.ReadAsync(buffer, cancellationToken);
        }

        var piece = _first.AsMemory(_taken, Math.Min(_count - _taken, buffer.Length));
        piece.CopyTo(buffer);
        _taken += piece.Length;
        return piece.Length;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) => inner.WriteAsync(buffer, cancellationToken);

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken) => inner.CompleteWritesAsync(cancellationToken);

    public override void Abort() => inner.Abort();

    public override ValueTask DisposeAsync() => inner.DisposeAsync();
}
