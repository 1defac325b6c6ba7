using System.Net.Sockets;

namespace NapterFtp.Core.Tests.Relay;

/// <summary>A device that goes on answering while it transfers, as pyftpdlib does.</summary>
public sealed class MidTransferTests : IAsyncDisposable
{
    private readonly ProxyBench _bench = new();
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<string, string> _answers = new()
    {
        ["PWD"] = "257 \"/\"",
    };

    public MidTransferTests()
    {
        _bench.Device.WithTransfers((session, line) =>
        {
            _ = line.StartsWith("STOR", StringComparison.Ordinal) ? ReceiveAsync(session) : SendAsync(session);
            return Task.CompletedTask;
        });
        var byDefault = _bench.Device.OnCommand;
        _bench.Device.OnCommand = (session, line) =>
            _answers.TryGetValue(line.TrimEnd(), out var answer) ? session.SendAsync(answer + "\r\n") : byDefault(session, line);
    }

    public static TheoryData<string, string> Commands => new()
    {
        { "NOOP", "200 I successfully did nothing." },
        { "STAT", "211 Status: busy." },
        { "STAT a", "213 -rw-r--r-- 1 a a 3 Jan 1 00:00 a" },
        { "SITE HELP", "214 Nothing." },
        { "SITE CHMOD 600 a", "250 Done." },
        { "USER a", "331 Previous account information was flushed." },
        { "REIN", "230 Ready for new user." },
        { "SYST", "215 UNIX Type: L8" },
        { "SIZE a", "213 5" },
        { "SIZE b", "550 b is not retrievable." },
        { "CWD a", "250 There." },
        { "CWD b", "550 No such folder." },
        { "DELE a", "250 Gone." },
        { "RNFR a", "350 And?" },
        { "MKD a", "257 \"/a\" created." },
        { "XNEW", "500 What?" },
        { "XOLD", "200 Fine." },
        { "PASS a", "503 Login with USER first." },
    };

