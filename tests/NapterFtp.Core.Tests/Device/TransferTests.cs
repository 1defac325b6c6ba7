using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NapterFtp.Core.Tests.Device;

public sealed class TransferTests
{
    [Theory]
    [InlineData("PASV", true)]
    [InlineData("EPSV", false)]
    public async Task A_file_downloads_in_passive_mode(string passive, bool systemSends)
    {
        await using var fixture = await DeviceFixture.StartAsync(change: options => options with { SystemSendsFiles = systemSends });
        var content = DeviceFixture.Bytes(3_000_000);
        fixture.Add("log/a.bin", content);
        using var client = await fixture.LogInAsync();

        var (replies, data) = await client.GetAsync("RETR log/a.bin", passive);

        Assert.Equal(content, data);
        Assert.Equal(["150 Opening BINARY mode data connection for log/a.bin (3000000 bytes).", "226 Transfer complete."], replies);
        Assert.Equal(3_000_000, fixture.Device.Counters.BytesSent);
    }

    [Fact]
    public async Task The_passive_reply_names_a_private_host()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        using var client = await fixture.LogInAsync();
        Assert.StartsWith("227 Entering Passive Mode (10,128,0,5,", await client.SendAsync("PASV"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "bc")]
    [InlineData(3, "")]
    [InlineData(9, "")]
    public async Task A_download_restarts_where_rest_says_and_only_once(int offset, string expected)
    {
        await using var fixture = await DeviceFixture.StartAsync();
        fixture.Add("a", "abc"u8.ToArray());
        using var client = await fixture.LogInAsync();
        await client.SendAsync($"REST {offset}");
        Assert.Equal(expected, Encoding.ASCII.GetString((await client.GetAsync("RETR a")).Data));
        Assert.Equal("abc"u8.ToArray(), (await client.GetAsync("RETR a")).Data);
    }

    [Theory]
    [InlineData("STOR a", 0, "new")]
    [InlineData("STOR a", 2, "olnew")]
    [InlineData("APPE a", 0, "old..new")]
    public async Task An_upload_replaces_restarts_or_appends(string command, int offset, string expected)
    {
        await using var fixture = await DeviceFixture.StartAsync();
        var path = fixture.Add("a", "old.."u8.ToArray());
        using var client = await fixture.LogInAsync();
        await client.SendAsync($"REST {offset}");
        Assert.Equal(["150 Ok to send data.", "226 Transfer complete."], await client.PutAsync(command, "new"u8.ToArray()));
        Assert.Equal(expected, await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task Stou_names_the_file_it_makes()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        fixture.Add("a", []);
        using var client = await fixture.LogInAsync();
        Assert.Equal("150 FILE: a.1", (await client.PutAsync("STOU a", "x"u8.ToArray()))[0]);
        Assert.Equal("x", await File.ReadAllTextAsync(Path.Combine(fixture.Root, "a.1")));
    }

    [Theory]
    [InlineData("PORT")]
    [InlineData("EPRT")]
    public async Task A_file_downloads_in_active_mode(string verb)
    {
        await using var fixture = await DeviceFixture.StartAsync();
        fixture.Add("a", "abc"u8.ToArray());
        using var client = await fixture.LogInAsync();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var argument = verb == "PORT" ? $"127,0,0,1,{port >> 8},{port & 255}" : $"|1|127.0.0.1|{port}|";

        Assert.StartsWith("200", await client.SendAsync($"{verb} {argument}"), StringComparison.Ordinal);
        await client.WriteAsync("RETR a\r\n");
        using var data = await listener.AcceptTcpClientAsync();

        Assert.Equal("abc"u8.ToArray(), await RawFtpClient.ReadAllAsync(data));
        Assert.StartsWith("226", (await client.ReadRepliesAsync())[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PORT 127,0,0,2,200,10", "500")]
    [InlineData("PORT 127,0,0,1,0,25", "500")]
    [InlineData("PORT 127,0,0,1,256,25", "501")]
    [InlineData("PORT 1,2,3", "501")]
    [InlineData("EPRT |1|10.0.0.1|40000|", "500")]
    [InlineData("EPRT |2|127.0.0.1|40000|", "522")]
    [InlineData("EPRT 1", "501")]
    [InlineData("EPRT", "501")]
    public async Task Active_mode_to_anybody_else_or_a_low_port_is_refused(string command, string code)
    {
        await using var fixture = await DeviceFixture.StartAsync();
        using var client = await fixture.LogInAsync();
        Assert.StartsWith(code, await client.SendAsync(command), StringComparison.Ordinal);
        Assert.Equal("425 Use PORT or PASV first.", await client.SendAsync("LIST"));
    }

    [Fact]
    public async Task A_data_connection_from_another_address_is_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has all of 127.0.0.0/8 without set-up.");
        await using var fixture = await DeviceFixture.StartAsync();
        using var client = await fixture.LogInAsync();
        var port = RawFtpClient.PortOf(await client.SendAsync("PASV"));
        using var stranger = await client.ConnectDataAsync(port, IPAddress.Parse("127.0.0.2"));
        Assert.Equal("425 Security: Bad IP connecting.", await client.SendAsync("LIST"));
    }

    [Fact]
    public async Task Four_sessions_transfer_at_once()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        var contents = Enumerable.Range(1, 4).Select(i => DeviceFixture.Bytes(i * 500_000)).ToArray();
        var results = await Task.WhenAll(contents.Select(async (content, i) =>
        {
            using var client = await fixture.LogInAsync();
            await client.PutAsync($"STOR f{i}", content);
            return (await client.GetAsync($"RETR f{i}")).Data;
        }));
        Assert.All(contents.Zip(results), pair => Assert.True(pair.First.AsSpan().SequenceEqual(pair.Second)));
    }

    [Fact]
    public async Task A_refused_download_closes_the_passive_port()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        using var client = await fixture.LogInAsync();
        await client.SendAsync("PASV");
        Assert.StartsWith("550", await client.SendAsync("RETR nothing"), StringComparison.Ordinal);
        Assert.StartsWith("425", await client.SendAsync("LIST"), StringComparison.Ordinal);
    }
}
