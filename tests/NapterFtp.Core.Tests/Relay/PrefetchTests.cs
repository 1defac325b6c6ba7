namespace NapterFtp.Core.Tests.Relay;

public sealed class PrefetchTests : IAsyncDisposable
{
    private readonly ProxyBench _bench = new();

    public PrefetchTests()
    {
        _bench.Options = _bench.Options with { Prefetch = true };
        _bench.Device.WithTransfers((session, _) => session.SendFileAsync([1, 2, 3]));
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task The_next_port_is_asked_for_once_a_client_transfers_file_after_file()
    {
        using var client = await _bench.StartAsync();
        for (var i = 0; i < 5; i++)
        {
            var (content, final) = await client.RetrieveAsync("RETR a");
            Assert.Equal([1, 2, 3], content);
            Assert.Equal("226 Done.\r\n", final);
            if (i > 0)
            {
                await ReceivedAsync((2 * i) + 3);
            }
        }

        Assert.Equal(string.Concat(Enumerable.Repeat("PASV\r\nRETR a\r\n", 5)) + "PASV\r\n", string.Concat(Received()));
        Assert.Equal("221 Bye.\r\n", await client.AskAsync("QUIT"));
        await _bench.DataPortsClosedAsync();
    }

    [Fact]
    public async Task Without_the_option_nothing_is_asked_for()
    {
        _bench.Options = _bench.Options with { Prefetch = false };
        using var client = await _bench.StartAsync();
        await client.RetrieveAsync("RETR a");
        await client.RetrieveAsync("RETR a");
        await client.AskAsync("NOOP");
        Assert.Equal(["PASV\r\n", "RETR a\r\n", "PASV\r\n", "RETR a\r\n", "NOOP\r\n"], Received());
    }

    /// <summary>A device that has not taken the data connection yet, such as pyftpdlib, would forget it, and call an empty file whole.</summary>
    [Fact]
    public async Task Behind_an_upload_nothing_is_asked_for()
    {
        var stored = new List<byte[]>();
        _bench.Device.WithTransfers(async (session, _) => stored.Add(await session.ReceiveFileAsync()));
        using var client = await _bench.StartAsync();
        for (byte i = 0; i < 3; i++)
        {
            using (var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV")))
            {
                Assert.StartsWith("150", await client.AskAsync("STOR a"), StringComparison.Ordinal);
                await data.GetStream().WriteAsync(new[] { i }, TestContext.Current.CancellationToken);
            }

            Assert.Equal("226 Done.\r\n", await client.ReadLineAsync());
        }

        await client.AskAsync("NOOP");
        Assert.Equal(string.Concat(Enumerable.Repeat("PASV\r\nSTOR a\r\n", 3)) + "NOOP\r\n", string.Concat(Received()));
        Assert.Equal([[0], [1], [2]], stored);
    }

    // pyftpdlib does, and ends the data as if they were whole.
    [Theory]
    [InlineData("150 Here it comes.")]
    [InlineData("150 Here it comes (3 bytes).")]
    public async Task A_transfer_that_the_device_breaks_off_for_it_is_not_called_complete_and_the_next_is_left_alone(string preliminary)
    {
        BreakOffOnce(preliminary);
        using var client = await _bench.StartAsync();
        Assert.StartsWith("426 The device opened another data port", await RetrieveBrokenOffAsync(client), StringComparison.Ordinal);
        lock (_bench.Device.Received)
        {
            _bench.Device.Received.Clear();
        }

        for (var i = 0; i < 2; i++)
        {
            var (content, reply) = await client.RetrieveAsync("RETR long");
            Assert.Equal([1, 2, 3], content);
            Assert.Equal("226 Done.\r\n", reply);
        }

        Assert.Equal("200 Ok.\r\n", await client.AskAsync("NOOP"));
        Assert.Equal("PASV\r\nRETR long\r\nPASV\r\nRETR long\r\nNOOP\r\n", string.Concat(Received()));
    }

    [Fact]
    public async Task What_one_session_has_found_out_of_a_device_that_breaks_off_transfers_spares_the_next()
    {
        BreakOffOnce("150 Here it comes.");
        using var first = await _bench.StartAsync();
        Assert.StartsWith("426 ", await RetrieveBrokenOffAsync(first), StringComparison.Ordinal);
        lock (_bench.Device.Received)
        {
            _bench.Device.Received.Clear();
        }

        using var second = await _bench.ConnectAsync();
        for (var i = 0; i < 2; i++)
        {
            await second.RetrieveAsync("RETR a");
        }

        Assert.Equal("200 Ok.\r\n", await second.AskAsync("NOOP"));
        Assert.Equal("PASV\r\nRETR a\r\nPASV\r\nRETR a\r\nNOOP\r\n", string.Concat(Received()));
    }

    // pyftpdlib, where it is asked before it has taken the data connection. A gateway may make a good end of the reset.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_that_the_device_sends_on_the_next_port_instead_is_not_taken_for_the_next_file(bool resets)
    {
        var forgets = true;
        _bench.Device.WithTransfers(async (session, line) =>
        {
            if (line != "RETR late\r\n" || !forgets)
            {
                await session.SendFileAsync([1, 2, 3]);
                return;
            }

            forgets = false;
            await session.SendAsync("150 It comes.\r\n");
            await session.ReadLineAsync();
            using (var forgotten = await session.AcceptDataAsync())
            {
                forgotten.LingerState = new System.Net.Sockets.LingerOption(resets, 0);
            }

            await session.SendAsync(session.ListenForPasv());
            using (var next = await session.AcceptDataAsync())
            {
                await next.GetStream().WriteAsync(new byte[] { 9 });
            }

            await session.SendAsync("226 Done.\r\n");
        });
        using var client = await _bench.StartAsync();
        await client.RetrieveAsync("RETR a");
        using var lost = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        Assert.StartsWith("150", await client.AskAsync("RETR late"), StringComparison.Ordinal);
        Assert.StartsWith("426 ", await client.ReadLineAsync(), StringComparison.Ordinal);

        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        Assert.StartsWith("150", await client.AskAsync("RETR a"), StringComparison.Ordinal);
        Assert.Equal(1, data.GetStream().ReadByte());
        await _bench.DataPortsClosedAsync();
    }

    [Fact]
    public async Task A_transfer_of_which_all_came_that_the_device_had_announced_is_complete_although_it_never_says_so()
    {
        BreakOffOnce("150 Here it comes (1 bytes).");
        using var client = await _bench.StartAsync();
        Assert.StartsWith("226 Transfer complete", await RetrieveBrokenOffAsync(client), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NOOP")]
    [InlineData("TYPE I")]
    [InlineData("REST 1")]
    [InlineData("RNFR a")]
    [InlineData("ABOR")]
    [InlineData("USER b")]
    [InlineData("REIN")]
    public async Task Whatever_the_client_sends_instead_is_answered_in_its_turn(string command)
    {
        var byDefault = _bench.Device.OnCommand;
        _bench.Device.OnCommand = (session, line) => line == command + "\r\n" ? session.SendAsync("226 Seen.\r\n") : byDefault(session, line);
        using var client = await TransferTwiceAsync();
        Assert.Equal("226 Seen.\r\n", await client.AskAsync(command));
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("SYST"));
        var (content, final) = await client.RetrieveAsync("RETR a");
        Assert.Equal([1, 2, 3], content);
        Assert.Equal("226 Done.\r\n", final);
    }

    [Fact]
    public async Task A_client_that_asks_in_another_way_gets_the_same_port()
    {
        using var client = await TransferTwiceAsync();
        Assert.StartsWith("229 ", await client.AskAsync("EPSV"), StringComparison.Ordinal);
        Assert.DoesNotContain("EPSV\r\n", Received());
    }

    [Fact]
    public async Task A_transfer_without_a_port_of_the_clients_own_is_refused_as_the_device_would()
    {
        using var client = await TransferTwiceAsync();
        Assert.StartsWith("425 ", await client.AskAsync("RETR a"), StringComparison.Ordinal);
        var (content, _) = await client.RetrieveAsync("RETR a");
        Assert.Equal([1, 2, 3], content);
    }

    [Fact]
    public async Task A_port_that_nobody_comes_for_is_let_go()
    {
        using var client = await TransferTwiceAsync();
        await ProxyBench.UntilAsync(() => _bench.OpenDataPorts.Any());
        await _bench.AdvanceUntilAsync(TimeSpan.FromSeconds(10), () => !_bench.OpenDataPorts.Any());
        var (content, _) = await client.RetrieveAsync("RETR a");
        Assert.Equal([1, 2, 3], content);
    }

    [Theory]
    [InlineData("425 Not now.\r\n")]
    [InlineData("500 What?\r\n")]
    [InlineData("530 Who are you?\r\n")]
    public async Task A_device_that_refuses_is_asked_again_when_the_client_asks(string refusal)
    {
        var asked = 0;
        var byDefault = _bench.Device.OnCommand;
        _bench.Device.OnCommand = (session, line) =>
            line is "PASV\r\n" or "EPSV\r\n" && Interlocked.Increment(ref asked) is 3 or 4 && (asked == 3 || line == "EPSV\r\n")
                ? session.SendAsync(refusal)
                : byDefault(session, line);
        using var client = await TransferTwiceAsync();
        var (content, final) = await client.RetrieveAsync("RETR a");
        Assert.Equal([1, 2, 3], content);
        Assert.Equal("226 Done.\r\n", final);
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("NOOP"));
    }

    [Fact]
    public async Task A_farewell_in_the_place_of_the_answer_reaches_the_client()
    {
        var asked = 0;
        var byDefault = _bench.Device.OnCommand;
        _bench.Device.OnCommand = async (session, line) =>
        {
            if (line == "PASV\r\n" && Interlocked.Increment(ref asked) == 3)
            {
                await session.SendAsync("421 Too long.\r\n");
                session.Close();
                return;
            }

            await byDefault(session, line);
        };
        using var client = await TransferTwiceAsync();
        Assert.Equal("421 Too long.\r\n", await client.ReadLineAsync());
        Assert.Null(await client.ReadLineAsync());
    }

    [Theory]
    [InlineData("450 PASV: data transfer in progress\r\n")]
    [InlineData("503 Wait.\r\n")]
    [InlineData("227 Entering Passive Mode (10,128,0,5,156,64).\r\n")]
    public async Task An_answer_in_the_middle_of_the_transfer_is_not_the_transfers_own(string answer)
    {
        var transfers = 0;
        _bench.Device.WithTransfers(async (session, _) =>
        {
            if (Interlocked.Increment(ref transfers) != 2)
            {
                await session.SendFileAsync([1, 2, 3]);
                return;
            }

            await session.SendAsync("150 Here it comes.\r\n");
            using (var data = await session.AcceptDataAsync())
            {
                Assert.Equal("PASV\r\n", await session.ReadLineAsync());
                await session.SendAsync(answer);
                await data.GetStream().WriteAsync(new byte[] { 1, 2, 3 });
            }

            await session.SendAsync("226 Done.\r\n");
        });
        using var client = await _bench.StartAsync();
        await client.RetrieveAsync("RETR a");
        var (content, final) = await client.RetrieveAsync("RETR a");
        Assert.Equal([1, 2, 3], content);
        Assert.Equal("226 Done.\r\n", final);
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("NOOP"));
    }

    [Fact]
    public async Task An_active_client_that_changes_its_mind_is_served()
    {
        using var client = await TransferTwiceAsync();
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        Assert.StartsWith("200 ", await client.AskAsync($"PORT 127,0,0,1,{port >> 8},{port & 255}"), StringComparison.Ordinal);
        await client.SendAsync("RETR a\r\n");
        using var data = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var content = new MemoryStream();
        await data.GetStream().CopyToAsync(content, TestContext.Current.CancellationToken);
        Assert.Equal([1, 2, 3], content.ToArray());
    }

    /// <summary>A client that has had two files, and the device asked for a third port.</summary>
    private async Task<RawFtpClient> TransferTwiceAsync()
    {
        var client = await _bench.StartAsync();
        await client.RetrieveAsync("RETR a");
        await client.RetrieveAsync("RETR a");
        await ReceivedAsync(5);
        return client;
    }

    private Task ReceivedAsync(int count) => ProxyBench.UntilAsync(() => Received().Length >= count);

    private string[] Received()
    {
        lock (_bench.Device.Received)
        {
            return [.. _bench.Device.Received];
        }
    }

    /// <summary>The device sends the first byte of a file called long, ends it at the next command, and says nothing of that.</summary>
    private void BreakOffOnce(string preliminary)
    {
        var breaksOff = true;
        _bench.Device.WithTransfers(async (session, line) =>
        {
            if (line != "RETR long\r\n" || !breaksOff)
            {
                await session.SendFileAsync([1, 2, 3]);
                return;
            }

            breaksOff = false;
            await session.SendAsync(preliminary + "\r\n");
            using var data = await session.AcceptDataAsync();
            await data.GetStream().WriteAsync(new byte[] { 1 });
            await session.ReadLineAsync();
            data.Close();
            await session.SendAsync(session.ListenForPasv());
        });
    }

    /// <returns>The final reply of the second transfer, which the next port is asked for behind.</returns>
    private async Task<string?> RetrieveBrokenOffAsync(RawFtpClient client)
    {
        await client.RetrieveAsync("RETR a");
        await _bench.DataPortsClosedAsync();
        using var cut = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        Assert.StartsWith("150", await client.AskAsync("RETR long"), StringComparison.Ordinal);
        Assert.Equal(1, cut.GetStream().ReadByte());
        Assert.Equal(-1, cut.GetStream().ReadByte());
        await ProxyBench.UntilAsync(() => _bench.OpenDataPorts.Count() == 2);
        var final = client.ReadLineAsync();
        await _bench.AdvanceUntilAsync(TimeSpan.FromSeconds(31), () => final.IsCompleted);
        return await final;
    }
}
