using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace NapterFtp.Core.Tests.Relay;

/// <summary>An FTP client that sends and shows exact bytes, as Latin-1 text.</summary>
internal sealed partial class RawFtpClient : IDisposable
{
    // What never comes is a test that fails, not one that never ends.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly TcpClient _control;
    private readonly List<byte> _unread = [];

    private RawFtpClient(TcpClient control)
    {
        _control = control;
        Stream = control.GetStream();
    }

    public Stream Stream { get; set; }

    public Socket Socket => _control.Client;

    public static async Task<RawFtpClient> ConnectAsync(IPEndPoint endPoint)
    {
        var client = new TcpClient(endPoint.AddressFamily);
        await client.ConnectAsync(endPoint, TestContext.Current.CancellationToken);
        return new RawFtpClient(client);
    }

    public async Task SendAsync(string text) => await Stream.WriteAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);

    /// <summary>The next line, line end included; null at the end of the stream.</summary>
    public async Task<string?> ReadLineAsync()
    {
        var buffer = new byte[1024];
        while (true)
        {
            var end = _unread.IndexOf((byte)'\n');
            if (end >= 0)
            {
                var line = Encoding.Latin1.GetString([.. _unread[..(end + 1)]]);
                _unread.RemoveRange(0, end + 1);
                return line;
            }

            var count = await Stream.ReadAsync(buffer, TestContext.Current.CancellationToken).AsTask().WaitAsync(Limit, TestContext.Current.CancellationToken);
            if (count == 0)
            {
                return null;
            }

            _unread.AddRange(buffer.AsSpan(0, count));
        }
    }

    /// <summary>Sends a command line and reads one reply line.</summary>
    public async Task<string> AskAsync(string command)
    {
        await SendAsync(command + "\r\n");
        return await ReadLineAsync() ?? throw new EndOfStreamException();
    }

    /// <summary>Connects to where a 227 says.</summary>
    public static async Task<TcpClient> ConnectDataAsync(string reply, string? from = null)
    {
        var match = PasvPattern().Match(reply);
        Assert.True(match.Success, reply);
        var numbers = match.Groups[1].Value.Split(',').Select(number => int.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        var endPoint = new IPEndPoint(IPAddress.Parse(string.Join('.', numbers[..4])), (numbers[4] << 8) | numbers[5]);
        var data = from is null ? new TcpClient() : new TcpClient(new IPEndPoint(IPAddress.Parse(from), 0));
        await data.ConnectAsync(endPoint, TestContext.Current.CancellationToken);
        return data;
    }

    /// <summary>PASV, the data connection, the command, all the data; the last reply line is returned.</summary>
    public async Task<(byte[] Content, string Final)> RetrieveAsync(string command)
    {
        using var data = await ConnectDataAsync(await AskAsync("PASV"));
        Assert.StartsWith("150", await AskAsync(command), StringComparison.Ordinal);
        var content = new MemoryStream();
        await data.GetStream().CopyToAsync(content, TestContext.Current.CancellationToken);
        return (content.ToArray(), await ReadLineAsync() ?? "");
    }

    public void Dispose() => _control.Dispose();

    [GeneratedRegex(@"^227 Entering Passive Mode \((\d+,\d+,\d+,\d+,\d+,\d+)\)\.\r\n$")]
    private static partial Regex PasvPattern();
}
