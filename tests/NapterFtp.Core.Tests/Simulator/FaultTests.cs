using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Time.Testing;

namespace NapterFtp.Simulator.Tests;

public sealed class FaultTests : IAsyncLifetime
{
    private readonly TestDevice _device = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private NapterSimulator _simulator = null!;
    private SimulatorUser _user = null!;

    public async ValueTask InitializeAsync()
    {
        _simulator = await NapterSimulator.StartAsync(
            new() { Sims = [new() { DeviceEndPoint = _device.EndPoint }], TimeProvider = _time });
        _user = await SimulatorUser.SignInAsync(_simulator);
    }

    public async ValueTask DisposeAsync()
    {
        _user.Dispose();
        _device.Dispose();
        await _simulator.DisposeAsync();
    }

    public static TheoryData<ApiFaultKind> RefusingKinds => [.. Refusals.Keys];

    private static Dictionary<ApiFaultKind, (ApiFault Fault, int Status, string Body)> Refusals => new()
    {
        [ApiFaultKind.TooManyRequests] = (ApiFault.TooManyRequests(TimeSpan.FromSeconds(7)), 429, "COM0005"),
        [ApiFaultKind.TooManyRequestsWithoutHeaders] = (ApiFault.TooManyRequests(), 429, "COM0005"),
        [ApiFaultKind.Error] = (ApiFault.Error(503), 503, "\"code\""),
        [ApiFaultKind.HtmlError] = (ApiFault.HtmlError(), 502, "<html>"),
        [ApiFaultKind.ExpiredToken] = (ApiFault.ExpiredToken(), 401, "AUM"),
        [ApiFaultKind.EmptyBody] = (ApiFault.EmptyBody(), 201, ""),
        [ApiFaultKind.InvalidJson] = (ApiFault.InvalidJson(), 201, "{"),
        [ApiFaultKind.WrongContentType] = (ApiFault.WrongContentType(), 201, "ipAddress"),
        [ApiFaultKind.Slow] = (ApiFault.Slow(), 201, "ipAddress"),
    };

