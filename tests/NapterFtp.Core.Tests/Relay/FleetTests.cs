using System.Net;
using NapterFtp.Relay;

namespace NapterFtp.Core.Tests.Relay;

/// <summary>One listener for many devices: what a client meets before, at and after the login that names its device.</summary>
public sealed class FleetTests
{
    private readonly FakeSims _sims = new();

    [Fact]
    public async Task No_port_is_opened_before_a_client_has_named_its_device()
    {
        await using var bench = Bench();
        using var client = await bench.StartUngreetedAsync();
        Assert.StartsWith("220 Log in as user@device", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("NOOP"));
        Assert.Equal((0, 0), (bench.Api.Creates, _sims.Lists));

        Assert.Equal("200 Ok.\r\n", await client.AskAsync($"USER me@{FakeSims.Gate}"));
        Assert.Equal(FakeSims.Gate, Assert.Single(bench.Api.Entries).Imsi);
        Assert.Equal(["USER me\r\n"], bench.Device.Received);
        lock (bench.Events)
        {
            Assert.All(bench.Events, step => Assert.Equal(FakeSims.Gate, step.Imsi));
        }
    }

    [Fact]
    public async Task The_relay_answers_in_the_devices_place_before_USER()
    {
        await using var bench = Bench();
        using var client = await bench.StartUngreetedAsync();
        await client.ReadLineAsync();
        Assert.Equal("211-Features:\r\n", await client.AskAsync("FEAT"));
        Assert.Equal(" EPSV\r\n", await client.ReadLineAsync());
        Assert.Equal("211 End\r\n", await client.ReadLineAsync());
        Assert.StartsWith("502", await client.AskAsync("AUTH TLS"), StringComparison.Ordinal);
        Assert.StartsWith("200", await client.AskAsync("OPTS UTF8 ON"), StringComparison.Ordinal);
        Assert.StartsWith("530", await client.AskAsync("OPTS MLST size"), StringComparison.Ordinal);
        Assert.StartsWith("215", await client.AskAsync("SYST"), StringComparison.Ordinal);
        Assert.StartsWith("214", await client.AskAsync("HELP"), StringComparison.Ordinal);
        foreach (var command in new[] { "PASS secret", "PASV", "RETR a", "REIN", "ACCT x", "NONSENSE" })
        {
            Assert.StartsWith("530", await client.AskAsync(command), StringComparison.Ordinal);
        }

        Assert.StartsWith("501", await client.AskAsync("USER a\rb@c"), StringComparison.Ordinal);
        Assert.StartsWith("221", await client.AskAsync("QUIT"), StringComparison.Ordinal);
        Assert.Null(await client.ReadLineAsync());
        Assert.Empty(bench.Device.Received);
        Assert.Equal(0, bench.Api.Creates);
        Assert.DoesNotContain(bench.Log.All, line => line.Contains("secret", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a@b@pump 7", "a@b")]
    [InlineData("anonymous@ 001010000000001 ", "anonymous")]
    public async Task The_login_is_split_at_its_last_at_sign(string login, string user)
    {
        await using var bench = Bench();
        using var client = await bench.StartUngreetedAsync();
        await client.ReadLineAsync();
        Assert.Equal("200 Ok.\r\n", await client.AskAsync($"USER {login}"));
        Assert.Equal([$"USER {user}\r\n"], bench.Device.Received);
    }

    [Fact]
    public async Task A_device_is_named_in_UTF8_and_reached_by_its_SIM_ID()
    {
        await using var bench = Bench();
        using var client = await bench.StartUngreetedAsync();
        await client.ReadLineAsync();
        var name = System.Text.Encoding.Latin1.GetString(System.Text.Encoding.UTF8.GetBytes("水門"));
        Assert.Equal("200 Ok.\r\n", await client.AskAsync($"USER ünder@{name}"));
        Assert.Equal(FakeSims.SimIdOf(FakeSims.Gate), Assert.Single(bench.Api.Entries).SimId);
        Assert.Equal(["USER ünder\r\n"], bench.Device.Received);
    }

    [Theory]
    [InlineData("me", "530 Log in as user@device")]
    [InlineData("me@", "530 Log in as user@device")]
    [InlineData("@pump 7", "530 Log in as user@device")]
    [InlineData("me@twin", "530 Several devices are named 'twin'")]
    [InlineData("me@nobody", "530 No device 'nobody' is served here.")]
    [InlineData("me@001019999999999", "530 No device '001019999999999' is served here.")]
    [InlineData("me@001010000000002", "530 No device '001010000000002' is served here.")]
    public async Task A_login_that_names_no_device_gets_530_and_another_may_follow(string login, string answer)
    {
        await using var bench = Bench("pump*", "twin");
        using var client = await bench.StartUngreetedAsync();
        await client.ReadLineAsync();
        Assert.StartsWith(answer, await client.AskAsync($"USER {login}"), StringComparison.Ordinal);
        Assert.StartsWith("530", await client.AskAsync("PASS secret"), StringComparison.Ordinal);
        Assert.Equal(0, bench.Api.Creates);
        Assert.Single(bench.Log.Warnings);
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("USER me@pump 7"));
    }

    [Fact]
    public async Task Whoever_guesses_devices_has_to_connect_anew_after_five()
    {
        await using var bench = Bench();
        using var client = await bench.StartUngreetedAsync();
        await client.ReadLineAsync();
        for (var i = 0; i < 4; i++)
        {
            Assert.StartsWith("530", await client.AskAsync("USER me@nobody"), StringComparison.Ordinal);
        }

        Assert.StartsWith("421", await client.AskAsync("USER me@nobody"), StringComparison.Ordinal);
        Assert.Null(await client.ReadLineAsync());
    }

    [Fact]
    public async Task Two_devices_are_reached_through_one_listener_each_through_its_own_port_which_its_sessions_share()
    {
        await using var bench = Bench();
        bench.Device.WithTransfers((session, _) => session.SendFileAsync([1, 2, 3]));
        using var first = await bench.StartUngreetedAsync();
        using var second = await RawFtpClient.ConnectAsync(bench.Proxy.ListenEndPoint);
        using var third = await RawFtpClient.ConnectAsync(bench.Proxy.ListenEndPoint);
        foreach (var (client, device) in new[] { (first, FakeSims.Pump), (second, FakeSims.Gate), (third, FakeSims.Gate) })
        {
            await client.ReadLineAsync();
            Assert.Equal("200 Ok.\r\n", await client.AskAsync($"USER me@{device}"));
            Assert.Equal("200 Ok.\r\n", await client.AskAsync("PASS secret"));
        }

        Assert.Equal([FakeSims.Pump, FakeSims.Gate], bench.Api.Entries.Select(entry => entry.Imsi).Order());
        Assert.Equal([1, 2, 3], (await second.RetrieveAsync("RETR a")).Content);
        await bench.DataPortsClosedAsync();
        var shown = bench.Proxy.Snapshot();
        Assert.Equal((null, null, 3, 2, 3), (shown.Imsi, shown.SimId, shown.Sessions, shown.Ports, shown.TotalPorts));
        lock (bench.Events)
        {
            Assert.All(bench.Events.Where(step => step.Kind == NapterPortKind.Data), step => Assert.Equal(FakeSims.Gate, step.Imsi));
        }

        Assert.DoesNotContain(bench.Log.All, line => line.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_session_stays_with_its_device()
    {
        await using var bench = Bench();
        using var client = await bench.StartUngreetedAsync();
        await client.ReadLineAsync();
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("USER me@pump 7"));
        Assert.StartsWith("530 One device a session", await client.AskAsync($"USER me@{FakeSims.Gate}"), StringComparison.Ordinal);
        Assert.StartsWith("530 One device a session", await client.AskAsync("USER me"), StringComparison.Ordinal);
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("REIN"));
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("USER you@Pump 7"));
        Assert.Equal(["USER me\r\n", "REIN\r\n", "USER you\r\n"], bench.Device.Received);
        Assert.Single(bench.Api.Entries);
    }

    [Fact]
    public async Task Commands_sent_without_waiting_go_to_the_device_behind_the_login()
    {
        await using var bench = Bench();
        using var client = await bench.StartUngreetedAsync();
        await client.SendAsync("NOOP\r\nUSER me@pump 7\r\nPASS secret\r\nFEAT\r\n");
        Assert.StartsWith("220", await client.ReadLineAsync(), StringComparison.Ordinal);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal("200 Ok.\r\n", await client.ReadLineAsync());
        }

        Assert.Equal(["USER me\r\n", "PASS secret\r\n", "FEAT\r\n"], bench.Device.Received);
    }

