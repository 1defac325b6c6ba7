using System.Net;
using System.Net.Sockets;

namespace NapterFtp.Core.Tests.Relay;

public sealed class DialogueTests
{
    [Fact]
    public async Task Pipelined_commands_are_answered_in_order_also_where_the_relay_answers_itself()
    {
        await using var bench = new ProxyBench();
        bench.Device.OnCommand = (session, line) => session.SendAsync($"200 {line}");
        using var client = await bench.StartAsync();
        await client.SendAsync("ONE\r\nAUTH TLS\r\nTWO\r\nPORT 1,2\r\nTHREE\r\n");
        Assert.Equal("200 ONE\r\n", await client.ReadLineAsync());
        Assert.StartsWith("502 AUTH", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal("200 TWO\r\n", await client.ReadLineAsync());
        Assert.StartsWith("501 PORT", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal("200 THREE\r\n", await client.ReadLineAsync());
    }

    [Fact]
    public async Task A_passive_request_behind_a_running_transfer_does_not_disturb_it()
    {
        await using var bench = new ProxyBench();
        bench.Device.WithTransfers((session, line) => session.SendFileAsync([(byte)line[^3]]));
        using var client = await bench.StartAsync();
        using var first = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        await client.SendAsync("RETR 1\r\nPASV\r\n");
        Assert.StartsWith("150", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal('1', first.GetStream().ReadByte());
        Assert.StartsWith("226", await client.ReadLineAsync(), StringComparison.Ordinal);
        using var second = await RawFtpClient.ConnectDataAsync(await client.ReadLineAsync() ?? "");
        Assert.StartsWith("150", await client.AskAsync("RETR 2"), StringComparison.Ordinal);
        Assert.Equal('2', second.GetStream().ReadByte());
        Assert.StartsWith("226", await client.ReadLineAsync(), StringComparison.Ordinal);
        await bench.DataPortsClosedAsync();
    }

    [Theory]
    [InlineData("ABOR\r\n")]
    [InlineData("\xFF\xF4\xFF\xF2" + "ABOR\r\n")]
    public async Task ABOR_in_mid_transfer_reaches_the_device_and_frees_the_port(string abort)
    {
        await using var bench = new ProxyBench();
        var aborted = new TaskCompletionSource();
        bench.Device.WithTransfers((session, line) =>
        {
            _ = SendUntilAbortedAsync(session, aborted.Task);
            return Task.CompletedTask;
        });
        var byDefault = bench.Device.OnCommand;
        bench.Device.OnCommand = (session, line) =>
        {
            if (!line.EndsWith("ABOR\r\n", StringComparison.Ordinal))
            {
                return byDefault(session, line);
            }

            aborted.SetResult();
            return Task.CompletedTask;
        };
        using var client = await bench.StartAsync();
        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        Assert.StartsWith("150", await client.AskAsync("RETR a"), StringComparison.Ordinal);
        Assert.True(data.GetStream().ReadByte() >= 0);
        await client.SendAsync(abort);
        Assert.Equal("426 Aborted.\r\n", await client.ReadLineAsync());
        Assert.Equal("226 Abort successful.\r\n", await client.ReadLineAsync());
        Assert.Contains("ABOR\r\n", bench.Device.Received);
        await bench.DataPortsClosedAsync();
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("NOOP"));
    }

    [Fact]
    public async Task An_ABOR_whose_reply_never_comes_does_not_shift_the_replies_after_it()
    {
        await using var bench = new ProxyBench();
        bench.Device.WithTransfers((session, _) => session.SendFileAsync([3]));
        var byDefault = bench.Device.OnCommand;
        bench.Device.OnCommand = (session, line) => line == "ABOR\r\n" ? Task.CompletedTask : byDefault(session, line);
        using var client = await bench.StartAsync();
        await client.SendAsync("ABOR\r\n");
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("NOOP"));
        Assert.Equal([3], (await client.RetrieveAsync("RETR a")).Content);
    }

    [Fact]
    public async Task A_final_reply_that_never_comes_is_made_up_once_the_data_has_ended()
    {
        await using var bench = new ProxyBench();
        bench.Device.WithTransfers(async (session, _) =>
        {
            await session.SendAsync("150 Here it comes.\r\n");
            using var data = await session.AcceptDataAsync();
            await data.GetStream().WriteAsync(new byte[] { 4 });
        });
        using var client = await bench.StartAsync();
        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        Assert.StartsWith("150", await client.AskAsync("RETR a"), StringComparison.Ordinal);
        Assert.Equal(4, data.GetStream().ReadByte());
        Assert.Equal(-1, data.GetStream().ReadByte());
        var final = client.ReadLineAsync();
        await bench.AdvanceUntilAsync(TimeSpan.FromSeconds(31), () => final.IsCompleted);
        Assert.StartsWith("226 Transfer complete; the device", await final, StringComparison.Ordinal);
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("NOOP"));
    }

