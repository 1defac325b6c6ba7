using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace NapterFtp.Core.Tests.Device;

/// <summary>A bare FTP client for tests: sends what it is told and shows what comes, bytes one to a char.</summary>
internal sealed partial class RawFtpClient : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);
    private readonly TcpClient _control;
    private readonly StreamReader _reader;

    private RawFtpClient(TcpClient control)
    {
        _control = control;
        _reader = new StreamReader(control.GetStream(), Encoding.Latin1);
    }

    public IPEndPoint LocalEndPoint => (IPEndPoint)_control.Client.LocalEndPoint!;

    /// <summary>Connects and reads the greeting.</summary>
    public static async Task<(RawFtpClient Client, string Greeting)> ConnectAsync(IPEndPoint device)
    {
        var control = new TcpClient(device.AddressFamily) { NoDelay = true };
        using var limit = new CancellationTokenSource(s_limit);
        await control.ConnectAsync(device, limit.Token);
        var client = new RawFtpClient(control);
        return (client, await client.ReadReplyAsync());
    }

    /// <summary>Connects and logs in.</summary>
    public static async Task<RawFtpClient> LogInAsync(IPEndPoint device)
    {
        var (client, _) = await ConnectAsync(device);
        if ((await client.SendAsync("USER tester")).StartsWith("331", StringComparison.Ordinal))
        {
            Assert.StartsWith("230", await client.SendAsync("PASS secret"), StringComparison.Ordinal);
        }

        return client;
    }

    public void Dispose() => _control.Dispose();

    /// <summary>Sends a command and reads its first reply.</summary>
    public async Task<string> SendAsync(string command)
    {
        await WriteAsync(command + "\r\n");
        return await ReadReplyAsync();
    }

    /// <summary>Sends bytes as they are.</summary>
    public async Task WriteAsync(string text)
    {
        using var limit = new CancellationTokenSource(s_limit);
        await _control.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text), limit.Token);
    }

    /// <summary>Sends one byte as TCP urgent data.</summary>
    public void WriteUrgent(byte value) => _control.Client.Send([value], SocketFlags.OutOfBand);

    /// <summary>Ends the client's direction and leaves the other open.</summary>
    public void EndWrites() => _control.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Reads a reply, its lines separated by <c>\n</c>; an empty string at the end of the stream.</summary>
    public async Task<string> ReadReplyAsync()
    {
        var lines = new List<string>();
        while (await ReadLineAsync() is { } line)
        {
            lines.Add(line);
            if (!lines[0].AsSpan(3).StartsWith("-", StringComparison.Ordinal) || line == lines[0][..3] || line.StartsWith(lines[0][..3] + " ", StringComparison.Ordinal))
            {
                break;
            }
        }

        return string.Join('\n', lines);
    }

    /// <summary>Reads a line; null at the end of the stream, however it comes.</summary>
    public async Task<string?> ReadLineAsync()
    {
        using var limit = new CancellationTokenSource(s_limit);
        try
        {
            return await _reader.ReadLineAsync(limit.Token);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The port number in a passive reply: the last two numbers of 227, or the only one of 229.</summary>
    public static int PortOf(string passiveReply)
    {
        var numbers = Number().Matches(passiveReply[3..]).Select(match => int.Parse(match.Value, CultureInfo.InvariantCulture)).ToArray();
        return passiveReply.Contains('|', StringComparison.Ordinal) ? numbers[^1] : (numbers[^2] * 256) + numbers[^1];
    }

    /// <summary>Asks for passive mode and connects.</summary>
    public async Task<TcpClient> OpenDataAsync(string command = "PASV") => await ConnectDataAsync(PortOf(await SendAsync(command)));

    /// <summary>Connects to a data port of the device.</summary>
    public async Task<TcpClient> ConnectDataAsync(int port, IPAddress? from = null)
    {
        var device = ((IPEndPoint)_control.Client.RemoteEndPoint!).Address;
        var data = from is null ? new TcpClient(device.AddressFamily) : new TcpClient(new IPEndPoint(from, 0));
        using var limit = new CancellationTokenSource(s_limit);
        await data.ConnectAsync(device, port, limit.Token);
        return data;
    }

    /// <summary>Downloads with a whole passive transfer: all replies to the command, and the data.</summary>
    public async Task<(string[] Replies, byte[] Data)> GetAsync(string command, string passive = "PASV")
    {
        using var data = await OpenDataAsync(passive);
        await WriteAsync(command + "\r\n");
        var bytes = await ReadAllAsync(data);
        return (await ReadRepliesAsync(), bytes);
    }

    /// <summary>Uploads with a whole passive transfer: all replies to the command.</summary>
    public async Task<string[]> PutAsync(string command, byte[] bytes, string passive = "PASV")
    {
        using (var data = await OpenDataAsync(passive))
        {
            await WriteAsync(command + "\r\n");
            using var limit = new CancellationTokenSource(s_limit);
            await data.GetStream().WriteAsync(bytes, limit.Token);
            data.Client.Shutdown(SocketShutdown.Send);
        }

        return await ReadRepliesAsync();
    }

    /// <summary>All the bytes of a data connection.</summary>
    public static async Task<byte[]> ReadAllAsync(TcpClient data)
    {
        using var all = new MemoryStream();
        using var limit = new CancellationTokenSource(s_limit);
        await data.GetStream().CopyToAsync(all, limit.Token);
        return all.ToArray();
    }

    /// <summary>The replies to a transfer command: preliminary ones and the one that is not.</summary>
    public async Task<string[]> ReadRepliesAsync()
    {
        var replies = new List<string>();
        do
        {
            replies.Add(await ReadReplyAsync());
        }
        while (replies[^1].StartsWith('1'));
        return [.. replies];
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();
}
