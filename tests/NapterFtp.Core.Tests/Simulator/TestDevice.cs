using System.Net;
using System.Net.Sockets;

namespace NapterFtp.Simulator.Tests;

/// <summary>A TCP server on loopback that stands in for a device; each connection is handed to the test.</summary>
internal sealed class TestDevice : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public TestDevice()
    {
        _listener.Start();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>The next connection from the gateway.</summary>
    public Task<Socket> AcceptAsync() => _listener.AcceptSocketAsync(Limit.Token).AsTask();

    /// <summary>The same, on this thread.</summary>
    public Socket Accept() => _listener.AcceptSocket();

    public void Dispose() => _listener.Dispose();
}
