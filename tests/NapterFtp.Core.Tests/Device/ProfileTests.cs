using System.Text;
using Microsoft.Extensions.Time.Testing;
using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Device;

/// <summary>What distinguishes each device profile, seen from a bare client.</summary>
public sealed class ProfileTests
{
    public static TheoryData<string> AllNames => [.. DeviceProfiles.Names];

    [Theory]
    [MemberData(nameof(AllNames))]
    public async Task Every_profile_logs_in_and_is_found_by_its_name_in_any_case(string name)
    {
        var profile = DeviceProfiles.Find(name.ToUpperInvariant());
        Assert.NotNull(profile);
        Assert.Equal(name, profile.Name);
        Assert.NotEmpty(profile.Description);
        await using var fixture = await DeviceFixture.StartAsync(profile with { ReplyDelay = TimeSpan.Zero });
        using var client = await fixture.LogInAsync();
        Assert.StartsWith("221", await client.SendAsync("QUIT"), StringComparison.Ordinal);
    }

    [Fact]
    public void No_two_profiles_share_a_name() => Assert.Distinct(DeviceProfiles.Names);

    [Theory]
    [InlineData("BarePasv", "PASV", "227 10,128,0,5,")]
    [InlineData("EqualsPasv", "PASV", "227 =10,128,0,5,")]
    [InlineData("DecoratedPasv", "PASV", "227 Entering Passive Mode. Connect to 10,128,0,5,")]
    [InlineData("DecoratedPasv", "EPSV", "229 Extended passive mode for 1 client (!!!")]
    [InlineData("MultilinePasv", "PASV", "227-Passive mode is on\n10 seconds from now it will be off again\n227 Entering Passive Mode (10,128,0,5,")]
    [InlineData("EmptyParenthesesPasv", "PASV", "227 Entering Passive Mode () 10,128,0,5,")]
    [InlineData("EpsvAnswers227", "EPSV", "227 Entering Passive Mode (10,128,0,5,")]
    [InlineData("PasvAnswers229", "PASV", "229 Entering Extended Passive Mode (|||")]
    [InlineData("EpsvBroken425", "EPSV", "425 ")]
    [InlineData("AnythingGoes202", "EPSV", "202 OK")]
    [InlineData("SamePortTwice", "PASV", "227-listen socket ready\n227 (10,128,0,5,")]
    [InlineData("OmronCJ", "EPSV", "500 ")]
    [InlineData("OmronCJ", "SIZE a", "500 ")]
    [InlineData("Wago750", "REST 1", "510 ")]
    [InlineData("Elmo", "EPSV", "510 port open fails.")]
    [InlineData("Elmo", "STOR a", "502 ")]
    [InlineData("Elmo", "CWD /", "500 ")]
    [InlineData("Logger", "PWD", "502 ")]
    [InlineData("NoRename", "RNFR a", "502 ")]
    [InlineData("NoStore", "STOR a", "550 ")]
    [InlineData("UnixNoMlsd", "MLSD", "500 ")]
    [InlineData("DosListing", "SYST", "215 Windows_NT")]
    [InlineData("OddMultiline", "STAT", "211-Status of 1 session:\n227 Entering Passive Mode (1,2,3,4,5,6).\n 211 lines\n211 End")]
    [InlineData("OddMultiline", "HELP", "214-Commands and replies:\n227 Entering Passive Mode (1,2,3,4,5,6).\n229 Entering Extended Passive Mode (|||1234|)\n2140 is not the end\n214")]
    public async Task A_profile_answers_in_its_own_way(string name, string command, string expected)
    {
        await using var fixture = await DeviceFixture.StartAsync(DeviceProfiles.Find(name));
        using var client = await fixture.LogInAsync();
        Assert.StartsWith(expected, await client.SendAsync(command), StringComparison.Ordinal);
        Assert.StartsWith("221", await client.SendAsync("QUIT"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("BarePasv")]
    [InlineData("EqualsPasv")]
    [InlineData("MultilinePasv")]
    [InlineData("EmptyParenthesesPasv")]
    [InlineData("PasvAnswers229")]
    [InlineData("OmronCJ")]
    [InlineData("Wago750")]
    [InlineData("Elmo")]
    [InlineData("Logger")]
    [InlineData("NarrowPassiveRange")]
    [InlineData("BareLf")]
    [InlineData("EarlyPreliminary")]
    public async Task A_file_downloads_whatever_the_passive_reply_looks_like(string name)
    {
        await using var fixture = await DeviceFixture.StartAsync(DeviceProfiles.Find(name));
        var content = DeviceFixture.Bytes(100_000);
        fixture.Add("a.bin", content);
        using var client = await fixture.LogInAsync();
        var (replies, data) = await client.GetAsync("RETR a.bin");
        Assert.Equal(content, data);
        Assert.Equal(["150", "226"], replies.Select(reply => reply[..3]));
    }

    [Theory]
    [InlineData("OmronCJ", "221 FTP server busy, Goodbye.")]
    [InlineData("Elmo", "421 Too many users, sorry.")]
    public async Task A_device_for_one_client_turns_the_second_away_and_takes_the_next_after_quit(string name, string expected)
    {
        await using var fixture = await DeviceFixture.StartAsync(DeviceProfiles.Find(name));
        using var first = await fixture.LogInAsync();

        var (second, greeting) = await RawFtpClient.ConnectAsync(fixture.Device.EndPoint);
        Assert.Equal(expected, greeting);
        Assert.Null(await second.ReadLineAsync());
        second.Dispose();

        await first.SendAsync("QUIT");
        using var third = await fixture.LogInAsync();
        third.Dispose();
        using var fourth = await fixture.LogInAsync();
    }

    [Theory]
    [InlineData("NarrowPassiveRange", 31)]
    [InlineData("TinyPassiveRange", 3)]
    public async Task A_narrow_range_announces_its_ports_in_turn_and_again(string name, int count)
    {
        await using var fixture = await DeviceFixture.StartAsync(DeviceProfiles.Find(name));
        using var client = await fixture.LogInAsync();
        var ports = new List<int>();
        for (var i = 0; i < count * 2; i++)
        {
            ports.Add(RawFtpClient.PortOf(await client.SendAsync(i % 2 == 0 ? "PASV" : "EPSV")));
        }

        Assert.Equal(Enumerable.Range(ports.Min(), count), ports.Take(count).Order());
        Assert.Equal(ports.Take(count), ports.Skip(count));
    }

    [Fact]
    public async Task A_tiny_range_runs_out()
    {
        await using var fixture = await DeviceFixture.StartAsync(DeviceProfiles.Find("TinyPassiveRange"));
        var clients = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => fixture.LogInAsync()));
        var replies = new List<string>();
        foreach (var client in clients)
        {
            replies.Add((await client.SendAsync("PASV"))[..3]);
        }

        Assert.Equal(["227", "227", "227", "425"], replies);
        Array.ForEach(clients, client => client.Dispose());
    }

