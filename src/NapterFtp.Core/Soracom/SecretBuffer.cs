using System.Buffers;
using System.Security.Cryptography;

namespace NapterFtp.Soracom;

/// <summary>Bytes that may hold a secret: what it lets go of, when it grows and when it ends, is zeroed.</summary>
internal sealed class SecretBuffer : IBufferWriter<byte>, IDisposable
{
    private byte[] _bytes = new byte[1024];
    private int _length;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        var needed = _length + Math.Max(sizeHint, 1);
        if (needed > _bytes.Length)
        {
            var larger = new byte[Math.Max(needed, _bytes.Length * 2)];
            Written.CopyTo(larger);
            CryptographicOperations.ZeroMemory(_bytes);
            _bytes = larger;
        }

        return _bytes.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        _length = 0;
    }
}
