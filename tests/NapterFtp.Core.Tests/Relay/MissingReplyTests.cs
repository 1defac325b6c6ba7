namespace NapterFtp.Core.Tests.Relay;

/// <summary>After a final reply that the relay had to make up, no later reply may be lost or shifted.</summary>
public sealed class MissingReplyTests : IAsyncDisposable
{
    private readonly ProxyBench _bench = new();
    private string? _late;

    public MissingReplyTests()
    {
        _bench.Device.WithTransfers(async (session, line) =>
        {
            await session.SendAsync("150 Here it comes.\r\n");
            using (var data = await session.AcceptDataAsync())
            {
                await data.GetStream().WriteAsync(new byte[] { 4 });
            }

            if (line == "RETR whole\r\n")
            {
                await session.SendAsync("226 Whole.\r\n");
            }
        });
        var byDefault = _bench.Device.OnCommand;
        _bench.Device.OnCommand = async (session, line) =>
        {
            if (_late is { } late && !line.StartsWith("PASV", StringComparison.Ordinal))
            {
                _late = null;
                await session.SendAsync(late);
            }

            await (line.TrimEnd() switch
            {
                "CWD a" => session.SendAsync("250 There.\r\n"),
                "DELE a" => session.SendAsync("250 Gone.\r\n"),
                "DELE b" => session.SendAsync("550 No such file.\r\n"),
                "RNFR a" => session.SendAsync("350 And?\r\n"),
                "RNTO b" => session.SendAsync("250 Renamed.\r\n"),
                _ => byDefault(session, line),
            });
        };
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData(null)]
    [InlineData("226 Late.\r\n")]
    [InlineData("426 Late.\r\n")]
    public async Task The_next_250_reaches_the_client_and_nothing_is_shifted(string? late)
    {
        using var client = await LoseReplyAsync();
        _late = late;
        Assert.Equal("250 There.\r\n", await client.AskAsync("CWD a"));
        Assert.Equal("250 Gone.\r\n", await client.AskAsync("DELE a"));
        Assert.Equal("550 No such file.\r\n", await client.AskAsync("DELE b"));
        Assert.Equal("350 And?\r\n", await client.AskAsync("RNFR a"));
        Assert.Equal("250 Renamed.\r\n", await client.AskAsync("RNTO b"));
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("NOOP"));
        var (content, final) = await client.RetrieveAsync("RETR whole");
        Assert.Equal([4], content);
        Assert.Equal("226 Whole.\r\n", final);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("226 Late.\r\n")]
    [InlineData("250 Late.\r\n")]
    public async Task The_next_transfer_keeps_its_own_end(string? late)
    {
        using var client = await LoseReplyAsync();
        _late = late;
        for (var i = 0; i < 3; i++)
        {
            var (content, final) = await client.RetrieveAsync("RETR whole");
            Assert.Equal([4], content);
            Assert.Equal("226 Whole.\r\n", final);
            Assert.Equal("250 Gone.\r\n", await client.AskAsync("DELE a"));
        }
    }

    [Theory]
    [InlineData("226 Late.\r\n")]
    [InlineData("250 Late.\r\n")]
    [InlineData("426 Late.\r\n")]
    public async Task A_reply_that_comes_late_while_nothing_is_asked_is_no_answer_to_the_next(string late)
    {
        using var client = await LoseReplyAsync();
        _bench.Device.OnCommand = (session, line) => session.SendAsync(line == "NOOP\r\n" ? "200 Ok.\r\n" + late : "250 Gone.\r\n");
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("NOOP"));
        Assert.Equal("250 Gone.\r\n", await client.AskAsync("DELE a"));
        Assert.Equal("250 Gone.\r\n", await client.AskAsync("DELE b"));
    }

    [Theory]
    [InlineData("CWD a\r\n", "250 There.\r\n200 Ok.\r\n")]
    [InlineData("PASS a\r\n", "230 In.\r\n230 In.\r\n")]
    public async Task A_device_that_answers_twice_is_passed_on_as_it_is(string command, string answers)
    {
        _bench.Device.OnCommand = (session, line) => session.SendAsync(line == command ? answers : "257 \"/\"\r\n");
        using var client = await _bench.StartAsync();
        await client.SendAsync(command);
        Assert.Equal(answers, await client.ReadLineAsync() + await client.ReadLineAsync());
        Assert.Equal("257 \"/\"\r\n", await client.AskAsync("PWD"));
    }

    // pure-ftpd says "150 0.001 seconds (measured here)" where its client has closed a download's data connection, and no more.
    [Fact]
    public async Task A_second_150_ends_a_download_whose_client_has_left_it()
    {
        var byDefault = _bench.Device.OnCommand;
        _bench.Device.OnCommand = async (session, line) =>
        {
            if (line != "RETR endless\r\n")
            {
                await byDefault(session, line);
                return;
            }

            await session.SendAsync("150 Here it comes.\r\n");
            using var data = await session.AcceptDataAsync();
            await Assert.ThrowsAsync<IOException>(async () =>
            {
                while (true)
                {
                    await data.GetStream().WriteAsync(new byte[65536]);
                }
            });
            await session.SendAsync("150 0.001 seconds.\r\n");
        };
        using var client = await _bench.StartAsync();
        using (var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV")))
        {
            Assert.StartsWith("150", await client.AskAsync("RETR endless"), StringComparison.Ordinal);
            Assert.Equal(0, data.GetStream().ReadByte());
        }

        Assert.StartsWith("426 The transfer failed: ", await client.ReadLineAsync(), StringComparison.Ordinal);
        var (content, final) = await client.RetrieveAsync("RETR whole");
        Assert.Equal([4], content);
        Assert.Equal("226 Whole.\r\n", final);
        Assert.Equal("550 No such file.\r\n", await client.AskAsync("DELE b"));
    }

    /// <summary>A client for which the final reply of a download had to be made up.</summary>
    private async Task<RawFtpClient> LoseReplyAsync()
    {
        var client = await _bench.StartAsync();
        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        Assert.StartsWith("150", await client.AskAsync("RETR a"), StringComparison.Ordinal);
        Assert.Equal(4, data.GetStream().ReadByte());
        Assert.Equal(-1, data.GetStream().ReadByte());
        var final = client.ReadLineAsync();
        await _bench.AdvanceUntilAsync(TimeSpan.FromSeconds(31), () => final.IsCompleted);
        Assert.StartsWith("226 Transfer complete; the device", await final, StringComparison.Ordinal);
        return client;
    }
}
