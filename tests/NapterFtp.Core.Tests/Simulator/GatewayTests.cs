using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Microsoft.Extensions.Time.Testing;

namespace NapterFtp.Simulator.Tests;

public sealed class GatewayTests : IAsyncDisposable
{
    private readonly TestDevice _device = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private NapterSimulator _simulator = null!;
    private SimulatorUser _user = null!;

    public async ValueTask DisposeAsync()
    {
        _user?.Dispose();
        _device.Dispose();
        await _simulator.DisposeAsync();
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 0)]
    [InlineData(true, 2)]
    public async Task Bytes_pass_in_both_directions_and_each_direction_ends_by_itself(bool tls, int roundTripMilliseconds)
    {
        await StartAsync(new()
        {
            RoundTrip = TimeSpan.FromMilliseconds(roundTripMilliseconds),
            UserRoundTrip = TimeSpan.FromMilliseconds(roundTripMilliseconds),
            Sims = Sims,
        });
        var up = RandomNumberGenerator.GetBytes(3_000_000);
        var down = RandomNumberGenerator.GetBytes(5_000_000);
        var entry = await _user.CreateAsync(tls: tls);
        await using Stream stream = tls
            ? await _user.ConnectTlsAsync(entry)
            : new NetworkStream(await SimulatorUser.ConnectAsync(entry), ownsSocket: true);
        using var device = new NetworkStream(await _device.AcceptAsync(), ownsSocket: true);

        // The user ends its direction first and still gets all of the other.
        var upload = Task.Run(async () =>
        {
            await stream.WriteAsync(up, Limit.Token);
            if (stream is SslStream secure)
            {
                await secure.ShutdownAsync();
            }
            else
            {
                ((NetworkStream)stream).Socket.Shutdown(SocketShutdown.Send);
            }
        });
        Assert.Equal(up, await ReadAllAsync(device));
        await upload;
        await device.WriteAsync(down, Limit.Token);
        device.Socket.Shutdown(SocketShutdown.Send);

        Assert.Equal(down, await ReadAllAsync(stream));
        Assert.Equal(up.Length, _simulator.Counters.BytesToDevice);
        Assert.Equal(down.Length, _simulator.Counters.BytesFromDevice);
        Assert.Equal(0, _simulator.Counters.ConnectionsEndedWithoutCloseNotify);
    }

    [Fact]
    public async Task The_device_may_end_its_direction_first()
    {
        await StartAsync();
        await using var stream = await _user.ConnectTlsAsync(await _user.CreateAsync());
        using var device = new NetworkStream(await _device.AcceptAsync(), ownsSocket: true);

        device.Socket.Shutdown(SocketShutdown.Send);
        Assert.Empty(await ReadAllAsync(stream));
        await stream.WriteAsync("still heard"u8.ToArray(), Limit.Token);
        await stream.ShutdownAsync();

        Assert.Equal("still heard"u8.ToArray(), await ReadAllAsync(device));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reset_on_either_side_is_a_reset_on_the_other(bool byDevice)
    {
        await StartAsync();
        var entry = await _user.CreateAsync(tls: false);
        using var user = await SimulatorUser.ConnectAsync(entry);
        using var device = await _device.AcceptAsync();
        var (resetting, suffering) = byDevice ? (device, user) : (user, device);

        resetting.LingerState = new LingerOption(true, 0);
        resetting.Dispose();

        var error = await Assert.ThrowsAsync<SocketException>(
            () => suffering.ReceiveAsync(new byte[1], Limit.Token).AsTask());
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
    }

    [Fact]
    public async Task A_slow_reader_holds_the_sender_back()
    {
        await StartAsync();
        await using var stream = await _user.ConnectTlsAsync(await _user.CreateAsync());
        using var device = await _device.AcceptAsync();
        var chunk = new byte[64 * 1024];
        device.Blocking = false;

        // Nothing reads at the user's end: after what the buffers hold, the device can't send on.
        var accepted = 0L;
        var refusals = 0;
        while (refusals < 3)
        {
            try
            {
                accepted += device.Send(chunk);
                Assert.True(accepted < 256L * 1024 * 1024, "Nobody holds the sender back.");
                refusals = 0;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
            {
                refusals++;
                device.Poll(TimeSpan.FromMilliseconds(200), SelectMode.SelectWrite);
            }
        }

        device.Shutdown(SocketShutdown.Send);
        Assert.Equal(accepted, (await ReadAllAsync(stream)).LongLength);
    }

    [Fact]
    public async Task Only_the_right_host_name_and_authority_verify()
    {
        await StartAsync();
        var entry = await _user.CreateAsync();

        using var wrongName = new SslStream(new NetworkStream(await SimulatorUser.ConnectAsync(entry), ownsSocket: true));
        await Assert.ThrowsAsync<AuthenticationException>(() => _user.HandshakeAsync(wrongName, "napter.example.test"));
        using var noTrust = new SslStream(new NetworkStream(await SimulatorUser.ConnectAsync(entry), ownsSocket: true));
        await Assert.ThrowsAsync<AuthenticationException>(
            () => noTrust.AuthenticateAsClientAsync(entry.GetProperty("hostname").GetString()!));
    }

    [Fact]
    public async Task An_old_version_of_TLS_is_refused()
    {
        await StartAsync();
        using var socket = await SimulatorUser.ConnectAsync(await _user.CreateAsync());

        // A ClientHello of TLS 1.0 with one cipher suite (RFC 2246 section 7.4.1.2).
        byte[] hello = [0x16, 3, 1, 0, 45, 1, 0, 0, 41, 3, 1, .. new byte[32], 0, 0, 2, 0, 0x2f, 1, 0];
        await socket.SendAsync(hello, Limit.Token);

        var answer = new byte[16];
        var length = await socket.ReceiveAsync(answer, Limit.Token);
        Assert.True(length == 0 || answer[0] == 0x15, "An alert, or the end.");
    }

    [Fact]
    public async Task Any_port_but_the_control_port_leads_to_the_same_number_on_the_device()
    {
        await StartAsync();
        using var data = new TestDevice();
        using var user = await SimulatorUser.ConnectAsync(await _user.CreateAsync(data.EndPoint.Port, tls: false));
        using var viaData = await data.AcceptAsync();

        using var other = await SimulatorUser.ConnectAsync(await _user.CreateAsync(_device.EndPoint.Port, tls: false));
        using var viaControl = await _device.AcceptAsync();
        Assert.Equal([false, true], _simulator.PortMappings.Select(entry => entry.IsControl));
    }

    [Fact]
    public async Task An_address_outside_the_ranges_is_never_answered_and_audited()
    {
        await StartAsync();
        var entry = await _user.CreateAsync(ranges: ["203.0.113.0/24"]);

        using var socket = await SimulatorUser.ConnectAsync(entry);
        await Limit.UntilAsync(async () => (await AuditTypesAsync()).Contains("DENIED"));

        Assert.False(socket.Poll(TimeSpan.Zero, SelectMode.SelectRead));
        Assert.Equal(0, _simulator.Counters.Connections);
    }

    [Theory]
    [InlineData(ClosedEntryBehaviour.Silent)]
    [InlineData(ClosedEntryBehaviour.Refuse)]
    public async Task After_its_deletion_an_entry_lets_nobody_in_but_live_connections_go_on(ClosedEntryBehaviour behaviour)
    {
        await StartAsync(new() { AfterDelete = behaviour, Sims = Sims, TimeProvider = _time });
        var entry = await _user.CreateAsync(tls: false);
        using var live = await SimulatorUser.ConnectAsync(entry);
        using var device = await _device.AcceptAsync();

        Assert.Equal(HttpStatusCode.NoContent, (await _user.DeleteAsync(entry)).StatusCode);
        if (behaviour == ClosedEntryBehaviour.Refuse)
        {
            await Assert.ThrowsAsync<SocketException>(() => SimulatorUser.ConnectAsync(entry));
        }
        else
        {
            using var silent = await SimulatorUser.ConnectAsync(entry);
            await Limit.UntilAsync(async () => (await AuditTypesAsync()).Contains("DENIED"));
            Assert.False(silent.Poll(TimeSpan.Zero, SelectMode.SelectRead));
        }

        await device.SendAsync("x"u8.ToArray(), Limit.Token);
        Assert.Equal(1, await live.ReceiveAsync(new byte[1], Limit.Token));
        Assert.Equal(HttpStatusCode.NotFound, (await _user.DeleteAsync(entry)).StatusCode);
    }

    [Fact]
    public async Task The_silence_after_a_deletion_ends_with_its_time()
    {
        await StartAsync(new() { Sims = Sims, TimeProvider = _time });
        var entry = await _user.CreateAsync(tls: false);
        await _user.DeleteAsync(entry);
        using var silent = await SimulatorUser.ConnectAsync(entry);
        await Limit.UntilAsync(async () => (await AuditTypesAsync()).Contains("DENIED"));

        _time.Advance(TimeSpan.FromMinutes(1));

        await Assert.ThrowsAsync<SocketException>(() => silent.ReceiveAsync(new byte[1], Limit.Token).AsTask());
        await Assert.ThrowsAsync<SocketException>(() => SimulatorUser.ConnectAsync(entry));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_entry_ends_by_itself_and_cuts_its_connections_where_told_to(bool cut)
    {
        await StartAsync(new() { CutAtExpiry = cut, Sims = Sims, TimeProvider = _time });
        var entry = await _user.CreateAsync(duration: 60, tls: false);
        using var live = await SimulatorUser.ConnectAsync(entry);
        using var device = await _device.AcceptAsync();

        _time.Advance(TimeSpan.FromSeconds(60));

        Assert.Empty(_simulator.PortMappings);
        Assert.Contains("EXPIRED", await AuditTypesAsync());
        if (cut)
        {
            await Assert.ThrowsAsync<SocketException>(() => live.ReceiveAsync(new byte[1], Limit.Token).AsTask());
        }
        else
        {
            await device.SendAsync("x"u8.ToArray(), Limit.Token);
            Assert.Equal(1, await live.ReceiveAsync(new byte[1], Limit.Token));
        }
    }

    [Theory]
    [InlineData(UnreachableBehaviour.Reset)]
    [InlineData(UnreachableBehaviour.Close)]
    public async Task A_device_that_is_offline_ends_the_connection_as_set(UnreachableBehaviour behaviour)
    {
        await StartAsync(new() { DeviceUnreachable = behaviour, DeviceOffline = OfflineBehaviour.ConnectFails, Sims = Sims });
        _simulator.Sims[0].Online = false;
        var entry = await _user.CreateAsync(tls: false);

        if (behaviour == UnreachableBehaviour.Close)
        {
            Assert.Equal(0, await ReceiveAsync());
        }
        else
        {
            await Assert.ThrowsAsync<SocketException>(ReceiveAsync);
        }

        async Task<int> ReceiveAsync()
        {
            using var user = await SimulatorUser.ConnectAsync(entry);
            return await user.ReceiveAsync(new byte[1], Limit.Token);
        }
    }

    [Fact]
    public async Task Round_trips_on_the_control_connection_are_counted_by_bursts()
    {
        await StartAsync();
        await using var user = await _user.ConnectTlsAsync(await _user.CreateAsync());
        using var device = new NetworkStream(await _device.AcceptAsync(), ownsSocket: true);

        foreach (var commands in new[] { 1, 2, 1 })
        {
            await device.WriteAsync("220 ready\r\n"u8.ToArray(), Limit.Token);
            await user.ReadExactlyAsync(new byte[11], Limit.Token);
            for (var i = 0; i < commands; i++)
            {
                await user.WriteAsync("NOOP\r\n"u8.ToArray(), Limit.Token);
                await device.ReadExactlyAsync(new byte[6], Limit.Token);
            }
        }

        Assert.Equal(3, _simulator.Counters.ControlRoundTrips);
    }

    [Fact]
    public async Task The_audit_log_tells_the_life_of_an_entry_newest_first()
    {
        await StartAsync();
        var entry = await _user.CreateAsync(tls: false);
        using (var user = await SimulatorUser.ConnectAsync(entry))
        using (await _device.AcceptAsync())
        {
            await Limit.UntilAsync(async () => (await AuditTypesAsync()).Contains("CONNECTED"));
        }

        await Limit.UntilAsync(async () => (await AuditTypesAsync()).Contains("CLOSED"));
        await _user.DeleteAsync(entry);

        Assert.Equal(["DELETED", "CLOSED", "CONNECTED", "ACCESS", "CREATED"], await AuditTypesAsync());
    }

    [Fact]
    public async Task Too_many_connections_in_a_short_time_are_refused()
    {
        await StartAsync(new() { AbuseLimit = 2, Sims = Sims });
        var entry = await _user.CreateAsync(tls: false);
        using var first = await SimulatorUser.ConnectAsync(entry);
        using var second = await SimulatorUser.ConnectAsync(entry);
        using var deviceFirst = await _device.AcceptAsync();
        using var deviceSecond = await _device.AcceptAsync();

        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            using var third = await SimulatorUser.ConnectAsync(entry);
            await third.ReceiveAsync(new byte[1], Limit.Token);
        });

        Assert.Contains("REFUSED", await AuditTypesAsync());
    }

    [Fact]
    public async Task Disposing_of_the_simulator_ends_everything_and_leaves_no_file()
    {
        await StartAsync();
        using var user = await SimulatorUser.ConnectAsync(await _user.CreateAsync(tls: false));
        using var device = await _device.AcceptAsync();
        var folder = Path.GetDirectoryName(_simulator.TrustedRootPath)!;

        await _simulator.DisposeAsync().AsTask().Soon();

        await Assert.ThrowsAsync<SocketException>(() => user.ReceiveAsync(new byte[1], Limit.Token).AsTask());
        Assert.False(Directory.Exists(folder));
    }

    private SimulatedSimOptions[] Sims => [new() { DeviceEndPoint = _device.EndPoint }];

    private async Task StartAsync(SimulatorOptions? options = null)
    {
        _simulator = await NapterSimulator.StartAsync(options ?? new() { Sims = Sims });
        _user = await SimulatorUser.SignInAsync(_simulator);
    }

    private async Task<string[]> AuditTypesAsync() =>
        [.. (await _user.GetJsonAsync("/v1/audit_logs/napter")).EnumerateArray().Select(entry => entry.GetProperty("type").GetString()!)];

    private static async Task<byte[]> ReadAllAsync(Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, Limit.Token);
        return all.ToArray();
    }
}