    [Fact]
    public async Task A_preliminary_reply_that_never_comes_is_made_up_before_the_final_one()
    {
        await using var bench = new ProxyBench();
        bench.Device.WithTransfers(async (session, _) =>
        {
            using (var data = await session.AcceptDataAsync())
            {
                await data.GetStream().WriteAsync(new byte[] { 6 });
            }

            await session.SendAsync("226 Done.\r\n");
        });
        using var client = await bench.StartAsync();
        Assert.Equal([6], (await client.RetrieveAsync("RETR a")).Content);
    }

    [Fact]
    public async Task Replies_with_bare_line_feeds_reach_the_client_with_CRLF()
    {
        await using var bench = new ProxyBench();
        bench.Device.OnCommand = (session, _) => session.SendAsync("214-Help\n NOOP\n214 End\n");
        using var client = await bench.StartAsync();
        Assert.Equal("214-Help\r\n", await client.AskAsync("HELP"));
        Assert.Equal(" NOOP\r\n", await client.ReadLineAsync());
        Assert.Equal("214 End\r\n", await client.ReadLineAsync());
    }

    [Fact]
    public async Task Replies_of_nothing_but_the_code_reach_the_client_with_the_space_that_ends_them()
    {
        await using var bench = new ProxyBench();
        bench.Device.OnCommand = (session, line) => session.SendAsync(line.StartsWith("HELP", StringComparison.Ordinal) ? "214-Help\r\n214\r\n" : "200\n");
        using var client = await bench.StartAsync();
        Assert.Equal("200 \r\n", await client.AskAsync("NOOP"));
        Assert.Equal("214-Help\r\n", await client.AskAsync("HELP"));
        Assert.Equal("214 \r\n", await client.ReadLineAsync());
    }

    [Fact]
    public async Task A_busy_device_that_says_221_ends_the_session_with_its_words()
    {
        await using var bench = new ProxyBench();
        bench.Device.Greeting = "221 FTP server busy, Goodbye.\r\n";
        bench.Device.OnCommand = (session, _) => session.QuitAsync();
        using var client = await bench.StartAsync();
        await client.SendAsync("QUIT\r\n");
        Assert.Null(await ReadToEndAsync(client));
    }

    [Fact]
    public async Task A_device_that_leaves_without_a_word_ends_the_session_without_one()
    {
        await using var bench = new ProxyBench();
        bench.Device.OnCommand = async (session, _) =>
        {
            await session.SendAsync("530 Wrong for the third time.\r\n");
            session.Close();
        };
        using var client = await bench.StartAsync();
        Assert.Equal("530 Wrong for the third time.\r\n", await client.AskAsync("PASS x"));
        Assert.Null(await client.ReadLineAsync());
    }

    [Fact]
    public async Task A_device_that_leaves_a_command_unanswered_is_told_as_421()
    {
        await using var bench = new ProxyBench();
        bench.Device.OnCommand = (session, _) =>
        {
            session.Close();
            return Task.CompletedTask;
        };
        using var client = await bench.StartAsync();
        Assert.StartsWith("421 The device closed", await client.AskAsync("NOOP"), StringComparison.Ordinal);
        Assert.Null(await client.ReadLineAsync());
    }

