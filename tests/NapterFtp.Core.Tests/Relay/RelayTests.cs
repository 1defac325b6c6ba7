using System.Text;

namespace NapterFtp.Core.Tests.Relay;

public sealed class RelayTests
{
    [Fact]
    public async Task Commands_and_replies_pass_byte_for_byte()
    {
        await using var bench = new ProxyBench();
        const string shiftJis = "CWD \x83\x66\x81\x5B\x83\x5E\xFF\xFF\r\n";
        bench.Device.OnCommand = (session, line) => session.SendAsync($"250-{line.TrimEnd()}\r\n 227 (1,2,3,4,5,6)\r\n250 \xFF\x83\x5C ok\r\n");
        using var client = await bench.StartAsync();
        await client.SendAsync(shiftJis);
        Assert.Equal("250-" + shiftJis, await client.ReadLineAsync());
        Assert.Equal(" 227 (1,2,3,4,5,6)\r\n", await client.ReadLineAsync());
        Assert.Equal("250 \xFF\x83\x5C ok\r\n", await client.ReadLineAsync());
        Assert.Equal(shiftJis, Assert.Single(bench.Device.Received));
        Assert.Empty(bench.OpenDataPorts);
    }

    [Fact]
    public async Task A_download_arrives_whole_and_its_port_is_closed()
    {
        await using var bench = new ProxyBench();
        var content = Encoding.UTF8.GetBytes(new string('x', 300_000));
        bench.Device.WithTransfers((session, _) => session.SendFileAsync(content));
        using var client = await bench.StartAsync();
        var (received, final) = await client.RetrieveAsync("RETR log.csv");
        Assert.Equal(content, received);
        Assert.Equal("226 Done.\r\n", final);
        await bench.DataPortsClosedAsync();
        Assert.Equal("PASV\r\n", bench.Device.Received[0]);
        await ProxyBench.UntilAsync(() => bench.Events.Any(step => step is { Kind: NapterPortKind.Data, State: NapterPortState.Closed }));
        var data = bench.Events.Where(step => step.Kind == NapterPortKind.Data).ToList();
        Assert.Equal(
            [NapterPortState.Opening, NapterPortState.Open, NapterPortState.Connected, NapterPortState.Closing, NapterPortState.Closed],
            data.Select(step => step.State));
        Assert.Equal("RETR log.csv", data[^1].Command);
        Assert.Equal(content.Length, data[^1].BytesFromDevice);
    }

