using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace NapterFtp.Simulator.Tests;

public sealed class GatewayFaultTests : SimulatorFixture
{
    [Fact]
    public async Task An_entry_can_refuse_connections_end_early_or_work_late()
    {
        await StartAsync();
        Simulator.Faults.Arm(GatewayFault.RefuseConnections());
        var refusing = await User.CreateAsync();
        await RefusedAsync(refusing);

        Simulator.Faults.Arm(GatewayFault.WorksLater(TimeSpan.FromSeconds(5)));
        var late = await User.CreateAsync(tls: false);
        using var tooEarly = await SimulatorUser.ConnectAsync(late);
        await AuditedAsync("DENIED");
        Time.Advance(TimeSpan.FromSeconds(5));
        using var inTime = await SimulatorUser.ConnectAsync(late);
        using var device = await Device.AcceptAsync();

        Simulator.Faults.Arm(GatewayFault.ExpiresEarly(TimeSpan.FromSeconds(10)));
        var early = await User.CreateAsync();
        Time.Advance(TimeSpan.FromSeconds(10));
        using var delete = await User.DeleteAsync(early);
        Assert.Equal(HttpStatusCode.NotFound, delete.StatusCode);
    }

    [Theory]
    [InlineData(GatewayFaultKind.OtherAuthority, SslPolicyErrors.RemoteCertificateChainErrors)]
    [InlineData(GatewayFaultKind.SelfSigned, SslPolicyErrors.RemoteCertificateChainErrors)]
    [InlineData(GatewayFaultKind.ExpiredCertificate, SslPolicyErrors.RemoteCertificateChainErrors)]
    [InlineData(GatewayFaultKind.WrongHostName, SslPolicyErrors.RemoteCertificateNameMismatch)]
    public async Task A_wrong_certificate_does_not_verify_for_its_own_reason(GatewayFaultKind kind, SslPolicyErrors expected)
    {
        await StartAsync();
        Simulator.Faults.Arm(GatewayFault.Of(kind));
        var entry = await User.CreateAsync();

        var found = SslPolicyErrors.None;
        using var tls = new SslStream(
            new NetworkStream(await SimulatorUser.ConnectAsync(entry), ownsSocket: true),
            leaveInnerStreamOpen: false,
            (_, _, _, errors) =>
            {
                found = errors;
                return false;
            });
        await Assert.ThrowsAsync<AuthenticationException>(() => User.HandshakeAsync(tls, entry.GetProperty("hostname").GetString()!));

        Assert.Equal(expected, found);
    }

    [Theory]
    [InlineData(GatewayFaultKind.ResetBeforeHandshake)]
    [InlineData(GatewayFaultKind.TlsAlert)]
    public async Task A_handshake_can_be_reset_or_refused(GatewayFaultKind kind)
    {
        await StartAsync();
        Simulator.Faults.Arm(GatewayFault.Of(kind));
        var entry = await User.CreateAsync();

        var error = await Assert.ThrowsAnyAsync<Exception>(() => User.ConnectTlsAsync(entry));

        Assert.True(error is IOException or SocketException or AuthenticationException, error.ToString());
        await using var next = await User.ConnectTlsAsync(entry);
    }

