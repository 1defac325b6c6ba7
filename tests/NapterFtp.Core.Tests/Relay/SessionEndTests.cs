using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace NapterFtp.Core.Tests.Relay;

public sealed class SessionEndTests
{
    [Fact]
    public async Task A_device_that_waits_for_its_client_to_close_is_closed_once_221_has_been_passed_on()
    {
        await using var bench = new ProxyBench();
        bench.Device.OnCommand = (session, line) => session.SendAsync(line == "QUIT\r\n" ? "221 Bye.\r\n" : "200 Ok.\r\n");
        using var client = await bench.StartAsync();
        Assert.Equal("221 Bye.\r\n", await client.AskAsync("QUIT"));
        Assert.Null(await client.ReadLineAsync());
        await ProxyBench.UntilAsync(() => bench.Device.OpenSessions == 0);
        Assert.Contains(bench.Log.All, text => text.Contains("has ended: The client said QUIT.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ten_clients_in_a_row_find_a_device_that_takes_one_at_a_time_free()
    {
        await using var bench = new ProxyBench();
        var busy = 0;
        bench.Device.OnCommand = async (session, line) =>
        {
            busy = Math.Max(busy, bench.Device.OpenSessions);
            await session.SendAsync(line == "QUIT\r\n" ? "221 Bye.\r\n" : "200 Ok.\r\n");
        };
        (await bench.StartAsync()).Dispose();
        for (var i = 0; i < 10; i++)
        {
            await ProxyBench.UntilAsync(() => bench.Device.OpenSessions == 0);
            using var client = await bench.ConnectAsync();
            Assert.Equal("221 Bye.\r\n", await client.AskAsync("QUIT"));
        }

        Assert.Equal(1, busy);
    }

    [Fact]
    public async Task A_client_that_has_sent_all_and_closed_its_half_gets_all_answers()
    {
        await using var bench = new ProxyBench();
        bench.Device.OnCommand = (session, line) => session.SendAsync($"200 {line}");
        using var client = await bench.StartAsync();
        await client.SendAsync("ONE\r\nTWO\r\n");
        client.Socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("200 ONE\r\n", await client.ReadLineAsync());
        Assert.Equal("200 TWO\r\n", await client.ReadLineAsync());
        Assert.Null(await client.ReadLineAsync());
        await ProxyBench.UntilAsync(() => bench.Device.OpenSessions == 0);
    }

    [Fact]
    public async Task Data_under_way_is_finished_before_a_goodbye_ends_the_session()
    {
        await using var bench = new ProxyBench();
        var rest = new TaskCompletionSource();
        var sent = Task.CompletedTask;
        bench.Device.WithTransfers(async (session, _) =>
        {
            await session.SendAsync("150 Here it comes.\r\n");
            sent = SendAsync(session);
        });
        var byDefault = bench.Device.OnCommand;
        bench.Device.OnCommand = (session, line) => line == "QUIT\r\n" ? session.SendAsync("221 Bye.\r\n") : byDefault(session, line);
        using var client = await bench.StartAsync();
        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        Assert.StartsWith("150", await client.AskAsync("RETR a"), StringComparison.Ordinal);
        Assert.Equal(1, data.GetStream().ReadByte());
        await client.SendAsync("QUIT\r\n");
        await ProxyBench.UntilAsync(() => bench.Device.Received.Contains("QUIT\r\n"));
        rest.SetResult();
        Assert.Equal(2, data.GetStream().ReadByte());
        Assert.Equal(-1, data.GetStream().ReadByte());
        await ProxyBench.UntilAsync(() => bench.Device.OpenSessions == 0);
        await sent;

        async Task SendAsync(DeviceSession session)
        {
            using (var sending = await session.AcceptDataAsync())
            {
                sending.GetStream().WriteByte(1);
                await rest.Task;
                sending.GetStream().WriteByte(2);
            }

            await session.SendAsync("226 Done.\r\n");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_closes_right_behind_PORT_and_LIST_gets_its_data(bool closesBothHalves)
    {
        await using var bench = new ProxyBench();
        bench.Device.WithTransfers((session, _) => session.SendFileAsync([1, 2, 3]));
        using var client = await bench.StartAsync();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await client.SendAsync(string.Create(CultureInfo.InvariantCulture, $"PORT 127,0,0,1,{port >> 8},{port & 255}\r\nLIST\r\n"));
        if (closesBothHalves)
        {
            client.Dispose();
        }
        else
        {
            client.Socket.Shutdown(SocketShutdown.Send);
        }

        using var data = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var content = new MemoryStream();
        await data.GetStream().CopyToAsync(content, TestContext.Current.CancellationToken);
        Assert.Equal([1, 2, 3], content.ToArray());
        await bench.DataPortsClosedAsync();
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_not_waited_for_to_hear_421()
    {
        await using var bench = new ProxyBench();
        var reply = string.Concat(Enumerable.Repeat("214-" + new string('x', 1000) + "\r\n", 100)) + "214 End\r\n";
        bench.Device.OnCommand = (session, _) => session.SendAsync(reply);
        using var client = await bench.StartAsync();
        using var stop = new CancellationTokenSource();
        var sending = Task.Run(async () =>
        {
            var commands = System.Text.Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("HELP\r\n", 100)));
            while (true)
            {
                await client.Stream.WriteAsync(commands, stop.Token);
            }
        });
        await ProxyBench.UntilAsync(() => bench.Device.Received.Count >= 30);
        bench.Time.Advance(TimeSpan.FromMinutes(16));
        await bench.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => bench.Proxy.Snapshot().Sessions == 0);
        await stop.CancelAsync();
        await Task.WhenAny(sending);
        await ProxyBench.UntilAsync(() => bench.Device.OpenSessions == 0);
    }

    [Fact]
    public async Task A_client_whose_transfer_still_waits_for_its_data_connection_hears_that_the_device_has_left()
    {
        await using var bench = new ProxyBench();
        var reached = new TaskCompletionSource();
        bench.Dialer.DataDelay = reached.Task;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        DeviceSession? device = null;
        bench.Device.OnCommand = (session, _) =>
        {
            device = session;
            return session.SendAsync(string.Create(CultureInfo.InvariantCulture, $"227 Entering Passive Mode (10,128,0,5,{port >> 8},{port & 255}).\r\n"));
        };
        using var client = await bench.StartAsync();
        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        await client.SendAsync("RETR a\r\n");
        await ProxyBench.UntilAsync(() => bench.Log.All.Any(text => text.Contains("RETR a", StringComparison.Ordinal)));
        device!.Close();
        await ProxyBench.UntilAsync(() => bench.Device.OpenSessions == 0);
        reached.SetResult();
        Assert.StartsWith("421 The device closed", await client.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_that_leaves_is_told_in_the_log()
    {
        await using var bench = new ProxyBench();
        bench.Device.OnCommand = (session, _) =>
        {
            session.Close();
            return Task.CompletedTask;
        };
        using var client = await bench.StartAsync();
        Assert.StartsWith("421 The device closed", await client.AskAsync("NOOP"), StringComparison.Ordinal);
        await ProxyBench.UntilAsync(() => bench.Log.Warnings.Any());
        Assert.EndsWith("has ended: The device closed its control connection.", Assert.Single(bench.Log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reply_line_of_9000_bytes_passes_and_one_without_end_is_told_as_such()
    {
        await using var bench = new ProxyBench();
        var length = 9000;
        bench.Device.OnCommand = (session, _) => session.SendAsync("200 " + new string('x', length) + "\r\n");
        using var client = await bench.StartAsync();
        Assert.Equal(9000 + 6, (await client.AskAsync("STAT")).Length);
        length = 70_000;
        Assert.StartsWith("421 The server sent a line of more than 65536 bytes", await client.AskAsync("STAT"), StringComparison.Ordinal);
        await ProxyBench.UntilAsync(() => bench.Log.Warnings.Any());
        Assert.Contains("has ended: The server sent a line of more than 65536 bytes", Assert.Single(bench.Log.Warnings), StringComparison.Ordinal);
    }
}
