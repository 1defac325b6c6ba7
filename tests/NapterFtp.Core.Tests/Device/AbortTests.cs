using System.Net.Sockets;
using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Device;

public sealed class AbortTests
{
    [Fact]
    public async Task Abor_alone_succeeds()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        using var client = await fixture.LogInAsync();
        Assert.Equal("226 ABOR successful.", await client.SendAsync("ABOR"));
    }

    [Theory]
    [InlineData("ABOR\r\n")]
    [InlineData("\xFF\xF4\xFF\xF2" + "ABOR\r\n")]
    [InlineData("\xFF\xF4\xFF" + "ABOR\r\n")]
    [InlineData("\xF2" + "abor\r\n")]
    public async Task Abor_ends_a_running_transfer_with_426_then_226(string abort)
    {
        await using var fixture = await DeviceFixture.StartAsync();
        fixture.Add("a", new byte[50_000_000]);
        using var client = await fixture.LogInAsync();
        using var data = await client.OpenDataAsync();
        Assert.StartsWith("150", await client.SendAsync("RETR a"), StringComparison.Ordinal);
        await client.WriteAsync(abort);
        await AssertAbortedAsync(client);
    }

    [Fact]
    public async Task Abor_with_urgent_data_ends_a_running_transfer()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        fixture.Add("a", new byte[50_000_000]);
        using var client = await fixture.LogInAsync();
        using var data = await client.OpenDataAsync();
        Assert.StartsWith("150", await client.SendAsync("RETR a"), StringComparison.Ordinal);
        await client.WriteAsync("\xFF\xF4\xFF");
        client.WriteUrgent(0xF2);
        await client.WriteAsync("ABOR\r\n");
        await AssertAbortedAsync(client);
    }

    [Fact]
    public async Task Abor_ends_the_wait_for_a_data_connection()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        using var client = await fixture.LogInAsync();
        await client.SendAsync("PASV");
        await client.WriteAsync("LIST\r\nABOR\r\n");
        await AssertAbortedAsync(client);
    }

    [Fact]
    public async Task Abor_ends_an_upload()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        using var client = await fixture.LogInAsync();
        using var data = await client.OpenDataAsync();
        Assert.StartsWith("150", await client.SendAsync("STOR a"), StringComparison.Ordinal);
        await client.WriteAsync("ABOR\r\n");
        await AssertAbortedAsync(client);
    }

    [Fact]
    public async Task A_client_that_hangs_up_ends_its_transfer()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        fixture.Add("a", new byte[50_000_000]);
        using var client = await fixture.LogInAsync();
        using var data = await client.OpenDataAsync();
        Assert.StartsWith("150", await client.SendAsync("RETR a"), StringComparison.Ordinal);
        client.Dispose();
        var error = await Record.ExceptionAsync(async () => Assert.True((await RawFtpClient.ReadAllAsync(data)).Length < 50_000_000));
        Assert.True(error is null or IOException { InnerException: SocketException });
    }

    [Fact]
    public async Task A_transfer_ends_well_when_quit_is_behind_it()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        fixture.Add("a", new byte[5_000_000]);
        using var client = await fixture.LogInAsync();
        using var data = await client.OpenDataAsync();
        await client.WriteAsync("RETR a\r\nQUIT\r\n");
        client.EndWrites();
        Assert.Equal(5_000_000, (await RawFtpClient.ReadAllAsync(data)).Length);
        Assert.StartsWith("226", (await client.ReadRepliesAsync())[^1], StringComparison.Ordinal);
        Assert.StartsWith("221", await client.ReadReplyAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_that_does_not_know_abor_finishes_the_transfer()
    {
        await using var fixture = await DeviceFixture.StartAsync(DeviceProfiles.Find("OmronCJ"));
        fixture.Add("a", new byte[5_000_000]);
        using var client = await fixture.LogInAsync();
        using var data = await client.OpenDataAsync();
        await client.WriteAsync("RETR a\r\nABOR\r\n");
        Assert.Equal(5_000_000, (await RawFtpClient.ReadAllAsync(data)).Length);
        Assert.StartsWith("226", (await client.ReadRepliesAsync())[^1], StringComparison.Ordinal);
        Assert.StartsWith("500", await client.ReadReplyAsync(), StringComparison.Ordinal);
    }

    private static async Task AssertAbortedAsync(RawFtpClient client)
    {
        Assert.StartsWith("426", (await client.ReadRepliesAsync())[^1], StringComparison.Ordinal);
        Assert.Equal("226 ABOR successful.", await client.ReadReplyAsync());
        Assert.StartsWith("257", await client.SendAsync("PWD"), StringComparison.Ordinal);
    }
}
