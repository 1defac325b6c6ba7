using System.Text;
using Microsoft.Extensions.Time.Testing;
using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Device;

public sealed class FaultTests
{
    [Fact]
    public async Task A_session_is_refused_once()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        var fault = fixture.Device.Faults.Arm(DeviceFault.RefuseSession("421 Out of memory."));
        var (refused, greeting) = await RawFtpClient.ConnectAsync(fixture.Device.EndPoint);
        Assert.Equal("421 Out of memory.", greeting);
        Assert.Null(await refused.ReadLineAsync());
        refused.Dispose();
        using var client = await fixture.LogInAsync();
        Assert.Equal(1, fault.Fired);
        Assert.True(fault.FirstFiring.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_device_drops_who_connects_or_never_greets_or_greets_late()
    {
        var time = new FakeTimeProvider();
        await using var fixture = await DeviceFixture.StartAsync(change: options => options with { Time = time, IdleTimeout = TimeSpan.FromDays(40) });
        var drop = fixture.Device.Faults.Arm(DeviceFault.DropControl(DeviceFault.Connecting));
        var silence = fixture.Device.Faults.Arm(DeviceFault.Silence(DeviceFault.Connecting));
        fixture.Device.Faults.Arm(DeviceFault.Delay(DeviceFault.Connecting, TimeSpan.FromMinutes(1)));

        // The reset may overtake the system's own report that the connection was made.
        var dropped = await Record.ExceptionAsync(async () => Assert.Equal("", (await RawFtpClient.ConnectAsync(fixture.Device.EndPoint)).Greeting));
        Assert.True(dropped is null or System.Net.Sockets.SocketException);
        await drop.FirstFiring;

        var ignored = RawFtpClient.ConnectAsync(fixture.Device.EndPoint);
        await silence.FirstFiring;
        var late = RawFtpClient.ConnectAsync(fixture.Device.EndPoint);
        while (!late.IsCompleted)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }

        var (client, greeting) = await late;
        Assert.StartsWith("220", greeting, StringComparison.Ordinal);
        client.Dispose();
        Assert.False(ignored.IsCompleted);
        await fixture.Device.DisposeAsync();
        Assert.Equal("", (await ignored).Greeting);
    }

