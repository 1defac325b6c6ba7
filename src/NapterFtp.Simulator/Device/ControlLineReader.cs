using System.Net.Sockets;
using System.Text;

namespace NapterFtp.Simulator.Device;

/// <summary>Reads lines of a control connection, with Telnet's commands (RFC 854, RFC 959 section 4.1.3) taken out.</summary>
internal sealed class ControlLineReader(Socket socket)
{
    /// <summary>The longest line taken, in bytes.</summary>
    public const int MaxLine = 8192;

    private const byte Iac = 0xFF;
    private readonly byte[] _buffer = new byte[1024];
    private readonly StringBuilder _line = new();
    private int _start;
    private int _end;

    /// <summary>How often bytes have arrived.</summary>
    public long Receives { get; private set; }

    /// <summary>Forgets what has arrived together with the line read last.</summary>
    public void DropRest()
    {
        _line.Clear();
        _start = _end;
    }

    /// <summary>
    /// The next line without its end, bytes one to a char; empty for one longer than <see cref="MaxLine"/>; null at the end of the stream.
    /// </summary>
    public async ValueTask<string?> ReadAsync(CancellationToken cancellationToken)
    {
        var tooLong = false;
        while (true)
        {
            while (_start < _end)
            {
                var b = _buffer[_start++];
                if (b == (byte)'\n')
                {
                    var line = StripTelnet(_line.ToString().TrimEnd('\r'));
                    _line.Clear();
                    return tooLong ? "" : line;
                }

                tooLong |= _line.Length >= MaxLine;
                if (!tooLong)
                {
                    _line.Append((char)b);
                }
            }

            _start = 0;
            _end = await socket.ReceiveAsync(_buffer, SocketFlags.None, cancellationToken);
            if (_end == 0)
            {
                return null;
            }

            Receives++;
        }
    }

    /// <summary>
    /// Doubled 0xFF becomes one; commands (240–249) and options (251–254 and one byte more) go; any other 0xFF stands for itself, since clients
    /// that know nothing of Telnet send it in names.
    /// </summary>
    internal static string StripTelnet(string line)
    {
        if (!line.Contains((char)Iac, StringComparison.Ordinal))
        {
            return line;
        }

        var text = new StringBuilder(line.Length);
        for (var i = 0; i < line.Length; i++)
        {
            var next = line[i] == Iac && i + 1 < line.Length ? line[i + 1] : '\0';
            switch ((int)next)
            {
                case Iac:
                    text.Append((char)Iac);
                    i++;
                    break;
                case >= 240 and <= 249:
                    i++;
                    break;
                case >= 251 and <= 254:
                    i += 2;
                    break;
                default:
                    text.Append(line[i]);
                    break;
            }
        }

        return text.ToString();
    }
}
