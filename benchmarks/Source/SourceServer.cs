using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace NapterFtp.Benchmarks.Source;

/// <summary>What all contestants fetch from and push to, in a process of its own: one port with raw bytes over TLS, one with FTP
/// over TLS from the first byte, as a gateway in front of a device has it, and one with FTP that asks for <c>AUTH TLS</c>.</summary>
internal static class SourceServer
{
    /// <summary>The name in the certificate.</summary>
    public const string HostName = "gateway.test";

    /// <summary>Serves until standard input ends. Prints the three ports.</summary>
    public static void Run(SslStreamCertificateContext certificate)
    {
        var raw = Listen(socket => ServeRaw(new SourceConnection(socket, certificate)));
        var ftp = Listen(socket => new SourceFtpSession(new SourceConnection(socket, certificate), certificate, dataProtected: true).Run());
        var ftps = Listen(socket => new SourceFtpSession(new SourceConnection(socket, null), certificate, dataProtected: false).Run());
        Console.WriteLine(FormattableString.Invariant($"{raw} {ftp} {ftps}"));
        Console.In.ReadToEnd();
    }

    /// <summary>Listens on a free port of loopback and gives each connection a thread.</summary>
    internal static int Listen(Action<Socket> serve)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(2048);
        StartThread(() =>
        {
            while (true)
            {
                var socket = listener.Accept();
                StartThread(() => Guard(socket, serve));
            }
        });
        return ((IPEndPoint)listener.LocalEndPoint!).Port;
    }

    /// <summary>Each line says what to do: <c>GET bytes</c> or <c>PUT bytes</c>, which is answered with <c>OK</c>.</summary>
    private static void ServeRaw(SourceConnection connection)
    {
        using (connection)
        {
            while (connection.ReadLine()?.Split(' ') is [var verb, var length])
            {
                var bytes = long.Parse(length, null);
                if (verb == "GET")
                {
                    connection.Send(bytes);
                }
                else if (connection.Receive(bytes) == bytes)
                {
                    connection.WriteLine("OK");
                }
            }

            connection.End();
        }
    }

    private static void Guard(Socket socket, Action<Socket> serve)
    {
        try
        {
            serve(socket);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
        {
            // A contestant that was ended, mostly; the log tells of others.
            Console.Error.WriteLine(e);
            socket.Dispose();
        }
    }

    private static void StartThread(Action run) => new Thread(() => run(), 256 * 1024) { IsBackground = true }.Start();
}
