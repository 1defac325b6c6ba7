using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;

namespace NapterFtp.Core.Tests.Device;

public sealed class SessionTests
{
    [Fact]
    public async Task Pipelined_commands_are_answered_in_order()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        using var client = await fixture.LogInAsync();
        await client.WriteAsync(string.Concat(Enumerable.Range(0, 500).Select(i => $"REST {i}\r\n")));
        for (var i = 0; i < 500; i++)
        {
            Assert.Equal($"350 Restart position accepted ({i}).", await client.ReadReplyAsync());
        }
    }

    [Fact]
    public async Task Round_trips_count_commands_that_waited_for_a_reply()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        using var client = await fixture.LogInAsync();
        var before = fixture.Device.Counters.RoundTrips;
        await client.WriteAsync("NOOP\r\nNOOP\r\nNOOP\r\n");
        await client.ReadReplyAsync();
        await client.ReadReplyAsync();
        await client.ReadReplyAsync();
        await client.SendAsync("NOOP");
        Assert.Equal(2, fixture.Device.Counters.RoundTrips - before);
        Assert.Equal(4, fixture.Device.Counters.CountOf("NOOP"));
    }

    [Fact]
    public async Task The_next_passive_request_behind_a_running_transfer_costs_no_round_trip()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        fixture.Add("a", new byte[50_000_000]);
        using var client = await fixture.LogInAsync();
        using var data = await client.OpenDataAsync();
        await client.SendAsync("RETR a");
        var before = fixture.Device.Counters.RoundTrips;
        await client.WriteAsync("PASV\r\n");
        Assert.Equal(50_000_000, (await RawFtpClient.ReadAllAsync(data)).Length);
        Assert.StartsWith("226", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("227", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(before, fixture.Device.Counters.RoundTrips);
    }

    [Fact]
    public async Task A_line_beyond_the_limit_is_refused_and_the_session_goes_on()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        using var client = await fixture.LogInAsync();
        Assert.Equal("500 Command line empty or too long.", await client.SendAsync("CWD " + new string('x', 100_000)));
        Assert.StartsWith("257", await client.SendAsync("PWD"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_client_gets_421()
    {
        var time = new FakeTimeProvider();
        await using var fixture = await DeviceFixture.StartAsync(change: options => options with { Time = time, IdleTimeout = TimeSpan.FromMinutes(5) });
        using var client = await fixture.LogInAsync();
        var line = client.ReadLineAsync();
        while (!line.IsCompleted)
        {
            time.Advance(TimeSpan.FromMinutes(5));
            await Task.Yield();
        }

        Assert.Equal("421 Timeout.", await line);
        Assert.Null(await client.ReadLineAsync());
    }

    [Fact]
    public async Task A_data_connection_that_never_comes_is_answered_425()
    {
        var time = new FakeTimeProvider();
        await using var fixture = await DeviceFixture.StartAsync(change: options => options with { Time = time, IdleTimeout = TimeSpan.FromDays(40) });
        using var client = await fixture.LogInAsync();
        await client.SendAsync("PASV");
        var reply = client.SendAsync("LIST");
        while (!reply.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(30));
            await Task.Yield();
        }

        Assert.Equal("425 Failed to establish connection.", await reply);
    }

    [Theory]
    [InlineData("u", "p", "230")]
    [InlineData("u", "x", "530")]
    [InlineData("v", "p", "530")]
    [InlineData("anonymous", "me@", "230")]
    public async Task Only_the_right_ones_log_in(string user, string password, string code)
    {
        await using var fixture = await DeviceFixture.StartAsync(change: options => options with { UserName = "u", Password = "p", AllowsAnonymous = true });
        var (client, _) = await RawFtpClient.ConnectAsync(fixture.Device.EndPoint);
        await client.SendAsync("USER " + user);
        Assert.StartsWith(code, await client.SendAsync("PASS " + password), StringComparison.Ordinal);
        client.Dispose();
    }

    [Fact]
    public async Task The_transcript_shows_both_directions_and_no_password()
    {
        var lines = new ConcurrentQueue<string>();
        await using var fixture = await DeviceFixture.StartAsync(change: options =>
            options with { Transcript = (direction, line) => lines.Enqueue($"{direction} {line}") });
        using var client = await fixture.LogInAsync();
        Assert.Equal(
            ["< 220 Simulated FTP device ready.", "> USER tester", "< 331 Please specify the password.", "> PASS ****", "< 230 Login successful."],
            lines);
    }

    [Fact]
    public async Task Nothing_outside_the_root_is_reached()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows makes symbolic links for administrators only.");
        await using var fixture = await DeviceFixture.StartAsync();
        var secret = Directory.CreateTempSubdirectory("outside-");
        await File.WriteAllTextAsync(Path.Combine(secret.FullName, "secret"), "secret");
        Directory.CreateSymbolicLink(Path.Combine(fixture.Root, "link"), secret.FullName);
        fixture.Add("inside", "abc"u8.ToArray());
        File.CreateSymbolicLink(Path.Combine(fixture.Root, "good"), Path.Combine(fixture.Root, "inside"));
        using var client = await fixture.LogInAsync();

        Assert.Equal("550 Permission denied.", await client.SendAsync("CWD link"));
        Assert.Equal("550 Permission denied.", await client.SendAsync("SIZE link/secret"));
        Assert.StartsWith("550", await client.SendAsync($"SIZE ../../{secret.FullName}/secret"), StringComparison.Ordinal);
        Assert.Equal("abc"u8.ToArray(), (await client.GetAsync("RETR good")).Data);
        secret.Delete(recursive: true);
    }

    [Fact]
    public async Task A_device_listens_on_loopback_only()
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => DeviceFixture.StartAsync(change: options => options with { Address = IPAddress.Any }));
        Assert.Contains("loopback", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_works_over_ipv6()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "No IPv6 here.");
        await using var fixture = await DeviceFixture.StartAsync(change: options => options with { Address = IPAddress.IPv6Loopback });
        fixture.Add("a", "abc"u8.ToArray());
        using var client = await fixture.LogInAsync();
        Assert.Equal("abc"u8.ToArray(), (await client.GetAsync("RETR a", "EPSV")).Data);
    }

    [Fact]
    public async Task Disposing_of_a_device_hangs_up_on_clients_and_frees_its_port()
    {
        var fixture = await DeviceFixture.StartAsync();
        fixture.Add("a", new byte[50_000_000]);
        using var idle = await fixture.LogInAsync();
        using var busy = await fixture.LogInAsync();
        using var data = await busy.OpenDataAsync();
        await busy.SendAsync("RETR a");
        Assert.Equal(2, fixture.Device.Counters.CurrentSessions);

        await fixture.DisposeAsync();

        Assert.Null(await idle.ReadLineAsync());
        Assert.Equal(0, fixture.Device.Counters.CurrentSessions);
        Assert.Equal(2, fixture.Device.Counters.PeakSessions);
        try
        {
            using var elsewhere = new TcpClient();
            await elsewhere.ConnectAsync(fixture.Device.EndPoint, TestContext.Current.CancellationToken);
            Assert.Equal(2, fixture.Device.Counters.Sessions);
        }
        catch (SocketException)
        {
            // Nobody listens there; else it is another program, which the system has given the port to.
        }
    }
}
