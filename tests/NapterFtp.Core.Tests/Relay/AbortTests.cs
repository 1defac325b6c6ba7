using System.Net.Sockets;
using System.Text;

namespace NapterFtp.Core.Tests.Relay;

/// <summary>ABOR as BSD-style clients send it: its last byte, or the Telnet signals before it, as urgent data.</summary>
public sealed class AbortTests : IAsyncDisposable
{
    private readonly ProxyBench _bench = new();
    private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public AbortTests()
    {
        _bench.Device.WithTransfers((session, line) =>
        {
            _ = SendUntilAbortedAsync(session);
            return Task.CompletedTask;
        });
        var byDefault = _bench.Device.OnCommand;
        _bench.Device.OnCommand = (session, line) =>
        {
            if (line != "ABOR\r\n")
            {
                return byDefault(session, line);
            }

            _aborted.SetResult();
            return Task.CompletedTask;
        };
    }

    public static TheoryData<string, string, bool> Ways
    {
        get
        {
            var ways = new TheoryData<string, string, bool>();
            foreach (var closesFirst in new[] { false, true })
            {
                ways.Add("", "ABOR\r\n", closesFirst); // Python's ftplib, Perl's Net::FTP: LF is urgent.
                ways.Add("\xFF\xF4\xFF", "\xF2" + "ABOR\r\n", closesFirst); // BSD's ftp: the second IAC is urgent.
                ways.Add("\xFF\xF4", "\xFF\xF2" + "ABOR\r\n", closesFirst); // IP is urgent.
                ways.Add("\xFF\xF4\xFF\xF2", "ABOR\r\n", closesFirst); // DM is urgent.
            }

            return ways;
        }
    }

    public ValueTask DisposeAsync()
    {
        _aborted.TrySetResult();
        return _bench.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task ABOR_sent_as_urgent_data_reaches_the_device_as_a_plain_command(string urgent, string rest, bool closesFirst)
    {
        using var client = await _bench.StartAsync();
        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        Assert.StartsWith("150", await client.AskAsync("RETR a"), StringComparison.Ordinal);
        Assert.True(data.GetStream().ReadByte() >= 0);
        if (closesFirst)
        {
            data.Close();
        }

        if (urgent.Length == 0)
        {
            client.Socket.Send(Encoding.Latin1.GetBytes(rest), SocketFlags.OutOfBand);
        }
        else
        {
            client.Socket.Send(Encoding.Latin1.GetBytes(urgent), SocketFlags.OutOfBand);
            await client.SendAsync(rest);
        }

        Assert.Equal("426 Aborted.\r\n", await client.ReadLineAsync());
        Assert.Equal("226 Abort successful.\r\n", await client.ReadLineAsync());
        await _bench.DataPortsClosedAsync();
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("NOOP"));
        Assert.Equal(["PASV\r\n", "RETR a\r\n", "ABOR\r\n", "NOOP\r\n"], _bench.Device.Received);
    }

    [Fact]
    public async Task Telnet_sequences_anywhere_else_pass_as_they_came()
    {
        using var client = await _bench.StartAsync();
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("\xFF\xF4NOOP \xFF\xFF\xFF\xF2"));
        Assert.Equal("\xFF\xF4NOOP \xFF\xFF\xFF\xF2\r\n", Assert.Single(_bench.Device.Received));
    }

    [Fact]
    public async Task An_ABOR_answered_with_one_reply_for_both_leaves_the_next_answers_where_they_belong()
    {
        using var client = await _bench.StartAsync();
        _bench.Device.OnCommand = (session, line) => session.SendAsync(line switch
        {
            "ABOR\r\n" => "225 Nothing to abort.\r\n",
            "DELE a\r\n" => "250 Gone.\r\n",
            _ => "200 Ok.\r\n",
        });
        Assert.Equal("225 Nothing to abort.\r\n", await client.AskAsync("ABOR"));
        Assert.Equal("250 Gone.\r\n", await client.AskAsync("DELE a"));
    }

    private async Task SendUntilAbortedAsync(DeviceSession session)
    {
        await session.SendAsync("150 Here it comes.\r\n");
        using (var data = await session.AcceptDataAsync())
        {
            await data.GetStream().WriteAsync(new byte[10]);
            await _aborted.Task;
        }

        await session.SendAsync("426 Aborted.\r\n226 Abort successful.\r\n");
    }
}
