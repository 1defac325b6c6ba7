using System.Buffers;
using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace NapterFtp.Soracom;

/// <summary>Reads secure strings for as short as possible, and makes them.</summary>
internal static class Secrets
{
    /// <summary>What a secret that a text held is replaced by.</summary>
    public const string Mask = "***";

    public static SecureString ToSecure(ReadOnlySpan<char> text)
    {
        var secure = new SecureString();
        foreach (var c in text)
        {
            secure.AppendChar(c);
        }

        secure.MakeReadOnly();
        return secure;
    }

    /// <summary>Takes a JSON string as a secret, which is nowhere a string on its way.</summary>
    public static SecureString GetSecret(this ref Utf8JsonReader reader)
    {
        var characters = new char[reader.ValueSpan.Length];
        try
        {
            return ToSecure(characters.AsSpan(0, reader.CopyString(characters)));
        }
        finally
        {
            Array.Clear(characters);
        }
    }

    public static void WriteSecret(this Utf8JsonWriter writer, string name, SecureString secret) =>
        Use(secret, writer, name, static (characters, writer, name) =>
        {
            writer.WriteString(name, characters);
            return true;
        });

    /// <summary>Takes a secret out of a text, be it as it is or as JSON writes it.</summary>
    public static string Redact(string text, SecureString? secret)
    {
        return secret is null or { Length: 0 } ? text : Use(secret, text, "", static (characters, text, _) =>
        {
            var escaped = new char[characters.Length * JavaScriptEncoder.UnsafeRelaxedJsonEscaping.MaxOutputCharactersPerInputCharacter];
            JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(characters, escaped, out var _, out var length);
            text = Redact(Redact(text, characters), escaped.AsSpan(0, length));
            Array.Clear(escaped);
            return text;
        });
    }

    /// <summary>Takes a secret out of a text.</summary>
    public static string Redact(string text, ReadOnlySpan<char> secret)
    {
        if (secret.IsEmpty)
        {
            return text;
        }

        var from = 0;
        while (text.AsSpan(from).IndexOf(secret, StringComparison.Ordinal) is var at and >= 0)
        {
            at += from;
            text = string.Concat(text.AsSpan(0, at), Mask, text.AsSpan(at + secret.Length));
            from = at + Mask.Length;
        }

        return text;
    }

    private static TResult Use<TState, TResult>(
        SecureString secret, TState state, string name, Reader<TState, TResult> read)
    {
        var pointer = Marshal.SecureStringToGlobalAllocUnicode(secret);
        var characters = new char[secret.Length];
        try
        {
            Marshal.Copy(pointer, characters, 0, characters.Length);
            return read(characters, state, name);
        }
        finally
        {
            Array.Clear(characters);
            Marshal.ZeroFreeGlobalAllocUnicode(pointer);
        }
    }

    private delegate TResult Reader<TState, TResult>(ReadOnlySpan<char> secret, TState state, string name);
}

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
