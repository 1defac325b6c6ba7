using System.Globalization;
using System.Text;

namespace NapterFtp.Simulator.Api;

/// <summary>Reads HTTP/1.1 requests (RFC 9112) off one connection.</summary>
internal sealed class HttpRequestReader(Stream stream)
{
    private const int MaximumHead = 64 * 1024;
    private const int MaximumBody = 1024 * 1024;

    private byte[] _buffer = new byte[4096];
    private int _start;
    private int _end;

    /// <summary>The next request, or null at the end of the connection.</summary>
    /// <exception cref="InvalidDataException">What came is no request.</exception>
    public async ValueTask<HttpRequest?> ReadAsync(CancellationToken cancellationToken)
    {
        var requestLine = await ReadLineAsync(true, cancellationToken);
        if (requestLine is null)
        {
            return null;
        }

        var parts = requestLine.Split(' ');
        if (parts.Length != 3 || !parts[2].StartsWith("HTTP/1.", StringComparison.Ordinal) || !parts[1].StartsWith('/'))
        {
            throw new InvalidDataException("The request line is none.");
        }

        var headers = await ReadHeadersAsync(cancellationToken);
        if (headers.TryGetValue("Expect", out var expect) && expect.Equals("100-continue", StringComparison.OrdinalIgnoreCase))
        {
            await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), cancellationToken);
        }

        return new HttpRequest(parts[0], parts[1], headers, await ReadBodyAsync(headers, cancellationToken));
    }

    private async ValueTask<Dictionary<string, string>> ReadHeadersAsync(CancellationToken cancellationToken)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var length = 0;
        while (await ReadLineAsync(false, cancellationToken) is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || (length += line.Length) > MaximumHead)
            {
                throw new InvalidDataException("A header is none, or there are too many.");
            }

            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }

        return headers;
    }

    private async ValueTask<byte[]> ReadBodyAsync(Dictionary<string, string> headers, CancellationToken cancellationToken)
    {
        if (headers.TryGetValue("Transfer-Encoding", out var encoding)
            && encoding.Equals("chunked", StringComparison.OrdinalIgnoreCase))
        {
            return await ReadChunksAsync(cancellationToken);
        }

        return headers.TryGetValue("Content-Length", out var text)
            ? await ReadBytesAsync(ParseLength(text, NumberStyles.None), cancellationToken)
            : [];
    }

    private async ValueTask<byte[]> ReadChunksAsync(CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        while (true)
        {
            var line = await ReadLineAsync(false, cancellationToken) ?? throw new EndOfStreamException();
            var length = ParseLength(line.Split(';')[0].Trim(), NumberStyles.AllowHexSpecifier);
            if (body.Length + length > MaximumBody)
            {
                throw new InvalidDataException("The body is too long.");
            }

            body.Write(await ReadBytesAsync(length, cancellationToken));
            await ReadLineAsync(false, cancellationToken);
            if (length == 0)
            {
                return body.ToArray();
            }
        }
    }

    private static int ParseLength(string text, NumberStyles style) =>
        int.TryParse(text, style, CultureInfo.InvariantCulture, out var length) && length is >= 0 and <= MaximumBody
            ? length
            : throw new InvalidDataException("The body's length is none.");

    private async ValueTask<byte[]> ReadBytesAsync(int count, CancellationToken cancellationToken)
    {
        var bytes = new byte[count];
        var taken = Math.Min(count, _end - _start);
        _buffer.AsSpan(_start, taken).CopyTo(bytes);
        _start += taken;
        await stream.ReadExactlyAsync(bytes.AsMemory(taken), cancellationToken);
        return bytes;
    }

    /// <summary>A line without its end; null at the end of the connection where one may end.</summary>
    private async ValueTask<string?> ReadLineAsync(bool mayEnd, CancellationToken cancellationToken)
    {
        while (true)
        {
            var length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                var line = Encoding.Latin1.GetString(_buffer, _start, length).TrimEnd('\r');
                _start += length + 1;
                return line;
            }

            if (_end - _start > MaximumHead)
            {
                throw new InvalidDataException("A line is too long.");
            }

            MakeRoom();
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (read == 0)
            {
                return mayEnd && _start == _end ? null : throw new EndOfStreamException();
            }

            _end += read;
        }
    }

    private void MakeRoom()
    {
        Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
        _end -= _start;
        _start = 0;
        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
    }
}
