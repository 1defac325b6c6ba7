using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NapterFtp.Benchmarks.Clients;

/// <summary>A client of a contestant that relays FTP: one session, one passive data connection a transfer.</summary>
internal sealed class FtpBulkClient : IBulkClient
{
    private readonly IPEndPoint _contestant;
    private readonly Socket _control;
    private readonly byte[] _buffer = new byte[8192];
    private int _start;
    private int _end;

    public FtpBulkClient(IPEndPoint contestant, string password = "guest")
    {
        _contestant = contestant;
        _control = BulkSocket.Connect(contestant);
        Expect("2", ReadReply());
        Expect("3", Ask("USER napter"));
        Expect("2", Ask($"PASS {password}"));
        Expect("2", Ask("TYPE I"));
    }

    public Transfer Download(long bytes)
    {
        var watch = Stopwatch.StartNew();
        double first;
        using (var data = OpenData($"RETR {bytes}"))
        {
            first = BulkSocket.Receive(data, bytes, watch);
            if (data.Receive(new byte[1]) != 0)
            {
                throw new IOException("The contestant sent too much.");
            }
        }

        Expect("226", ReadReply());
        return new Transfer(watch.Elapsed.TotalSeconds, first);
    }

    public Transfer Upload(long bytes)
    {
        var watch = Stopwatch.StartNew();
        double first;
        using (var data = OpenData("STOR file"))
        {
            first = watch.Elapsed.TotalSeconds;
            BulkSocket.Send(data, bytes);
            data.Shutdown(SocketShutdown.Send);
            while (data.Receive(new byte[1]) > 0)
            {
            }
        }

        Expect("226", ReadReply());
        return new Transfer(watch.Elapsed.TotalSeconds, first);
    }

    /// <summary>Sends a command and returns the last line of its reply.</summary>
    public string Ask(string command)
    {
        _control.Send(Encoding.ASCII.GetBytes(command + "\r\n"));
        return ReadReply();
    }

    public void Dispose() => _control.Dispose();

    private Socket OpenData(string command)
    {
        var reply = Expect("229", Ask("EPSV"));
        var port = int.Parse(reply.Split('|')[3], CultureInfo.InvariantCulture);
        var data = BulkSocket.Connect(new IPEndPoint(_contestant.Address, port));
        Expect("1", Ask(command));
        return data;
    }

    private static string Expect(string code, string reply) =>
        reply.StartsWith(code, StringComparison.Ordinal) ? reply : throw new IOException($"The contestant answered '{reply}', not {code}.");

    private string ReadReply()
    {
        var line = ReadLine();
        var end = line[..3] + ' ';
        while (line.Length > 3 && !line.StartsWith(end, StringComparison.Ordinal))
        {
            line = ReadLine();
        }

        return line;
    }

    private string ReadLine()
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_start == _end)
            {
                (_start, _end) = (0, _control.Receive(_buffer.AsSpan(0, 4096)));
                if (_end == 0)
                {
                    throw new IOException("The contestant ended the control connection.");
                }
            }

            var one = (char)_buffer[_start++];
            if (one == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append(one);
        }
    }
}