    [Theory]
    [MemberData(nameof(RefusingKinds))]
    public async Task An_API_fault_happens_once_to_the_call_it_is_meant_for(ApiFaultKind kind)
    {
        var (fault, status, body) = Refusals[kind];
        using var armed = _simulator.Faults.Arm(fault with { Operation = ApiOperation.CreatePortMapping });

        await _user.GetJsonAsync("/v1/port_mappings");
        using var response = await CreateAsync();
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains(body, text);
        Assert.Equal(kind == ApiFaultKind.TooManyRequests, response.Headers.Contains("X-Soracom-Ratelimit-Seconds-Before-Refresh"));
        Assert.Equal(fault.TakesEffect ? 1 : 0, _simulator.Counters.EntriesCreated);
        Assert.Equal(1, armed.Fired);
        if (kind != ApiFaultKind.ExpiredToken)
        {
            await _user.CreateAsync();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reset_loses_the_call_or_only_its_answer(bool takesEffect)
    {
        _simulator.Faults.Arm(takesEffect ? ApiFault.LostAnswer() : ApiFault.Reset());

        await Assert.ThrowsAsync<HttpRequestException>(CreateAsync);

        Assert.Equal(takesEffect ? 1 : 0, _simulator.PortMappings.Count);
    }

    [Fact]
    public async Task A_truncated_body_ends_the_connection()
    {
        _simulator.Faults.Arm(ApiFault.TruncatedBody());
        await Assert.ThrowsAsync<HttpRequestException>(CreateAsync);
    }

    [Fact]
    public async Task A_stalled_call_is_never_answered()
    {
        using var armed = _simulator.Faults.Arm(ApiFault.Stall());
        using var http = new HttpClient { BaseAddress = _simulator.ApiEndPoint };
        using var giveUp = new CancellationTokenSource();

        var call = http.GetAsync("/v1/port_mappings", giveUp.Token);
        await armed.FirstFiring.Soon();
        Assert.False(call.IsCompleted);
        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task A_fault_can_be_skipped_at_first_and_disarmed()
    {
        var armed = _simulator.Faults.Arm(ApiFault.DeleteFails() with { Skip = 1, Count = int.MaxValue });
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 4; i++)
        {
            if (i == 3)
            {
                armed.Dispose();
            }

            using var response = await _user.DeleteAsync(await _user.CreateAsync());
            statuses.Add(response.StatusCode);
        }

        Assert.Equal(
            [HttpStatusCode.NoContent, HttpStatusCode.InternalServerError, HttpStatusCode.InternalServerError, HttpStatusCode.NoContent],
            statuses);
        Assert.Equal(2, armed.Fired);
    }

    [Fact]
    public async Task A_list_can_miss_entries_and_show_ended_ones()
    {
        var ended = await _user.CreateAsync();
        await _user.DeleteAsync(ended);
        await _user.CreateAsync();

        _simulator.Faults.Arm(ApiFault.ListIsEmpty());
        Assert.Equal(0, (await _user.GetJsonAsync("/v1/port_mappings")).GetArrayLength());
        _simulator.Faults.Arm(ApiFault.ListIsStale());
        Assert.Equal(2, (await _user.GetJsonAsync("/v1/port_mappings")).GetArrayLength());
        Assert.Equal(1, (await _user.GetJsonAsync("/v1/port_mappings")).GetArrayLength());
    }

    [Fact]
    public async Task An_entry_can_refuse_connections_end_early_or_work_late()
    {
        _simulator.Faults.Arm(GatewayFault.RefuseConnections());
        var refusing = await _user.CreateAsync();
        await Assert.ThrowsAsync<SocketException>(() => SimulatorUser.ConnectAsync(refusing));

        _simulator.Faults.Arm(GatewayFault.WorksLater(TimeSpan.FromSeconds(5)));
        var late = await _user.CreateAsync(tls: false);
        using var tooEarly = await SimulatorUser.ConnectAsync(late);
        await AuditedAsync("DENIED");
        _time.Advance(TimeSpan.FromSeconds(5));
        using var inTime = await SimulatorUser.ConnectAsync(late);
        using var device = await _device.AcceptAsync();

        _simulator.Faults.Arm(GatewayFault.ExpiresEarly(TimeSpan.FromSeconds(10)));
        var early = await _user.CreateAsync();
        _time.Advance(TimeSpan.FromSeconds(10));
        using var delete = await _user.DeleteAsync(early);
        Assert.Equal(HttpStatusCode.NotFound, delete.StatusCode);
    }

    [Theory]
    [InlineData(GatewayFaultKind.OtherAuthority, SslPolicyErrors.RemoteCertificateChainErrors)]
    [InlineData(GatewayFaultKind.SelfSigned, SslPolicyErrors.RemoteCertificateChainErrors)]
    [InlineData(GatewayFaultKind.ExpiredCertificate, SslPolicyErrors.RemoteCertificateChainErrors)]
    [InlineData(GatewayFaultKind.WrongHostName, SslPolicyErrors.RemoteCertificateNameMismatch)]
    public async Task A_wrong_certificate_does_not_verify_for_its_own_reason(GatewayFaultKind kind, SslPolicyErrors expected)
    {
        _simulator.Faults.Arm(kind switch
        {
            GatewayFaultKind.OtherAuthority => GatewayFault.OtherAuthority(),
            GatewayFaultKind.SelfSigned => GatewayFault.SelfSigned(),
            GatewayFaultKind.ExpiredCertificate => GatewayFault.ExpiredCertificate(),
            _ => GatewayFault.WrongHostName(),
        });
        var entry = await _user.CreateAsync();

        var found = SslPolicyErrors.None;
        using var tls = new SslStream(
            new NetworkStream(await SimulatorUser.ConnectAsync(entry), ownsSocket: true),
            leaveInnerStreamOpen: false,
            (_, _, _, errors) =>
            {
                found = errors;
                return false;
            });
        await Assert.ThrowsAsync<AuthenticationException>(() => _user.HandshakeAsync(tls, entry.GetProperty("hostname").GetString()!));

        Assert.Equal(expected, found);
    }

    [Theory]
    [InlineData(GatewayFaultKind.ResetBeforeHandshake)]
    [InlineData(GatewayFaultKind.TlsAlert)]
    public async Task A_handshake_can_be_reset_or_refused(GatewayFaultKind kind)
    {
        _simulator.Faults.Arm(kind == GatewayFaultKind.TlsAlert ? GatewayFault.TlsAlert() : GatewayFault.ResetBeforeHandshake());
        var entry = await _user.CreateAsync();

        var error = await Assert.ThrowsAnyAsync<Exception>(() => _user.ConnectTlsAsync(entry));

        Assert.True(error is IOException or SocketException or AuthenticationException, error.ToString());
        await using var next = await _user.ConnectTlsAsync(entry);
    }

    [Fact]
    public async Task A_handshake_can_stall()
    {
        using var armed = _simulator.Faults.Arm(GatewayFault.StallInHandshake());
        using var socket = await SimulatorUser.ConnectAsync(await _user.CreateAsync());
        await armed.FirstFiring.Soon();
        await socket.SendAsync("hello"u8.ToArray(), Limit.Token);
        Assert.False(socket.Poll(TimeSpan.Zero, SelectMode.SelectRead));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_can_be_reset_after_some_bytes_in_either_direction(bool toDevice)
    {
        _simulator.Faults.Arm(GatewayFault.ResetAfter(1000, toDevice));
        await using var user = await _user.ConnectTlsAsync(await _user.CreateAsync());
        using var device = new NetworkStream(await _device.AcceptAsync(), ownsSocket: true);
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
        _simulator.Faults.Arm(GatewayFault.EndAfter(5, closeNotify));
        await using var user = await _user.ConnectTlsAsync(await _user.CreateAsync());
        using var device = await _device.AcceptAsync();

        await device.SendAsync("1234567890"u8.ToArray(), Limit.Token);

        using var all = new MemoryStream();
        await user.CopyToAsync(all, Limit.Token);
        Assert.Equal("12345"u8.ToArray(), all.ToArray());
    }

    [Fact]
    public async Task A_direction_can_stall_while_the_other_goes_on()
    {
        _simulator.Faults.Arm(GatewayFault.StallAfter(1, toDevice: true));
        await using var user = await _user.ConnectTlsAsync(await _user.CreateAsync());
        using var device = new NetworkStream(await _device.AcceptAsync(), ownsSocket: true);

        await user.WriteAsync("ab"u8.ToArray(), Limit.Token);
        await device.ReadExactlyAsync(new byte[1], Limit.Token);
        await device.WriteAsync("cd"u8.ToArray(), Limit.Token);
        await user.ReadExactlyAsync(new byte[2], Limit.Token);

        Assert.False(device.Socket.Poll(TimeSpan.Zero, SelectMode.SelectRead));
    }

    [Fact]
    public async Task The_end_of_the_device_can_stay_unseen()
    {
        _simulator.Faults.Arm(GatewayFault.HalfOpen());
        using var user = await SimulatorUser.ConnectAsync(await _user.CreateAsync(tls: false));
        using var device = await _device.AcceptAsync();

        device.Shutdown(SocketShutdown.Send);
        await user.SendAsync("x"u8.ToArray(), Limit.Token);
        await device.ReceiveAsync(new byte[1], Limit.Token);

        Assert.False(user.Poll(TimeSpan.Zero, SelectMode.SelectRead));
    }

    [Fact]
    public async Task A_device_can_refuse_or_see_another_address()
    {
        _simulator.Faults.Arm(GatewayFault.DeviceRefuses() with { Control = true });
        _simulator.Faults.Arm(GatewayFault.OtherSourceAddress());
        var entry = await _user.CreateAsync(tls: false);

        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            using var refused = await SimulatorUser.ConnectAsync(entry);
            await refused.ReceiveAsync(new byte[1], Limit.Token);
        });

        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsWindows(), "Only 127.0.0.1 is a local address here.");
        using var user = await SimulatorUser.ConnectAsync(entry);
        using var device = await _device.AcceptAsync();
        Assert.Equal(IPAddress.Parse("127.0.0.2"), ((IPEndPoint)device.RemoteEndPoint!).Address);
    }

    [Fact]
    public async Task A_firewall_can_block_data_ports_and_let_the_control_port_through()
    {
        using var armed = _simulator.Faults.Arm(GatewayFault.FirewallBlocksDataPorts());
        using var data = new TestDevice();
        using var blocked = await SimulatorUser.ConnectAsync(await _user.CreateAsync(data.EndPoint.Port, tls: false));
        using var control = await SimulatorUser.ConnectAsync(await _user.CreateAsync(tls: false));
        using var device = await _device.AcceptAsync();
        await armed.FirstFiring.Soon();
        Assert.False(blocked.Poll(TimeSpan.Zero, SelectMode.SelectRead));
    }

    private Task<HttpResponseMessage> CreateAsync() =>
        _user.PostAsync("/v1/port_mappings", new { destination = new { imsi = _simulator.Imsi, port = 21 } });

    private Task AuditedAsync(string type) => Limit.UntilAsync(async () =>
        (await _user.GetJsonAsync("/v1/audit_logs/napter")).EnumerateArray().Any(entry => entry.GetProperty("type").ValueEquals(type)));
}
