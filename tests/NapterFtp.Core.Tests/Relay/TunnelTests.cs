using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using NapterFtp.Simulator;
using NapterFtp.Soracom;
using NapterFtp.Relay;

namespace NapterFtp.Core.Tests.Relay;

/// <summary>Any TCP protocol, through a simulated gateway to a real listener.</summary>
public sealed class TunnelTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly ConcurrentQueue<NapterPortEvent> _events = new();
    private readonly TcpListener _device = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _limit = new(Patience);
    private NapterSimulator _simulator = null!;
    private NapterConnection _connection = null!;
    private TcpTunnel? _tunnel;

    private CancellationToken Token => _limit.Token;

    private int DevicePort => ((IPEndPoint)_device.LocalEndpoint).Port;

    public async ValueTask InitializeAsync()
    {
        _device.Start();
        _simulator = await NapterSimulator.StartAsync(cancellationToken: Token);
        _connection = await NapterConnection.ConnectAsync(
            new NapterConnectionOptions
            {
                Credential = new SoracomCredential.AuthKey(_simulator.AuthKeyId, NapterFtp.Soracom.Secrets.ToSecure(_simulator.AuthKey)),
                Endpoint = _simulator.ApiEndPoint,
                TrustedRootPath = _simulator.TrustedRootPath,
                Environment = _ => null,
            },
            Token);
    }

    public async ValueTask DisposeAsync()
    {
        await (_tunnel?.DisposeAsync() ?? default);
        await _connection.DisposeAsync();
        await _simulator.DisposeAsync();
        _device.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task A_request_and_its_answer_pass_byte_for_byte_and_an_end_of_stream_as_a_half_close()
    {
        await StartAsync();
        await using var client = await DialAsync();
        await using var device = await AcceptAsync();

        // Modbus/TCP: read ten holding registers.
        byte[] request = [0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 10];
        await client.WriteAsync(request, Token);
        client.Socket.Shutdown(SocketShutdown.Send);
        Assert.Equal(request, await ReadAllAsync(device));

        byte[] answer = [0, 1, 0, 0, 0, 3, 1, 0x83, 2, 0xFF];
        await device.WriteAsync(answer, Token);
        device.Socket.Shutdown(SocketShutdown.Send);
        Assert.Equal(answer, await ReadAllAsync(client));
    }

    [Fact]
    public async Task Many_connections_share_one_port_whose_last_event_counts_them_all()
    {
        await StartAsync();
        for (var i = 0; i < 3; i++)
        {
            await using var client = await DialAsync();
            await using var device = await AcceptAsync();
            await client.WriteAsync(new byte[100], Token);
            client.Socket.Shutdown(SocketShutdown.Send);
            await ReadAllAsync(device);
        }

        Assert.Equal(3, _tunnel!.Snapshot().TotalConnections);
        await _tunnel.StopAsync(Patience, Token);
        Assert.Equal(1, _simulator.Counters.EntriesCreated);
        Assert.Empty(_simulator.PortMappings);
        Assert.Equal(300, _events.Last().BytesToDevice);
        Assert.Equal(300, _tunnel.Snapshot().BytesToDevice);
        Assert.Equal(NapterPortState.Closed, _events.Last().State);
        Assert.All(_events, step => Assert.Equal(NapterPortKind.Tunnel, step.Kind));
    }

    [Fact]
    public async Task Stopping_without_a_drain_resets_what_runs()
    {
        await StartAsync();
        await using var client = await DialAsync();
        await using var device = await AcceptAsync();
        await _tunnel!.StopAsync(TimeSpan.Zero, Token);
        await Assert.ThrowsAnyAsync<IOException>(async () => await client.ReadExactlyAsync(new byte[1], Token));
        Assert.Empty(_simulator.PortMappings);
        Assert.Equal(NapterFtpProxyState.Stopped, _tunnel.Snapshot().State);
    }

    [Fact]
    public async Task A_client_that_is_not_allowed_is_cut_off_and_none_reaches_the_device()
    {
        await StartAsync(options => options with { AllowedClients = [IPNetwork.Parse("192.0.2.0/24")] });
        var error = await Record.ExceptionAsync(async () =>
        {
            await using var client = await DialAsync();
            await client.ReadExactlyAsync(new byte[1], Token);
        });
        Assert.True(error is IOException or SocketException, error?.ToString());
        Assert.False(_device.Pending());
    }

    [Fact]
    public async Task A_device_that_does_not_exist_shows_at_the_start()
    {
        var error = await Assert.ThrowsAsync<SoracomApiException>(
            () => StartAsync(options => options with { Device = DeviceTarget.FromImsi("999999999999999") }));
        Assert.Equal("DeviceNotFound", error.ErrorId);
        Assert.Equal(NapterPortState.Failed, _events.Last().State);
    }

    private async Task StartAsync(Func<TcpTunnelOptions, TcpTunnelOptions>? configure = null)
    {
        var options = new TcpTunnelOptions { Device = DeviceTarget.FromImsi(_simulator.Imsi), DevicePort = DevicePort, Name = "tunnel" };
        _tunnel = await TcpTunnel.StartAsync(_connection, configure?.Invoke(options) ?? options, _events.Enqueue, Token);
    }

    private async Task<NetworkStream> DialAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_tunnel!.ListenEndPoint, Token);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private async Task<NetworkStream> AcceptAsync() => new(await _device.AcceptSocketAsync(Token), ownsSocket: true);

    private async Task<byte[]> ReadAllAsync(NetworkStream from)
    {
        using var read = new MemoryStream();
        await from.CopyToAsync(read, Token);
        return read.ToArray();
    }
}
