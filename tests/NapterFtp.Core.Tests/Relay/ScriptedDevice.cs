using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NapterFtp.Core.Tests.Relay;

/// <summary>An FTP server whose every answer a test decides. Bytes are Latin-1 text, so that any byte can be written and seen.</summary>
internal sealed class ScriptedDevice : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _sessions = [];
    private readonly Task _accepting;
    private int _open;

    public ScriptedDevice()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Greeting { get; set; } = "220 Device ready.\r\n";

    /// <summary>Answers one command line (line end included) of a session.</summary>
    public Func<DeviceSession, string, Task> OnCommand { get; set; } = (session, _) => session.SendAsync("200 Ok.\r\n");

    /// <summary>Control connections that neither side has closed.</summary>
    public int OpenSessions => Volatile.Read(ref _open);

    /// <summary>Every command line received, in order.</summary>
    public List<string> Received { get; } = [];

    /// <summary>Answers PASV and EPSV by listening, transfers by <paramref name="transfer"/>, and everything else with 200.</summary>
    public ScriptedDevice WithTransfers(Func<DeviceSession, string, Task> transfer)
    {
        OnCommand = (session, line) => line.Split(' ', '\r')[0] switch
        {
            "PASV" => session.SendAsync(session.ListenForPasv()),
            "EPSV" => session.SendAsync(session.ListenForEpsv()),
            "RETR" or "LIST" or "STOR" or "NLST" or "MLSD" => transfer(session, line),
            "QUIT" => session.QuitAsync(),
            _ => session.SendAsync("200 Ok.\r\n"),
        };
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_sessions);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                _sessions.Add(RunAsync(new DeviceSession(socket, _stop.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or InvalidOperationException)
        {
        }
    }

    private async Task RunAsync(DeviceSession session)
    {
        Interlocked.Increment(ref _open);
        try
        {
            await session.SendAsync(Greeting);
            while (await session.ReadLineAsync() is { } line)
            {
                lock (Received)
                {
                    Received.Add(line);
                }

                await OnCommand(session, line);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
        }
        finally
        {
            session.Close();
            Interlocked.Decrement(ref _open);
        }
    }
}

/// <summary>One control connection of a <see cref="ScriptedDevice"/>.</summary>
internal sealed class DeviceSession(Socket socket, CancellationToken stop)
{
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private readonly List<byte> _unread = [];
    private TcpListener? _data;

    public async Task SendAsync(string text) => await _stream.WriteAsync(Encoding.Latin1.GetBytes(text), stop);

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

            var count = await _stream.ReadAsync(buffer, stop);
            if (count == 0)
            {
                return null;
            }

            _unread.AddRange(buffer.AsSpan(0, count));
        }
    }

    /// <summary>Listens for a data connection on a new port and gives its number.</summary>
    public int Listen()
    {
        _data?.Stop();
        _data = new TcpListener(IPAddress.Loopback, 0);
        _data.Start();
        return ((IPEndPoint)_data.LocalEndpoint).Port;
    }

    public string ListenForPasv()
    {
        var port = Listen();
        return string.Create(CultureInfo.InvariantCulture, $"227 Entering Passive Mode (10,128,0,5,{port >> 8},{port & 255}).\r\n");
    }

    public string ListenForEpsv() => string.Create(CultureInfo.InvariantCulture, $"229 Entering Extended Passive Mode (|||{Listen()}|)\r\n");

    public void StopListening() => _data?.Stop();

    public Task<TcpClient> AcceptDataAsync() => _data!.AcceptTcpClientAsync(stop).AsTask();

    /// <summary>150, the data, end of the data connection, 226.</summary>
    public async Task SendFileAsync(byte[] content)
    {
        await SendAsync("150 Here it comes.\r\n");
        using (var data = await AcceptDataAsync())
        {
            await data.GetStream().WriteAsync(content, stop);
        }

        await SendAsync("226 Done.\r\n");
    }

    /// <summary>150, the data to its end, 226.</summary>
    public async Task<byte[]> ReceiveFileAsync()
    {
        await SendAsync("150 Go on.\r\n");
        var content = new MemoryStream();
        using (var data = await AcceptDataAsync())
        {
            await data.GetStream().CopyToAsync(content, stop);
        }

        await SendAsync("226 Done.\r\n");
        return content.ToArray();
    }

    public async Task QuitAsync()
    {
        await SendAsync("221 Bye.\r\n");
        Close();
    }

    public void Close()
    {
        _data?.Stop();
        _stream.Dispose();
    }

    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        Close();
    }
}
