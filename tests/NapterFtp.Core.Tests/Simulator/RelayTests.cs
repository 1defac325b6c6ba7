using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;

namespace NapterFtp.Simulator.Tests;

public sealed class RelayTests : SimulatorFixture
{
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
        var entry = await User.CreateAsync(tls: tls);
        await using Stream stream = tls
            ? await User.ConnectTlsAsync(entry)
            : new NetworkStream(await SimulatorUser.ConnectAsync(entry), ownsSocket: true);
        using var device = new NetworkStream(await Device.AcceptAsync(), ownsSocket: true);

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
        Assert.Equal(up.Length, Simulator.Counters.BytesToDevice);
        Assert.Equal(down.Length, Simulator.Counters.BytesFromDevice);
        Assert.Equal(0, Simulator.Counters.ConnectionsEndedWithoutCloseNotify);
    }

    [Fact]
    public async Task The_device_may_end_its_direction_first()
    {
        await StartAsync();
        await using var stream = await User.ConnectTlsAsync(await User.CreateAsync());
        using var device = new NetworkStream(await Device.AcceptAsync(), ownsSocket: true);

        device.Socket.Shutdown(SocketShutdown.Send);
        Assert.Empty(await ReadAllAsync(stream));
        await stream.WriteAsync("still heard"u8.ToArray(), Limit.Token);
        await stream.ShutdownAsync();

        Assert.Equal("still heard"u8.ToArray(), await ReadAllAsync(device));
    }

    [Fact]
    public async Task The_devices_end_does_no_harm_to_what_the_user_sends_meanwhile()
    {
        await StartAsync();
        var entry = await User.CreateAsync();
        const int Records = 2_000;
        var record = new byte[64];
        for (var round = 0; round < 50; round++)
        {
            await using var stream = await User.ConnectTlsAsync(entry);
            using var device = new NetworkStream(await Device.AcceptAsync(), ownsSocket: true);
            var upload = Task.Run(async () =>
            {
                for (var count = 0; count < Records; count++)
                {
                    await stream.WriteAsync(record, Limit.Token);
                }
            });
            await device.ReadExactlyAsync(record, Limit.Token);
            var arriving = ReadAllAsync(device);
            var answer = ReadAllAsync(stream);

            device.Socket.Shutdown(SocketShutdown.Send);

            Assert.Empty(await answer);
            await upload;
            await stream.ShutdownAsync();
            Assert.Equal((Records - 1) * record.Length, (await arriving).Length);
        }

        Assert.Equal(0, Simulator.Counters.ConnectionsEndedWithoutCloseNotify);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reset_on_either_side_is_a_reset_on_the_other(bool byDevice)
    {
        await StartAsync();
        var entry = await User.CreateAsync(tls: false);
        using var user = await SimulatorUser.ConnectAsync(entry);
        using var device = await Device.AcceptAsync();
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
        await using var stream = await User.ConnectTlsAsync(await User.CreateAsync());
        using var device = await Device.AcceptAsync();
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
    public async Task A_device_that_resets_at_once_is_audited_as_connected()
    {
        const int Count = 300;
        await StartAsync();
        var entry = await User.CreateAsync(tls: false);

        // A thread that does nothing else is often faster than the gateway hears that it has a connection.
        var resetting = Task.Factory.StartNew(
            () =>
            {
                for (var number = 0; number < Count; number++)
                {
                    Device.Accept().Close(timeout: 0);
                }
            },
            Limit.Token,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        for (var number = 0; number < Count; number++)
        {
            // The reset passed on may overtake the user's connection in the same way.
            Assert.IsType<SocketException>(await Record.ExceptionAsync(ConnectAndReadAsync));
        }

        await resetting;
        await Limit.UntilAsync(async () => (await AuditTypesAsync(1000)).Count(type => type is "CLOSED") == Count);
        Assert.Equal(Count, (await AuditTypesAsync(1000)).Count(type => type is "CONNECTED"));

        async Task ConnectAndReadAsync()
        {
            using var user = await SimulatorUser.ConnectAsync(entry);
            await user.ReceiveAsync(new byte[1], Limit.Token);
        }
    }

    [Fact]
    public async Task Only_the_right_host_name_and_authority_verify()
    {
        await StartAsync();
        var entry = await User.CreateAsync();

        using var wrongName = new SslStream(new NetworkStream(await SimulatorUser.ConnectAsync(entry), ownsSocket: true));
        await Assert.ThrowsAsync<AuthenticationException>(() => User.HandshakeAsync(wrongName, "napter.example.test"));
        using var noTrust = new SslStream(new NetworkStream(await SimulatorUser.ConnectAsync(entry), ownsSocket: true));
        await Assert.ThrowsAsync<AuthenticationException>(
            () => noTrust.AuthenticateAsClientAsync(entry.GetProperty("hostname").GetString()!));
    }

    [Fact]
    public async Task An_old_version_of_TLS_is_refused()
    {
        await StartAsync();
        using var socket = await SimulatorUser.ConnectAsync(await User.CreateAsync());

        // A ClientHello of TLS 1.0 with one cipher suite (RFC 2246 section 7.4.1.2).
        byte[] hello = [0x16, 3, 1, 0, 45, 1, 0, 0, 41, 3, 1, .. new byte[32], 0, 0, 2, 0, 0x2f, 1, 0];
        await socket.SendAsync(hello, Limit.Token);

        var answer = new byte[16];
        var length = await socket.ReceiveAsync(answer, Limit.Token);
        Assert.True(length == 0 || answer[0] == 0x15, "An alert, or the end.");
    }

    [Fact]
    public async Task A_command_and_its_reply_take_at_least_the_round_trip()
    {
        await StartAsync(new() { RoundTrip = TimeSpan.FromMilliseconds(40), UserRoundTrip = TimeSpan.FromMilliseconds(20), Sims = Sims });
        await using var user = await User.ConnectTlsAsync(await User.CreateAsync());
        using var device = new NetworkStream(await Device.AcceptAsync(), ownsSocket: true);

        var started = TimeProvider.System.GetTimestamp();
        await user.WriteAsync("NOOP\r\n"u8.ToArray(), Limit.Token);
        await device.ReadExactlyAsync(new byte[6], Limit.Token);
        await device.WriteAsync("200 \r\n"u8.ToArray(), Limit.Token);
        await user.ReadExactlyAsync(new byte[6], Limit.Token);

        Assert.True(TimeProvider.System.GetElapsedTime(started) >= TimeSpan.FromMilliseconds(60));
    }

    [Fact]
    public async Task All_connections_of_a_SIM_share_its_bandwidth()
    {
        await StartAsync(new() { Bandwidth = 200_000, Sims = Sims });
        var entry = await User.CreateAsync(tls: false);
        var started = TimeProvider.System.GetTimestamp();

        await Task.WhenAll(Enumerable.Range(0, 2).Select(async _ =>
        {
            using var user = new NetworkStream(await SimulatorUser.ConnectAsync(entry), ownsSocket: true);
            using var device = await Device.AcceptAsync();
            await device.SendAsync(new byte[10_000], Limit.Token);
            await user.ReadExactlyAsync(new byte[10_000], Limit.Token);
        }));

        Assert.True(TimeProvider.System.GetElapsedTime(started) >= TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task Round_trips_on_the_control_connection_are_counted_by_bursts()
    {
        await StartAsync();
        await using var user = await User.ConnectTlsAsync(await User.CreateAsync());
        using var device = new NetworkStream(await Device.AcceptAsync(), ownsSocket: true);

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

        Assert.Equal(3, Simulator.Counters.ControlRoundTrips);
    }
}
