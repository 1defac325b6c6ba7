using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Time.Testing;
using NapterFtp.Entries;
using NapterFtp.Transport;

namespace NapterFtp.Core.Tests.Transport;

/// <summary>The pump over real sockets and TLS, on threads of its own (bulk) and without.</summary>
public sealed class BulkRelayTests : IAsyncDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly LoopbackGateway _gateway = new();
    private readonly ByteCounters _counters = new();
    private readonly List<IAsyncDisposable> _open = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _open)
        {
            await connection.DisposeAsync();
        }

        _gateway.Dispose();
        _certificates.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Much_data_arrives_whole_in_both_directions_at_once(bool bulk)
    {
        var (local, client, device, server) = await ConnectAsync(bulk);
        Assert.Equal(bulk, device.CanBlock);
        var down = RandomNumberGenerator.GetBytes(9_000_001);
        var up = RandomNumberGenerator.GetBytes(7_000_003);
        var pump = DataPump.Start(client, device, _counters, new DataPumpOptions(), default);
        var atServer = ReadToEndAsync(server);
        var received = Task.WhenAll(ReadToEndAsync(local), atServer);
        await Task.WhenAll(
            SendAsync(server, down, async () =>
            {
                // A bare SslStream must not be shut down while it reads: OpenSSL's memory is damaged by that.
                await atServer;
                await server.ShutdownAsync();
            }),
            SendAsync(local, up, () =>
            {
                local.Socket.Shutdown(SocketShutdown.Send);
                return Task.CompletedTask;
            }));
        var results = await received;
        Assert.Equal(down, results[0]);
        Assert.Equal(up, results[1]);
        var result = await pump.Completion;
        Assert.Equal((DataPumpEnd.Completed, true), (result.End, device.EndedCleanly));
        Assert.Equal((down.LongLength, up.LongLength), (_counters.FromDevice, _counters.ToDevice));
        Assert.Equal(bulk, device.CanBlock);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_abort_ends_a_pump_that_waits_for_data(bool bulk)
    {
        var (local, client, device, _) = await ConnectAsync(bulk);
        var pump = DataPump.Start(client, device, _counters, new DataPumpOptions(), default);
        await local.WriteAsync(new byte[10]);
        await UntilAsync(() => _counters.ToDevice == 10);
        pump.Abort();
        Assert.Equal(DataPumpEnd.Aborted, (await pump.Completion.WaitAsync(TimeSpan.FromSeconds(30))).End);
        var error = await Assert.ThrowsAsync<IOException>(async () => await local.ReadExactlyAsync(new byte[1]));
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_idle_time_out_ends_a_pump_whose_client_has_stopped_reading(bool bulk)
    {
        var time = new FakeTimeProvider();
        var (_, client, device, server) = await ConnectAsync(bulk);
        var pump = DataPump.Start(client, device, _counters, new DataPumpOptions { IdleTimeout = TimeSpan.FromMinutes(1), Time = time }, default);
        var sending = Assert.ThrowsAnyAsync<Exception>(() => SendAsync(server, new byte[200_000_000], () => Task.CompletedTask));
        await UntilStillAsync(() => _counters.FromDevice);
        while (!pump.Completion.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(30));
            await Task.Yield();
        }

        Assert.Equal(DataPumpEnd.Idle, (await pump.Completion).End);
        await sending.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_has_come_is_handed_on_while_the_rest_of_a_record_is_missing(bool bulk)
    {
        var (local, client, device, server) = await ConnectAsync(bulk);
        var pump = DataPump.Start(client, device, _counters, new DataPumpOptions(), default);
        for (var size = 1; size < 100_000; size *= 3)
        {
            await server.WriteAsync(new byte[size]);
            await local.ReadExactlyAsync(new byte[size]);
        }

        pump.Abort();
        await pump.Completion;
    }

    [Fact]
    public async Task A_device_that_goes_without_a_word_is_told_from_one_that_ends_well()
    {
        var (local, client, device, server) = await ConnectAsync(bulk: true);
        var pump = DataPump.Start(client, device, _counters, new DataPumpOptions(), default);
        await server.WriteAsync(new byte[100]);
        await server.DisposeAsync();
        await ReadToEndAsync(local);
        await local.DisposeAsync();
        await pump.Completion;
        Assert.False(pump.DeviceEndedCleanly);
    }

    [Fact]
    public async Task Beyond_the_limit_connections_are_relayed_without_threads_of_their_own()
    {
        using var certificate = _certificates.Issue("gateway.test");
        var dialer = Dialer(new GatewayDialerOptions { BlockingLimit = 1 });
        var first = await DialAsync(dialer);
        Assert.True(first.CanBlock);
        Assert.Equal(OperatingSystem.IsWindows(), (await DialAsync(dialer)).CanBlock);
        await first.DisposeAsync();
        Assert.True((await DialAsync(dialer)).CanBlock);

        async Task<Connection> DialAsync(GatewayDialer dialer)
        {
            var accepting = _gateway.AcceptTlsAsync(certificate);
            var connection = await dialer.ConnectAsync(_gateway.EndPoint with { Bulk = true }, default);
            _open.Add(connection);
            _open.Add(await accepting);
            return connection;
        }
    }

    [Fact]
    public async Task A_handshake_on_a_thread_of_its_own_can_time_out_and_be_cancelled()
    {
        var time = new FakeTimeProvider();
        var dialer = Dialer(new GatewayDialerOptions { BlockingLimit = 1 }, time);
        var accepting = _gateway.AcceptAsync();
        var connecting = dialer.ConnectAsync(_gateway.EndPoint with { Bulk = true }, default);
        using var server = await accepting;
        await server.ReceiveAsync(new byte[1]);
        time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal("GatewayTimeout", (await Assert.ThrowsAsync<NapterFtpException>(() => connecting)).ErrorId);

        using var cancel = new CancellationTokenSource();
        accepting = _gateway.AcceptAsync();
        connecting = dialer.ConnectAsync(_gateway.EndPoint with { Bulk = true }, cancel.Token);
        using var second = await accepting;
        await second.ReceiveAsync(new byte[1]);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>Until a value has stayed the same for many turns, as when every buffer on the way is full.</summary>
    private static async Task UntilStillAsync(Func<long> value)
    {
        for (var (last, turns) = (-1L, 0); turns < 20_000; turns++)
        {
            if (value() is var now && now != last)
            {
                (last, turns) = (now, 0);
            }

            await Task.Yield();
        }
    }

    private static async Task<byte[]> ReadToEndAsync(Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }

    private static async Task SendAsync(Stream stream, byte[] bytes, Func<Task> end)
    {
        await stream.WriteAsync(bytes);
        await end();
    }

    private GatewayDialer Dialer(GatewayDialerOptions? options = null, TimeProvider? time = null) =>
        new((options ?? new GatewayDialerOptions()) with { ExtraRoots = [_certificates.Root] }, time ?? TimeProvider.System);

    private async Task<(NetworkStream Local, Connection Client, Connection Device, SslStream Server)> ConnectAsync(bool bulk)
    {
        using var certificate = _certificates.Issue("gateway.test");
        var accepting = _gateway.AcceptTlsAsync(certificate);
        var device = await Dialer().ConnectAsync(_gateway.EndPoint with { Bulk = bulk }, default);
        var server = await accepting;

        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndpoint);
        var local = new NetworkStream(socket, ownsSocket: true);
        var client = new SocketConnection(await listener.AcceptSocketAsync());
        _open.AddRange([local, client, device, server]);
        return (local, client, device, server);
    }
}