    [Fact]
    public async Task A_login_is_refused()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        fixture.Device.Faults.Arm(DeviceFault.RefuseLogin());
        var (client, _) = await RawFtpClient.ConnectAsync(fixture.Device.EndPoint);
        await client.SendAsync("USER u");
        Assert.Equal("530 Login incorrect.", await client.SendAsync("PASS p"));
        Assert.Equal("230 Login successful.", await client.SendAsync("PASS p"));
        client.Dispose();
    }

    [Fact]
    public async Task The_control_connection_drops_at_a_command()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        fixture.Device.Faults.Arm(DeviceFault.DropControl("PASV"));
        using var client = await fixture.LogInAsync();
        await client.SendAsync("PWD");
        Assert.Equal("", await client.SendAsync("PASV"));
    }

    [Fact]
    public async Task A_421_ends_the_session()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        fixture.Device.Faults.Arm(DeviceFault.ReplyInstead("LIST", "421 Shutting down."));
        using var client = await fixture.LogInAsync();
        Assert.Equal("421 Shutting down.", await client.SendAsync("LIST"));
        Assert.Null(await client.ReadLineAsync());
    }

    [Fact]
    public async Task The_nth_transfer_of_a_kind_is_refused()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        fixture.Add("a", "abc"u8.ToArray());
        var fault = fixture.Device.Faults.Arm(DeviceFault.ReplyInstead("RETR", "425 No.") with { Skip = 2, Count = 2 });
        using var client = await fixture.LogInAsync();
        var codes = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            using var data = await client.OpenDataAsync();
            await client.WriteAsync("RETR a\r\n");
            codes.Add((await client.ReadRepliesAsync())[^1][..3]);
        }

        Assert.Equal(["226", "226", "425", "425", "226"], codes);
        Assert.Equal(2, fault.Fired);
    }

    [Fact]
    public async Task A_fault_fits_by_argument_and_is_gone_when_disposed_of()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        using var client = await fixture.LogInAsync();
        using (fixture.Device.Faults.Arm(DeviceFault.ReplyInstead("CWD", "550 No.") with { When = (_, argument) => argument == "/", Count = int.MaxValue }))
        {
            Assert.Equal("550 No.", await client.SendAsync("CWD /"));
            Assert.StartsWith("250", await client.SendAsync("CWD ."), StringComparison.Ordinal);
            Assert.Equal("550 No.", await client.SendAsync("CWD /"));
        }

        Assert.StartsWith("250", await client.SendAsync("CWD /"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_command_is_never_answered_and_the_session_ends_with_the_client()
    {
        await using var fixture = await DeviceFixture.StartAsync(DeviceProfiles.Find("OmronCJ"));
        var fault = fixture.Device.Faults.Arm(DeviceFault.Silence("PWD"));
        using (var client = await fixture.LogInAsync())
        {
            await client.WriteAsync("PWD\r\nNOOP\r\n");
            await fault.FirstFiring;
        }

        using var next = await fixture.LogInAsync();
    }

    [Fact]
    public async Task A_delayed_command_waits_for_the_clock()
    {
        var time = new FakeTimeProvider();
        await using var fixture = await DeviceFixture.StartAsync(change: options => options with { Time = time });
        var fault = fixture.Device.Faults.Arm(DeviceFault.Delay("PWD", TimeSpan.FromHours(1)));
        using var client = await fixture.LogInAsync();
        var reply = client.SendAsync("PWD");
        await fault.FirstFiring;
        Assert.False(reply.IsCompleted);
        while (!reply.IsCompleted)
        {
            time.Advance(TimeSpan.FromHours(1));
            await Task.Yield();
        }

        Assert.StartsWith("257", await reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_drops_after_some_bytes()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        fixture.Add("a", DeviceFixture.Bytes(1000));
        fixture.Device.Faults.Arm(DeviceFault.DropData(100, "RETR"));
        using var client = await fixture.LogInAsync();
        using var data = await client.OpenDataAsync();
        await client.WriteAsync("RETR a\r\n");
        Assert.Equal(["150", "426"], (await client.ReadRepliesAsync()).Select(reply => reply[..3]));
        await Assert.ThrowsAsync<IOException>(() => RawFtpClient.ReadAllAsync(data));
    }

    [Fact]
    public async Task A_device_that_loses_power_drops_data_and_control()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        fixture.Add("a", DeviceFixture.Bytes(1000));
        fixture.Device.Faults.Arm(DeviceFault.LosePower(100));
        using var client = await fixture.LogInAsync();
        using var data = await client.OpenDataAsync();
        await client.WriteAsync("RETR a\r\n");
        await Assert.ThrowsAsync<IOException>(() => RawFtpClient.ReadAllAsync(data));
        Assert.NotEqual("226", (await client.ReadRepliesAsync())[^1]);
        Assert.Null(await client.ReadLineAsync());
        using var next = await fixture.LogInAsync();
    }

    [Fact]
    public async Task A_truncated_download_claims_success()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        fixture.Add("a", DeviceFixture.Bytes(1000));
        fixture.Device.Faults.Arm(DeviceFault.TruncateData(100));
        using var client = await fixture.LogInAsync();
        var (replies, data) = await client.GetAsync("RETR a");
        Assert.Equal(DeviceFixture.Bytes(1000)[..100], data);
        Assert.StartsWith("226", replies[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_truncated_upload_claims_success()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        fixture.Device.Faults.Arm(DeviceFault.TruncateData(100, "STOR"));
        using var client = await fixture.LogInAsync();
        Assert.StartsWith("226", (await client.PutAsync("STOR a", DeviceFixture.Bytes(1_000_000)))[^1], StringComparison.Ordinal);
        Assert.Equal(100, new FileInfo(Path.Combine(fixture.Root, "a")).Length);
    }

    [Theory]
    [InlineData("RETR")]
    [InlineData("STOR")]
    public async Task Stalled_data_stays_until_the_client_aborts(string verb)
    {
        await using var fixture = await DeviceFixture.StartAsync();
        fixture.Add("a", DeviceFixture.Bytes(1000));
        var fault = fixture.Device.Faults.Arm(DeviceFault.StallData(100));
        using var client = await fixture.LogInAsync();
        using var data = await client.OpenDataAsync();
        await client.WriteAsync($"{verb} a\r\n");
        await data.GetStream().WriteAsync(new byte[1000]);
        await fault.FirstFiring;
        await client.WriteAsync("ABOR\r\n");
        Assert.StartsWith("426", (await client.ReadRepliesAsync())[^1], StringComparison.Ordinal);
        Assert.StartsWith("226", await client.ReadReplyAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("451 Local error.")]
    [InlineData("552 Disk full.")]
    public async Task An_upload_fails_in_the_middle_with_a_reason(string reply)
    {
        await using var fixture = await DeviceFixture.StartAsync();
        fixture.Device.Faults.Arm(DeviceFault.FailData(100, reply));
        using var client = await fixture.LogInAsync();
        using var data = await client.OpenDataAsync();
        await client.WriteAsync("STOR a\r\n");
        await data.GetStream().WriteAsync(new byte[1000]);
        Assert.Equal(reply, (await client.ReadRepliesAsync())[^1]);
    }

    [Fact]
    public async Task Size_is_wrong_once()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        fixture.Add("a", new byte[10]);
        fixture.Device.Faults.Arm(DeviceFault.WrongSize(5));
        using var client = await fixture.LogInAsync();
        Assert.Equal("213 15", await client.SendAsync("SIZE a"));
        Assert.Equal("213 10", await client.SendAsync("SIZE a"));
    }

    [Fact]
    public async Task A_file_changes_between_size_and_retr()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        fixture.Add("a", "old"u8.ToArray());
        fixture.Device.Faults.Arm(DeviceFault.ChangeFile(path => File.WriteAllText(path, "newer"), "RETR"));
        using var client = await fixture.LogInAsync();
        Assert.Equal("213 3", await client.SendAsync("SIZE a"));
        Assert.Equal("newer", Encoding.ASCII.GetString((await client.GetAsync("RETR a")).Data));
    }

    [Fact]
    public async Task Cleared_faults_do_not_happen()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        fixture.Device.Faults.Arm(DeviceFault.DropControl());
        fixture.Device.Faults.Clear();
        using var client = await fixture.LogInAsync();
    }
}
