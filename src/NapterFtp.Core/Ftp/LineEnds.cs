namespace NapterFtp.Ftp;

/// <summary>Changes line ends between FTP's form (CR LF, RFC 959 §3.1.1.1) and this computer's, for transfers in ASCII, piece by piece.
/// A CR that is no part of a line end stays.</summary>
/// <param name="isCrLf">Whether this computer's line ends are CR LF too, so that nothing is to be changed.</param>
internal sealed class LineEnds(bool isCrLf)
{
    private const byte Cr = (byte)'\r';
    private const byte Lf = (byte)'\n';

    private bool _afterCr;

    /// <summary>By this computer's line ends.</summary>
    public static LineEnds Local() => new(Environment.NewLine == "\r\n");

    /// <summary>Changes what came from the device.</summary>
    /// <param name="data">The next piece.</param>
    /// <param name="result">Room for one byte more than the piece has.</param>
    /// <returns>The bytes written. A CR at the piece's end waits for what follows it.</returns>
    public int FromDevice(ReadOnlySpan<byte> data, Span<byte> result)
    {
        if (isCrLf)
        {
            data.CopyTo(result);
            return data.Length;
        }

        var count = 0;
        foreach (var value in data)
        {
            if (_afterCr && value != Lf)
            {
                result[count++] = Cr;
            }

            _afterCr = value == Cr;
            if (!_afterCr)
            {
                result[count++] = value;
            }
        }

        return count;
    }

    /// <summary>Whether a CR is left over at the end of all.</summary>
    public bool EndsWithCr => _afterCr;

    /// <summary>Changes what goes to the device.</summary>
    /// <param name="data">The next piece.</param>
    /// <param name="result">Room for twice as many bytes as the piece has.</param>
    /// <returns>The bytes written.</returns>
    public int ToDevice(ReadOnlySpan<byte> data, Span<byte> result)
    {
        if (isCrLf)
        {
            data.CopyTo(result);
            return data.Length;
        }

        var count = 0;
        foreach (var value in data)
        {
            if (value == Lf && !_afterCr)
            {
                result[count++] = Cr;
            }

            _afterCr = value == Cr;
            result[count++] = value;
        }

        return count;
    }
}