    [Fact]
    public async Task A_line_without_end_is_answered_500_and_the_next_command_is_understood()
    {
        await using var bench = new ProxyBench();
        using var client = await bench.StartAsync();
        await client.SendAsync(new string('A', 100_000) + "\r\nNOOP\r\n");
        Assert.StartsWith("500", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal("200 Ok.\r\n", await client.ReadLineAsync());
        Assert.Equal("NOOP\r\n", Assert.Single(bench.Device.Received));
    }

    [Fact]
    public async Task A_reply_without_end_ends_the_session_with_421()
    {
        await using var bench = new ProxyBench();
        bench.Device.OnCommand = async (session, _) =>
        {
            var flood = new string('B', 65536);
            for (var i = 0; i < 64; i++)
            {
                await session.SendAsync(flood);
            }
        };
        using var client = await bench.StartAsync();
        await client.SendAsync("NOOP\r\n");
        Assert.StartsWith("421", await client.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_idle_session_is_told_421_and_closed()
    {
        await using var bench = new ProxyBench();
        using var client = await bench.StartAsync();
        var farewell = client.ReadLineAsync();
        await bench.AdvanceUntilAsync(TimeSpan.FromMinutes(1), () => farewell.IsCompleted);
        Assert.StartsWith("421 Idle", await farewell, StringComparison.Ordinal);
        Assert.Null(await client.ReadLineAsync());
    }

    [Fact]
    public async Task One_session_too_many_is_greeted_with_421()
    {
        await using var bench = new ProxyBench();
        bench.Options = bench.Options with { MaxSessions = 1 };
        using var first = await bench.StartAsync();
        using var second = await RawFtpClient.ConnectAsync(bench.Proxy.ListenEndPoint);
        Assert.StartsWith("421", await second.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal("200 Ok.\r\n", await first.AskAsync("NOOP"));
    }

    [Fact]
    public async Task A_client_that_is_not_allowed_is_greeted_with_421()
    {
        await using var bench = new ProxyBench();
        bench.Options = bench.Options with { AllowedClients = [IPNetwork.Parse("127.0.0.1/32")] };
        using var first = await bench.StartAsync();
        using var socket = new TcpClient(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        await socket.ConnectAsync(bench.Proxy.ListenEndPoint, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(socket.GetStream());
        Assert.StartsWith("421", await reader.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopping_tells_idle_clients_421_and_closes_every_port()
    {
        await using var bench = new ProxyBench();
        using var client = await bench.StartAsync();
        var stop = bench.Proxy.StopAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.StartsWith("421 The relay is stopping", await client.ReadLineAsync(), StringComparison.Ordinal);
        await stop;
        Assert.Empty(bench.Api.Entries);
        Assert.Equal(NapterFtpProxyState.Stopped, bench.Proxy.Snapshot().State);
    }

    [Fact]
    public async Task FEAT_shows_only_what_the_relay_lets_through()
    {
        await using var bench = new ProxyBench();
        bench.Device.OnCommand = (session, _) => session.SendAsync("211-Features:\r\n AUTH TLS\r\n EPSV\r\n PBSZ\r\n PROT\r\n UTF8\r\n211 End\r\n");
        using var client = await bench.StartAsync();
        Assert.Equal("211-Features:\r\n", await client.AskAsync("FEAT"));
        Assert.Equal(" EPSV\r\n", await client.ReadLineAsync());
        Assert.Equal(" UTF8\r\n", await client.ReadLineAsync());
        Assert.Equal("211 End\r\n", await client.ReadLineAsync());
    }

    private static async Task SendUntilAbortedAsync(DeviceSession session, Task aborted)
    {
        await session.SendAsync("150 Here it comes.\r\n");
        using (var data = await session.AcceptDataAsync())
        {
            await data.GetStream().WriteAsync(new byte[10]);
            await aborted;
        }

        await session.SendAsync("426 Aborted.\r\n226 Abort successful.\r\n");
    }

    private static async Task<string?> ReadToEndAsync(RawFtpClient client)
    {
        while (await client.ReadLineAsync() is { } line)
        {
            Assert.StartsWith("221", line, StringComparison.Ordinal);
        }

        return null;
    }
}