    [Fact]
    public async Task A_handshake_can_stall()
    {
        await StartAsync();
        using var armed = Simulator.Faults.Arm(GatewayFault.StallInHandshake());
        using var socket = await SimulatorUser.ConnectAsync(await User.CreateAsync());
        await armed.FirstFiring.Soon();
        await socket.SendAsync("hello"u8.ToArray(), Limit.Token);
        Assert.False(socket.Poll(TimeSpan.Zero, SelectMode.SelectRead));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_can_be_reset_after_some_bytes_in_either_direction(bool toDevice)
    {
        await StartAsync();
        Simulator.Faults.Arm(GatewayFault.ResetAfter(1000, toDevice));
        await using var user = await User.ConnectTlsAsync(await User.CreateAsync());
        using var device = new NetworkStream(await Device.AcceptAsync(), ownsSocket: true);
        Stream from = toDevice ? user : device;
        Stream to = toDevice ? device : user;

        await from.WriteAsync(new byte[999], Limit.Token);
        await to.ReadExactlyAsync(new byte[999], Limit.Token);
        await from.WriteAsync(new byte[2], Limit.Token);

        await Assert.ThrowsAsync<IOException>(async () =>
        {
            while (await to.ReadAsync(new byte[10], Limit.Token) > 0)
            {
            }
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_device_sends_can_end_early_with_and_without_a_proper_end(bool closeNotify)
    {
        await StartAsync();
        Simulator.Faults.Arm(GatewayFault.EndAfter(5, closeNotify));
        await using var user = await User.ConnectTlsAsync(await User.CreateAsync());
        using var device = await Device.AcceptAsync();

        await device.SendAsync("1234567890"u8.ToArray(), Limit.Token);

        using var all = new MemoryStream();
        await user.CopyToAsync(all, Limit.Token);
        Assert.Equal("12345"u8.ToArray(), all.ToArray());
    }

    [Fact]
    public async Task A_direction_can_stall_while_the_other_goes_on()
    {
        await StartAsync();
        Simulator.Faults.Arm(GatewayFault.StallAfter(1, toDevice: true));
        await using var user = await User.ConnectTlsAsync(await User.CreateAsync());
        using var device = new NetworkStream(await Device.AcceptAsync(), ownsSocket: true);

        await user.WriteAsync("ab"u8.ToArray(), Limit.Token);
        await device.ReadExactlyAsync(new byte[1], Limit.Token);
        await device.WriteAsync("cd"u8.ToArray(), Limit.Token);
        await user.ReadExactlyAsync(new byte[2], Limit.Token);

        Assert.False(device.Socket.Poll(TimeSpan.Zero, SelectMode.SelectRead));
    }

    [Fact]
    public async Task The_end_of_the_device_can_stay_unseen()
    {
        await StartAsync();
        Simulator.Faults.Arm(GatewayFault.HalfOpen());
        using var user = await SimulatorUser.ConnectAsync(await User.CreateAsync(tls: false));
        using var device = await Device.AcceptAsync();

        device.Shutdown(SocketShutdown.Send);
        await user.SendAsync("x"u8.ToArray(), Limit.Token);
        await device.ReceiveAsync(new byte[1], Limit.Token);

        Assert.False(user.Poll(TimeSpan.Zero, SelectMode.SelectRead));
    }

    [Fact]
    public async Task A_device_can_refuse_or_see_another_address()
    {
        await StartAsync();
        Simulator.Faults.Arm(GatewayFault.DeviceRefuses() with { Control = true });
        Simulator.Faults.Arm(GatewayFault.OtherSourceAddress());
        var entry = await User.CreateAsync(tls: false);

        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            using var refused = await SimulatorUser.ConnectAsync(entry);
            await refused.ReceiveAsync(new byte[1], Limit.Token);
        });

        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsWindows(), "Only 127.0.0.1 is a local address here.");
        using var user = await SimulatorUser.ConnectAsync(entry);
        using var device = await Device.AcceptAsync();
        Assert.Equal(IPAddress.Parse("127.0.0.2"), ((IPEndPoint)device.RemoteEndPoint!).Address);
    }

    [Theory]
    [InlineData(GatewayFaultKind.ResetAfterHandshake)]
    [InlineData(GatewayFaultKind.DeviceTimesOut)]
    public async Task A_connection_can_be_reset_once_the_handshake_is_done(GatewayFaultKind kind)
    {
        await StartAsync();
        using var armed = Simulator.Faults.Arm(GatewayFault.Of(kind));
        var entry = await User.CreateAsync();

        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await using var user = await User.ConnectTlsAsync(entry);
            var read = user.ReadAtLeastAsync(new byte[1], 1, cancellationToken: Limit.Token).AsTask();
            await Limit.UntilAsync(() =>
            {
                Time.Advance(TimeSpan.FromSeconds(10));
                return Task.FromResult(read.IsCompleted);
            });
            await read;
        });

        Assert.Equal(1, armed.Fired);
    }

    [Fact]
    public async Task A_firewall_can_block_data_ports_and_let_the_control_port_through()
    {
        await StartAsync();
        using var armed = Simulator.Faults.Arm(GatewayFault.FirewallBlocksDataPorts());
        using var data = new TestDevice();
        using var blocked = await SimulatorUser.ConnectAsync(await User.CreateAsync(data.EndPoint.Port, tls: false));
        using var control = await SimulatorUser.ConnectAsync(await User.CreateAsync(tls: false));
        using var device = await Device.AcceptAsync();
        await armed.FirstFiring.Soon();
        Assert.False(blocked.Poll(TimeSpan.Zero, SelectMode.SelectRead));
    }
}
