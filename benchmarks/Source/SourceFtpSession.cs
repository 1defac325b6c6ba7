using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace NapterFtp.Benchmarks.Source;

/// <summary>As much FTP as relays and clients need for transfers: a file's name is its length.</summary>
internal sealed class SourceFtpSession(SourceConnection control, SslStreamCertificateContext certificate, bool dataProtected)
{
    private bool _protected = dataProtected;
    private Socket? _listener;
    private Task<SourceConnection>? _data;

    public void Run()
    {
        using var connection = control;
        try
        {
            Converse();
        }
        finally
        {
            _listener?.Dispose();
        }
    }

    private void Converse()
    {
        control.WriteLine("220 Source ready.");
        while (control.ReadLine() is { } line)
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            var verb = (space < 0 ? line : line[..space]).ToUpperInvariant();
            var argument = space < 0 ? "" : line[(space + 1)..];
            if (verb == "QUIT")
            {
                control.WriteLine("221 Bye.");
                control.End();
                return;
            }

            Answer(verb, argument);
        }
    }

    private void Answer(string verb, string argument)
    {
        switch (verb)
        {
            case "AUTH":
                control.WriteLine("234 Go on.");
                control.Protect(certificate);
                break;
            case "PROT":
                _protected = argument.Equals("P", StringComparison.OrdinalIgnoreCase);
                control.WriteLine("200 OK.");
                break;
            case "FEAT":
                control.WriteLine("211-Features:\r\n EPSV\r\n SIZE\r\n AUTH TLS\r\n PBSZ\r\n PROT\r\n211 End");
                break;
            case "USER":
                control.WriteLine("331 Password, please.");
                break;
            case "PASS":
                control.WriteLine("230 Welcome.");
                break;
            case "EPSV":
                control.WriteLine($"229 Entering Extended Passive Mode (|||{ListenForData()}|)");
                break;
            case "PASV":
                var port = ListenForData();
                control.WriteLine($"227 Entering Passive Mode (127,0,0,1,{port >> 8},{port & 255}).");
                break;
            case "RETR":
                Transfer(data => data.Send(long.Parse(argument.TrimStart('/'), CultureInfo.InvariantCulture)));
                break;
            case "STOR":
                Transfer(data => data.Receive());
                break;
            case "SIZE":
                control.WriteLine($"213 {argument.TrimStart('/')}");
                break;
            case "PWD":
                control.WriteLine("257 \"/\"");
                break;
            case "SYST":
                control.WriteLine("215 UNIX Type: L8");
                break;
            default:
                control.WriteLine("200 OK.");
                break;
        }
    }

    // Accepts and shakes hands at once, whatever comes first of connection and command, as a gateway does. The port stays the same,
    // so that a relay may keep its entry.
    private int ListenForData()
    {
        if (_listener is null)
        {
            _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen(1);
        }

        var (listener, security) = (_listener, _protected ? certificate : null);
        _data ??= Task.Factory.StartNew(
            () => new SourceConnection(listener.Accept(), security), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return ((IPEndPoint)listener.LocalEndPoint!).Port;
    }

    private void Transfer(Action<SourceConnection> move)
    {
        if (_data is null)
        {
            control.WriteLine("425 No passive port.");
            return;
        }

        control.WriteLine("150 Here it comes.");
        using (var data = _data.GetAwaiter().GetResult())
        {
            move(data);
            data.End();
        }

        _data = null;
        control.WriteLine("226 Done.");
    }
}