    [Fact]
    public async Task An_upload_arrives_whole_and_its_port_is_closed()
    {
        await using var bench = new ProxyBench();
        byte[]? stored = null;
        bench.Device.WithTransfers(async (session, _) => stored = await session.ReceiveFileAsync());
        using var client = await bench.StartAsync();
        var content = Encoding.UTF8.GetBytes(new string('y', 300_000));
        using (var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV")))
        {
            Assert.StartsWith("150", await client.AskAsync("STOR recipe.bin"), StringComparison.Ordinal);
            await data.GetStream().WriteAsync(content, TestContext.Current.CancellationToken);
        }

        Assert.Equal("226 Done.\r\n", await client.ReadLineAsync());
        Assert.Equal(content, stored);
        await bench.DataPortsClosedAsync();
    }

    [Fact]
    public async Task The_final_reply_waits_for_the_last_byte()
    {
        await using var bench = new ProxyBench();
        var content = new byte[8 * 1024 * 1024];
        bench.Device.WithTransfers(async (session, _) =>
        {
            await session.SendAsync("150 Here it comes.\r\n226 Done before it has begun.\r\n");
            using var data = await session.AcceptDataAsync();
            await data.GetStream().WriteAsync(content);
        });
        using var client = await bench.StartAsync();
        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        Assert.StartsWith("150", await client.AskAsync("RETR big.bin"), StringComparison.Ordinal);
        var final = client.ReadLineAsync();
        var received = new MemoryStream();
        var buffer = new byte[65536];
        int count;
        while ((count = await data.GetStream().ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0)
        {
            if (received.Length == 0)
            {
                Assert.False(final.IsCompleted);
            }

            received.Write(buffer, 0, count);
        }

        Assert.Equal(content.Length, received.Length);
        Assert.Equal("226 Done before it has begun.\r\n", await final);
    }

    [Fact]
    public async Task A_client_that_speaks_EPSV_is_answered_in_EPSV()
    {
        await using var bench = new ProxyBench();
        bench.Device.WithTransfers((session, _) => session.SendFileAsync([1, 2, 3]));
        using var client = await bench.StartAsync();
        Assert.Matches(@"^229 Entering Extended Passive Mode \(\|\|\|\d+\|\)\r\n$", await client.AskAsync("EPSV"));
        Assert.Equal("EPSV\r\n", Assert.Single(bench.Device.Received));
        Assert.Single(bench.OpenDataPorts);
    }

    [Fact]
    public async Task A_port_that_cannot_be_opened_gives_425_with_the_reason_and_the_session_goes_on()
    {
        await using var bench = new ProxyBench();
        bench.Device.WithTransfers((session, _) => session.SendFileAsync([1]));
        using var client = await bench.StartAsync();
        bench.Api.BeforeCreate = (_, _) => throw Entries.FakePortMappingApi.Refused();
        Assert.Equal("425 No permission.\r\n", await client.AskAsync("PASV"));
        bench.Api.BeforeCreate = (_, _) => Task.CompletedTask;
        Assert.Equal([1], (await client.RetrieveAsync("RETR a")).Content);
    }

    [Fact]
    public async Task A_gateway_that_cannot_be_reached_gives_425_and_the_session_goes_on()
    {
        await using var bench = new ProxyBench();
        bench.Device.WithTransfers((session, _) => session.SendFileAsync([1]));
        using var client = await bench.StartAsync();
        bench.Dialer.DataFailure = new NapterFtpException("GatewayUnreachable", NapterFtpErrorKind.Connection, "Refused.", "Look at the firewall.");
        var passive = await client.AskAsync("PASV");
        await ProxyBench.UntilAsync(() => bench.Events.Any(step => step is { Kind: NapterPortKind.Data, State: NapterPortState.Failed }));
        using (await RawFtpClient.ConnectDataAsync(passive))
        {
            Assert.Equal("425 Refused. Look at the firewall.\r\n", await client.AskAsync("RETR a"));
        }

        await bench.DataPortsClosedAsync();
        bench.Dialer.DataFailure = null;
        Assert.Equal([1], (await client.RetrieveAsync("RETR a")).Content);
    }

    [Theory]
    [InlineData("150 Opening BINARY mode data connection for a (7 bytes) (1000 bytes).", "", 400, "426 The transfer failed: The connection from the gateway was cut after 400 of 1000 bytes.\r\n")]
    [InlineData("150 Opening BINARY mode data connection for a (1000 bytes).", "", 1000, "226 Done.\r\n")]
    [InlineData("150 Opening BINARY mode data connection for a (1000 bytes).", "REST 600", 400, "226 Done.\r\n")]
    [InlineData("150 Here it comes.", "", 400, "226 Done.\r\n")]
    public async Task A_download_that_was_cut_on_the_way_is_not_reported_as_complete(string opening, string before, int sent, string expected)
    {
        await using var bench = new ProxyBench();
        bench.Dialer.CutsData = true;
        bench.Device.WithTransfers(async (session, _) =>
        {
            await session.SendAsync(opening + "\r\n");
            using (var data = await session.AcceptDataAsync())
            {
                await data.GetStream().WriteAsync(new byte[sent], TestContext.Current.CancellationToken);
            }

            await session.SendAsync("226 Done.\r\n");
        });
        using var client = await bench.StartAsync();
        if (before.Length > 0)
        {
            Assert.StartsWith("200", await client.AskAsync(before), StringComparison.Ordinal);
        }

        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        Assert.Equal(opening + "\r\n", await client.AskAsync("RETR a"));
        Assert.Equal(expected, await client.ReadLineAsync());
        await bench.DataPortsClosedAsync();
    }

    [Fact]
    public async Task A_device_that_never_greets_does_not_keep_its_client_waiting_for_long()
    {
        await using var bench = new ProxyBench();
        bench.Device.Greeting = "";
        using var client = await bench.StartUngreetedAsync();
        await ProxyBench.UntilAsync(() => bench.Proxy.Snapshot().Sessions == 1);
        bench.Time.Advance(bench.Options.GreetingTimeout);
        Assert.StartsWith("421 The device sent no greeting within 60 s", await client.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_listens_on_after_550_serves_the_next_transfer_on_the_same_port()
    {
        await using var bench = new ProxyBench();
        bench.Device.WithTransfers((session, line) => line.Contains("missing", StringComparison.Ordinal)
            ? session.SendAsync("550 Failed to open file.\r\n")
            : session.SendFileAsync([7]));
        using var client = await bench.StartAsync();
        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        Assert.StartsWith("550", await client.AskAsync("RETR missing"), StringComparison.Ordinal);
        Assert.StartsWith("150", await client.AskAsync("RETR there"), StringComparison.Ordinal);
        Assert.Equal(7, data.GetStream().ReadByte());
        Assert.Equal("226 Done.\r\n", await client.ReadLineAsync());
        await bench.DataPortsClosedAsync();
    }

    [Fact]
    public async Task A_new_passive_reply_closes_the_port_of_the_one_before()
    {
        await using var bench = new ProxyBench();
        bench.Device.WithTransfers((session, _) => session.SendFileAsync([1]));
        using var client = await bench.StartAsync();
        await client.AskAsync("PASV");
        var first = Assert.Single(bench.Api.Entries, entry => entry.DevicePort != 21).EndPoint;
        await client.AskAsync("EPSV");

        // By the entry: the device may listen on the same port again.
        await ProxyBench.UntilAsync(() => bench.Api.Entries.All(entry => !entry.EndPoint.Equals(first)));
        Assert.Single(bench.OpenDataPorts);
    }

    [Fact]
    public async Task A_client_that_leaves_in_mid_transfer_leaves_no_port()
    {
        await using var bench = new ProxyBench();
        bench.Device.WithTransfers(async (session, _) =>
        {
            await session.SendAsync("150 Here it comes.\r\n");
            using var data = await session.AcceptDataAsync();
            var block = new byte[65536];
            while (true)
            {
                await data.GetStream().WriteAsync(block);
            }
        });
        using (var client = await bench.StartAsync())
        {
            using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
            Assert.StartsWith("150", await client.AskAsync("RETR endless"), StringComparison.Ordinal);
            Assert.True(data.GetStream().ReadByte() >= 0);
        }

        await bench.DataPortsClosedAsync();
    }

    [Fact]
    public async Task A_device_that_vanishes_in_mid_transfer_leaves_no_port_and_the_client_is_told()
    {
        await using var bench = new ProxyBench();
        bench.Device.WithTransfers(async (session, _) =>
        {
            await session.SendAsync("150 Here it comes.\r\n");
            using var data = await session.AcceptDataAsync();
            await data.GetStream().WriteAsync(new byte[1000]);
            data.Client.LingerState = new(true, 0);
            session.Reset();
        });
        using var client = await bench.StartAsync();
        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        Assert.StartsWith("150", await client.AskAsync("RETR a"), StringComparison.Ordinal);
        Assert.StartsWith("421", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Null(await client.ReadLineAsync());
        await bench.DataPortsClosedAsync();
    }
}