    public async ValueTask DisposeAsync()
    {
        _goOn.TrySetResult();
        await _bench.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_command_during_a_download_is_answered_at_once_and_the_transfer_keeps_its_own_end(string command, string answer)
    {
        _answers[command] = answer;
        using var client = await _bench.StartAsync();
        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        Assert.Equal("150 Here it comes.\r\n", await client.AskAsync("RETR f"));
        Assert.Equal(1, data.GetStream().ReadByte());

        Assert.Equal(answer + "\r\n", await client.AskAsync(command));
        Assert.Equal(answer + "\r\n", await client.AskAsync(command));

        Assert.Equal(["PASV\r\n", "RETR f\r\n", command + "\r\n", command + "\r\n"], _bench.Device.Received);
        _goOn.SetResult();
        Assert.Equal(2, data.GetStream().ReadByte());
        Assert.Equal(-1, data.GetStream().ReadByte());
        Assert.Equal("226 Sent.\r\n", await client.ReadLineAsync());
        Assert.Equal("257 \"/\"\r\n", await client.AskAsync("PWD"));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_command_during_an_upload_is_answered_at_once_and_the_transfer_keeps_its_own_end(string command, string answer)
    {
        _answers[command] = answer;
        using var client = await _bench.StartAsync();
        using (var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV")))
        {
            Assert.Equal("150 Go on.\r\n", await client.AskAsync("STOR f"));
            await data.GetStream().WriteAsync(new byte[] { 1 }, TestContext.Current.CancellationToken);
            Assert.Equal(answer + "\r\n", await client.AskAsync(command));
            await data.GetStream().WriteAsync(new byte[] { 2 }, TestContext.Current.CancellationToken);
        }

        Assert.Equal("226 Got 2.\r\n", await client.ReadLineAsync());
        Assert.Equal("257 \"/\"\r\n", await client.AskAsync("PWD"));
    }

    [Fact]
    public async Task Several_commands_at_once_are_answered_in_their_order_ahead_of_the_transfer()
    {
        _answers["STAT"] = "211 Busy.";
        using var client = await _bench.StartAsync();
        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        await client.AskAsync("RETR f");
        await client.SendAsync("NOOP\r\nSTAT\r\nPWD\r\n");
        Assert.Equal("200 Ok.\r\n", await client.ReadLineAsync());
        Assert.Equal("211 Busy.\r\n", await client.ReadLineAsync());
        Assert.Equal("257 \"/\"\r\n", await client.ReadLineAsync());
        _goOn.SetResult();
        Assert.Equal("226 Sent.\r\n", await client.ReadLineAsync());
    }

    [Fact]
    public async Task What_the_relay_answers_itself_comes_at_once_too_where_the_device_is_known_to_answer_so()
    {
        using var client = await _bench.StartAsync();
        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        await client.AskAsync("RETR f");
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("NOOP"));
        Assert.StartsWith("502 AUTH", await client.AskAsync("AUTH TLS"), StringComparison.Ordinal);
        _goOn.SetResult();
        Assert.Equal("226 Sent.\r\n", await client.ReadLineAsync());
    }

    [Fact]
    public async Task A_client_that_reads_no_data_before_its_answer_does_not_hang()
    {
        _bench.Device.WithTransfers((session, line) =>
        {
            _ = SendMuchAsync(session);
            return Task.CompletedTask;
        });
        using var client = await _bench.StartAsync();
        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        Assert.StartsWith("150", await client.AskAsync("RETR f"), StringComparison.Ordinal);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("200 Ok.\r\n", await client.AskAsync("NOOP"));
        }

        Assert.Equal(64_000_000, await CountAsync(data));
        Assert.Equal("226 Sent.\r\n", await client.ReadLineAsync());
    }

    [Fact]
    public async Task A_client_that_reads_no_data_before_its_answer_does_not_hang_where_the_device_has_ended_the_transfer()
    {
        var ended = new TaskCompletionSource();
        _bench.Device.WithTransfers((session, line) =>
        {
            _ = SendMuchAsync(session, ended);
            return Task.CompletedTask;
        });
        using var client = await _bench.StartAsync();
        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        Assert.StartsWith("150", await client.AskAsync("RETR f"), StringComparison.Ordinal);
        await ended.Task.WaitAsync(TestContext.Current.CancellationToken);

        var answer = client.AskAsync("NOOP");
        await _bench.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => answer.IsCompleted);
        Assert.Equal("226 Sent.\r\n", await answer);
        Assert.Equal("200 Ok.\r\n", await client.ReadLineAsync());

        Assert.Equal(64_000_000, await CountAsync(data));
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("NOOP"));
        await _bench.DataPortsClosedAsync();
    }

    [Fact]
    public async Task QUIT_during_an_upload_is_answered_at_once_and_the_transfer_is_finished_before_the_end()
    {
        _answers["QUIT"] = "221 Goodbye.";
        using var client = await _bench.StartAsync();
        await AssertUploadOutlivesQuitAsync(client);
    }

    [Fact]
    public async Task The_end_of_an_upload_reaches_a_client_that_has_said_QUIT_though_the_device_closes_right_behind_it()
    {
        _answers["QUIT"] = "221 Goodbye.";
        _bench.Device.WithTransfers((session, line) =>
        {
            _ = ReceiveAsync(session, closesBehind: true);
            return Task.CompletedTask;
        });
        var byDefault = _bench.Device.OnCommand;
        _bench.Device.OnCommand = (session, line) => line == "QUIT\r\n" ? session.SendAsync("221 Goodbye.\r\n") : byDefault(session, line);
        using var client = await _bench.StartAsync();
        await AssertUploadOutlivesQuitAsync(client);
    }

    [Fact]
    public async Task A_QUIT_that_the_device_refuses_ends_nothing()
    {
        _answers["QUIT now"] = "501 QUIT takes no argument.";
        using var client = await _bench.StartAsync();
        Assert.Equal("501 QUIT takes no argument.\r\n", await client.AskAsync("QUIT now"));
        Assert.Equal("257 \"/\"\r\n", await client.AskAsync("PWD"));
    }

    [Fact]
    public async Task A_refusal_behind_the_end_of_the_data_is_the_transfers_own()
    {
        _bench.Device.WithTransfers(async (session, _) =>
        {
            await session.SendAsync("150 Here it comes.\r\n");
            using (var data = await session.AcceptDataAsync())
            {
                await data.GetStream().WriteAsync(new byte[] { 1 });
                Assert.Equal("CWD a\r\n", await session.ReadLineAsync());
            }

            await _goOn.Task;
            await session.SendAsync("550 Cannot read on.\r\n250 There.\r\n");
        });
        using var client = await _bench.StartAsync();
        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        await client.AskAsync("RETR f");
        Assert.Equal(1, data.GetStream().ReadByte());
        await client.SendAsync("CWD a\r\n");
        Assert.Equal(-1, data.GetStream().ReadByte());
        _goOn.SetResult();
        Assert.Equal("550 Cannot read on.\r\n", await client.ReadLineAsync());
        Assert.Equal("250 There.\r\n", await client.ReadLineAsync());
    }

    [Fact]
    public async Task A_transfer_that_began_without_a_data_port_takes_the_one_asked_for_next()
    {
        var received = new TaskCompletionSource<byte[]>();
        _bench.Device.OnCommand = async (session, line) =>
        {
            switch (line)
            {
                case "STOU\r\n":
                    await session.SendAsync("150 FILE: new.1\r\n");
                    break;
                case "PASV\r\n":
                    await session.SendAsync(session.ListenForPasv());
                    _ = Task.Run(async () =>
                    {
                        using var data = await session.AcceptDataAsync();
                        var content = new MemoryStream();
                        await data.GetStream().CopyToAsync(content);
                        received.SetResult(content.ToArray());
                        await session.SendAsync("226 Stored.\r\n");
                    });
                    break;
                default:
                    await session.SendAsync("200 Ok.\r\n");
                    break;
            }
        };
        using var client = await _bench.StartAsync();
        Assert.Equal("150 FILE: new.1\r\n", await client.AskAsync("STOU"));
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        Assert.StartsWith("200", await client.AskAsync($"PORT 127,0,0,1,{port >> 8},{port & 255}"), StringComparison.Ordinal);
        using (var data = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken))
        {
            await data.GetStream().WriteAsync(new byte[] { 7, 8 }, TestContext.Current.CancellationToken);
        }

        Assert.Equal("226 Stored.\r\n", await client.ReadLineAsync());
        Assert.Equal([7, 8], await received.Task);
        await _bench.DataPortsClosedAsync();
    }

    private static async Task AssertUploadOutlivesQuitAsync(RawFtpClient client)
    {
        using (var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV")))
        {
            Assert.Equal("150 Go on.\r\n", await client.AskAsync("STOR f"));
            await data.GetStream().WriteAsync(new byte[100_000], TestContext.Current.CancellationToken);
            Assert.Equal("221 Goodbye.\r\n", await client.AskAsync("QUIT"));
            await data.GetStream().WriteAsync(new byte[100_000], TestContext.Current.CancellationToken);
        }

        Assert.Equal("226 Got 200000.\r\n", await client.ReadLineAsync());
    }

    private async Task SendAsync(DeviceSession session)
    {
        await session.SendAsync("150 Here it comes.\r\n");
        using (var data = await session.AcceptDataAsync())
        {
            await data.GetStream().WriteAsync(new byte[] { 1 });
            await _goOn.Task;
            await data.GetStream().WriteAsync(new byte[] { 2 });
        }

        await session.SendAsync("226 Sent.\r\n");
    }

    /// <param name="endsFirst">Set once the device has said that the transfer has ended, where it says so before the data has gone.</param>
    private static async Task SendMuchAsync(DeviceSession session, TaskCompletionSource? endsFirst = null)
    {
        await session.SendAsync("150 Here it comes.\r\n");
        using (var data = await session.AcceptDataAsync())
        {
            var writing = WriteMuchAsync(data);
            if (endsFirst is not null)
            {
                await session.SendAsync("226 Sent.\r\n");
                endsFirst.SetResult();
            }

            await writing;
        }

        if (endsFirst is null)
        {
            await session.SendAsync("226 Sent.\r\n");
        }
    }

    // Piece by piece: other tests look at the memory of this process.
    private static async Task WriteMuchAsync(TcpClient data)
    {
        var piece = new byte[64_000];
        for (var i = 0; i < 1000; i++)
        {
            await data.GetStream().WriteAsync(piece);
        }
    }

    private static async Task<long> CountAsync(TcpClient data)
    {
        var buffer = new byte[64_000];
        var count = 0L;
        while (await data.GetStream().ReadAsync(buffer, TestContext.Current.CancellationToken) is var read and > 0)
        {
            count += read;
        }

        return count;
    }

    private static async Task ReceiveAsync(DeviceSession session, bool closesBehind = false)
    {
        await session.SendAsync("150 Go on.\r\n");
        var content = new MemoryStream();
        using (var data = await session.AcceptDataAsync())
        {
            await data.GetStream().CopyToAsync(content);
        }

        await session.SendAsync($"226 Got {content.Length}.\r\n");
        if (closesBehind)
        {
            session.Close();
        }
    }
}