    [Fact]
    public async Task A_device_that_greets_with_a_refusal_answers_USER_with_it()
    {
        await using var bench = Bench();
        bench.Device.Greeting = "421 Too many users.\r\n";
        using var client = await bench.StartUngreetedAsync();
        await client.ReadLineAsync();
        Assert.Equal("421 Too many users.\r\n", await client.AskAsync("USER me@pump 7"));
        Assert.Empty(bench.Device.Received);
    }

    [Fact]
    public async Task A_device_that_never_greets_is_waited_for_as_long_as_by_any_proxy()
    {
        await using var bench = Bench();
        bench.Device.Greeting = "";
        using var client = await bench.StartUngreetedAsync();
        await client.ReadLineAsync();
        await client.SendAsync("USER me@pump 7\r\n");
        await ProxyBench.UntilAsync(() => bench.Device.OpenSessions == 1);
        var reply = client.ReadLineAsync();
        await bench.AdvanceUntilAsync(TimeSpan.FromSeconds(5), () => reply.IsCompleted);

        Assert.StartsWith("421 The device sent no greeting within 60 s", await reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_cannot_be_opened_is_told_in_answer_to_USER()
    {
        await using var bench = Bench();
        bench.Api.BeforeCreate = (_, _) => throw Entries.FakePortMappingApi.Refused();
        using var client = await bench.StartUngreetedAsync();
        await client.ReadLineAsync();
        Assert.StartsWith("421", await client.AskAsync("USER me@pump 7"), StringComparison.Ordinal);
        Assert.Null(await client.ReadLineAsync());
    }

    [Fact]
    public async Task A_list_of_SIMs_that_cannot_be_read_is_told_in_answer_to_USER()
    {
        await using var bench = Bench();
        _sims.Failure = new NapterFtpException("SoracomUnreachable", NapterFtpErrorKind.Connection, "SORACOM is away.");
        using var client = await bench.StartUngreetedAsync();
        await client.ReadLineAsync();
        Assert.Equal("421 SORACOM is away.\r\n", await client.AskAsync("USER me@pump 7"));
        Assert.Null(await client.ReadLineAsync());
    }

    [Fact]
    public async Task A_client_that_never_says_USER_is_ended_by_the_idle_limit()
    {
        await using var bench = Bench();
        using var client = await bench.StartUngreetedAsync();
        await client.ReadLineAsync();
        var reply = client.ReadLineAsync();
        await bench.AdvanceUntilAsync(TimeSpan.FromMinutes(1), () => reply.IsCompleted);

        Assert.StartsWith("421 Idle for 900 s", await reply, StringComparison.Ordinal);
        Assert.Null(await client.ReadLineAsync());
        await ProxyBench.UntilAsync(() => bench.Proxy.Snapshot().Sessions == 0);
    }

    [Fact]
    public async Task Clients_without_a_device_count_as_sessions()
    {
        await using var bench = Bench();
        bench.Options = bench.Options with { MaxSessions = 1 };
        using var client = await bench.StartUngreetedAsync();
        await client.ReadLineAsync();
        using var second = await RawFtpClient.ConnectAsync(bench.Proxy.ListenEndPoint);
        Assert.StartsWith("421", await second.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopping_ends_a_client_that_has_not_logged_in()
    {
        await using var bench = Bench();
        using var client = await bench.StartUngreetedAsync();
        await client.ReadLineAsync();
        await bench.Proxy.StopAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.StartsWith("421", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Null(await client.ReadLineAsync());
    }

    [Theory]
    [InlineData("*", "")]
    [InlineData("", "127.0.0.0/8")]
    [InlineData("", "")]
    public async Task Off_loopback_it_must_be_said_which_devices_and_which_clients(string device, string client)
    {
        await using var bench = Bench(device.Length > 0 ? [device] : []);
        bench.Options = bench.Options with
        {
            ListenAddress = IPAddress.Any,
            AllowedClients = client.Length > 0 ? [IPNetwork.Parse(client)] : [],
        };
        var error = await Assert.ThrowsAsync<NapterFtpException>(bench.StartUngreetedAsync);
        Assert.Equal("FleetNotLimited", error.ErrorId);
        Assert.Contains("-AllowedDevice", error.Advice, StringComparison.Ordinal);
        Assert.Contains("-AllowedClient", error.Advice, StringComparison.Ordinal);
        Assert.Equal(0, bench.Api.Creates);
    }

    private ProxyBench Bench(params string[] allowed)
    {
        var bench = new ProxyBench();
        bench.Options = bench.Options with { Device = null, Fleet = new FleetOptions { Allowed = new AllowedDevices(allowed), Sims = _sims } };
        return bench;
    }
}