    [Fact]
    public async Task Aioftp_announces_one_port_for_a_whole_session()
    {
        await using var fixture = await DeviceFixture.StartAsync(DeviceProfiles.Find("SamePortTwice"));
        fixture.Add("a", "abc"u8.ToArray());
        using var client = await fixture.LogInAsync();
        var port = RawFtpClient.PortOf((await client.SendAsync("PASV")).Split('\n')[1]);
        Assert.Equal(port, RawFtpClient.PortOf(await client.SendAsync("EPSV")));
        using var data = await client.ConnectDataAsync(port);
        await client.WriteAsync("RETR a\r\n");
        Assert.Equal("abc"u8.ToArray(), await RawFtpClient.ReadAllAsync(data));
        await client.ReadRepliesAsync();
        Assert.Equal(port, RawFtpClient.PortOf(await client.SendAsync("EPSV")));
    }

    [Fact]
    public async Task Vsftpd_keeps_its_listener_after_a_550()
    {
        await using var fixture = await DeviceFixture.StartAsync(DeviceProfiles.Find("KeepsListenerAfter550"));
        fixture.Add("a", "abc"u8.ToArray());
        using var client = await fixture.LogInAsync();
        var port = RawFtpClient.PortOf(await client.SendAsync("PASV"));
        Assert.StartsWith("550", await client.SendAsync("RETR nothing"), StringComparison.Ordinal);
        using var data = await client.ConnectDataAsync(port);
        await client.WriteAsync("RETR a\r\n");
        Assert.Equal("abc"u8.ToArray(), await RawFtpClient.ReadAllAsync(data));
    }

    [Fact]
    public async Task An_early_final_reply_comes_before_the_data()
    {
        await using var fixture = await DeviceFixture.StartAsync(DeviceProfiles.Find("EarlyFinalReply"));
        var content = DeviceFixture.Bytes(20_000_000);
        fixture.Add("a", content);
        using var client = await fixture.LogInAsync();
        using var data = await client.OpenDataAsync();
        await client.WriteAsync("RETR a\r\n");
        Assert.Equal(["150", "226"], (await client.ReadRepliesAsync()).Select(reply => reply[..3]));
        Assert.Equal(content, await RawFtpClient.ReadAllAsync(data));
    }

    [Fact]
    public async Task An_unflushed_final_reply_comes_before_the_last_bytes()
    {
        await using var fixture = await DeviceFixture.StartAsync(DeviceProfiles.Find("UnflushedFinalReply"));
        var content = DeviceFixture.Bytes(1_000_000);
        fixture.Add("a", content);
        using var client = await fixture.LogInAsync();
        var (replies, data) = await client.GetAsync("RETR a");
        Assert.Equal(content, data);
        Assert.Equal(["150", "226"], replies.Select(reply => reply[..3]));
    }

