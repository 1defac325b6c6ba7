using System.Net;
using System.Net.Sockets;
using NapterFtp.Core.Tests.Entries;
using NapterFtp.Transport;

namespace NapterFtp.Core.Tests.Relay;

/// <summary>Stands in for the gateway: an entry leads to the port of its number on loopback, 21 to the device's control port.</summary>
internal sealed class DirectDialer(FakePortMappingApi api, int controlPort) : IGatewayDialer
{
    /// <summary>Set to fail the next dials to data ports.</summary>
    public NapterFtpException? DataFailure { get; set; }

    /// <summary>Asked before each dial to a data port for what goes wrong with it.</summary>
    public Func<Exception?> DataTrouble { get; set; } = () => null;

    /// <summary>Waited for before each dial to a data port.</summary>
    public Task DataDelay { get; set; } = Task.CompletedTask;

    /// <summary>Whether data connections end as if cut: without TLS's end marker.</summary>
    public bool CutsData { get; set; }

    public async Task<Connection> ConnectAsync(GatewayEndPoint endPoint, CancellationToken cancellationToken)
    {
        var entry = api.Entries.FirstOrDefault(entry => entry.EndPoint.Equals(endPoint.EndPoint))
            ?? throw new NapterFtpException("GatewayTimeout", NapterFtpErrorKind.Timeout, "There is no such entry.");
        if (entry.DevicePort != 21 && DataFailure is { } failure)
        {
            throw failure;
        }

        if (entry.DevicePort != 21 && DataTrouble() is { } trouble)
        {
            throw trouble;
        }

        if (entry.DevicePort != 21)
        {
            await DataDelay.WaitAsync(cancellationToken);
        }

        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, entry.DevicePort == 21 ? controlPort : entry.DevicePort, cancellationToken);
        }
        catch (SocketException e)
        {
            // A server that refuses a transfer may close its listener before it is reached.
            socket.Dispose();
            throw GatewayErrors.Connect(endPoint, e);
        }

        var connection = new SocketConnection(socket);
        return CutsData && entry.DevicePort != 21 ? new CutConnection(connection) : connection;
    }

    private sealed class CutConnection(Connection inner) : Connection
    {
        public override bool EndedCleanly => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => inner.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) => inner.WriteAsync(buffer, cancellationToken);

        public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken) => inner.CompleteWritesAsync(cancellationToken);

        public override void Abort() => inner.Abort();

        public override ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