    [Fact]
    public async Task A_late_final_reply_comes_a_second_after_the_data()
    {
        var time = new FakeTimeProvider();
        await using var fixture = await DeviceFixture.StartAsync(DeviceProfiles.Find("LateFinalReply"), options => WithFakeClock(options, time));
        fixture.Add("a", "abc"u8.ToArray());
        using var client = await fixture.LogInAsync();
        using var data = await client.OpenDataAsync();
        await client.WriteAsync("RETR a\r\n");
        Assert.Equal("abc"u8.ToArray(), await RawFtpClient.ReadAllAsync(data));
        Assert.StartsWith("150", await client.ReadReplyAsync(), StringComparison.Ordinal);
        var final = client.ReadReplyAsync();
        await AdvanceUntilAsync(time, final);
        Assert.StartsWith("226", await final, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_final_reply_leaves_the_next_commands_own()
    {
        await using var fixture = await DeviceFixture.StartAsync(DeviceProfiles.Find("MissingFinalReply"));
        fixture.Add("a", "abc"u8.ToArray());
        using var client = await fixture.LogInAsync();
        using var data = await client.OpenDataAsync();
        await client.WriteAsync("RETR a\r\n");
        Assert.Equal("abc"u8.ToArray(), await RawFtpClient.ReadAllAsync(data));
        Assert.StartsWith("150", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("257", await client.SendAsync("PWD"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_preliminary_replies_a_transfer_answers_once()
    {
        await using var fixture = await DeviceFixture.StartAsync(DeviceProfiles.Find("NoPreliminary"));
        fixture.Add("a", "abc"u8.ToArray());
        using var client = await fixture.LogInAsync();
        Assert.Equal(["226 Transfer complete."], (await client.GetAsync("RETR a")).Replies);
    }

    [Fact]
    public async Task A_slow_device_takes_its_time_for_replies_and_data()
    {
        var time = new FakeTimeProvider();
        await using var fixture = await DeviceFixture.StartAsync(DeviceProfiles.Find("Slow"), options => WithFakeClock(options, time));
        fixture.Add("a", DeviceFixture.Bytes(30_000));
        var connecting = fixture.LogInAsync();
        await AdvanceUntilAsync(time, connecting);
        using var client = await connecting;
        var start = time.GetUtcNow();
        var download = client.GetAsync("RETR a");
        await AdvanceUntilAsync(time, download);
        Assert.Equal(30_000, (await download).Data.Length);
        Assert.True(time.GetUtcNow() - start >= TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task Bare_lf_ends_the_lines_of_replies()
    {
        await using var fixture = await DeviceFixture.StartAsync(DeviceProfiles.Find("BareLf"));
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(fixture.Device.EndPoint);
        await client.GetStream().WriteAsync("QUIT\r\n"u8.ToArray());
        var text = Encoding.ASCII.GetString(await RawFtpClient.ReadAllAsync(client));
        Assert.Equal("220 Simulated FTP device ready.\n221 Goodbye.\n", text);
    }

    [Theory]
    [InlineData("Default", "-rw-r--r--    1 ftp      ftp                 3 Jan 02  2020 a.txt\r\n")]
    [InlineData("DosListing", "01-02-20  03:04PM                    3 a.txt\r\n")]
    [InlineData("NameFirstListing", "a.txt                               3 2020/01/02 15:04:05\r\n")]
    [InlineData("WrongClock", "-rw-r--r--    1 ftp      ftp                 3 Jan 02 21:04 a.txt\r\n")]
    public async Task A_listing_is_in_the_profiles_dialect_and_time(string name, string expected)
    {
        await using var fixture = await DeviceFixture.StartAsync(DeviceProfiles.Find(name));
        File.SetLastWriteTimeUtc(fixture.Add("a.txt", "abc"u8.ToArray()), new DateTime(2020, 1, 2, 15, 4, 5, DateTimeKind.Utc));
        using var client = await fixture.LogInAsync();
        Assert.Equal(expected, Encoding.ASCII.GetString((await client.GetAsync("LIST")).Data));
    }

    [Fact]
    public async Task Shift_jis_names_go_over_the_wire_as_bytes_and_lie_on_disk_as_text()
    {
        await using var fixture = await DeviceFixture.StartAsync(DeviceProfiles.Find("ShiftJisNames"));
        fixture.Add("温度.csv", "1"u8.ToArray());
        const string onTheWire = "\x89\xB7\x93\x78.csv";
        using var client = await fixture.LogInAsync();
        Assert.Equal(onTheWire + "\r\n", Encoding.Latin1.GetString((await client.GetAsync("NLST")).Data));
        Assert.Equal("1"u8.ToArray(), (await client.GetAsync("RETR " + onTheWire)).Data);
        Assert.DoesNotContain("UTF8", await client.SendAsync("FEAT"), StringComparison.Ordinal);
    }

    /// <summary>The fake clock runs ahead of the sockets, so the device's own limits must be far away.</summary>
    private static SimulatedFtpDeviceOptions WithFakeClock(SimulatedFtpDeviceOptions options, FakeTimeProvider time) =>
        options with { Time = time, IdleTimeout = TimeSpan.FromDays(40), DataTimeout = TimeSpan.FromDays(40) };

    /// <summary>Moves a fake clock on while a task waits for it.</summary>
    private static async Task AdvanceUntilAsync(FakeTimeProvider time, Task task)
    {
        while (!task.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(0.1));
            await Task.Yield();
        }
    }
}
