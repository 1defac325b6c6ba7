using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace NapterFtp.Core.Tests.Relay;

/// <summary>The many ways in which devices end a transfer's data.</summary>
public sealed class DataEndTests
{
    // A busy computer lets the clock in hand run ahead of what it does; final replies that are missing are waited for 30 s.
    private static readonly TimeSpan WellBelowPatience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("LIST", false)]
    [InlineData("LIST", true)]
    [InlineData("RETR empty", false)]
    [InlineData("RETR empty", true)]
    public async Task A_success_without_a_beginning_and_without_a_data_connection_is_an_empty_file_or_listing(string command, bool stopsListening)
    {
        await using var bench = new ProxyBench();
        bench.Device.WithTransfers((session, _) =>
        {
            if (stopsListening)
            {
                session.StopListening();
            }

            return session.SendAsync("226 Nothing there.\r\n");
        });
        using var client = await bench.StartAsync();
        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        Assert.StartsWith("150", await client.AskAsync(command), StringComparison.Ordinal);
        var end = data.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask();
        var waited = await AdvanceUntilAsync(bench, end);
        Assert.Equal(0, await end);
        Assert.Equal("226 Nothing there.\r\n", await client.ReadLineAsync());
        Assert.InRange(waited, TimeSpan.Zero, WellBelowPatience);
        await bench.DataPortsClosedAsync();
        Assert.DoesNotContain(bench.Events, step => step.State == NapterPortState.Failed);
    }

    [Fact]
    public async Task A_data_connection_that_breaks_before_a_byte_has_come_is_no_empty_file_where_the_device_does_not_say_so()
    {
        await using var bench = new ProxyBench();
        bench.Device.WithTransfers(async (session, _) =>
        {
            await session.SendAsync("150 Here it comes.\r\n");
            session.StopListening();
            await session.SendAsync("426 Broken.\r\n");
        });
        using var client = await bench.StartAsync();
        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        Assert.StartsWith("150", await client.AskAsync("RETR a"), StringComparison.Ordinal);
        Assert.Equal("426 Broken.\r\n", await client.ReadLineAsync());
        await Assert.ThrowsAsync<IOException>(async () => await data.GetStream().ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("150 Opening data connection for a (1000 bytes).", "226 Done.\r\n", 20)]
    [InlineData("150 Here it comes.", "426 The transfer failed: The device reported the end, but its data connection stays open without a byte.\r\n", 80)]
    public async Task Data_that_stays_open_behind_226_is_whole_where_the_announced_length_has_come(string opening, string final, int limit)
    {
        await using var bench = new ProxyBench();
        TcpClient? kept = null;
        bench.Device.WithTransfers(async (session, _) =>
        {
            await session.SendAsync(opening + "\r\n");
            kept = await session.AcceptDataAsync();
            await kept.GetStream().WriteAsync(new byte[1000]);
            await session.SendAsync("226 Done.\r\n");
        });
        using var client = await bench.StartAsync();
        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        Assert.StartsWith("150", await client.AskAsync("RETR a"), StringComparison.Ordinal);
        await data.GetStream().ReadExactlyAsync(new byte[1000], TestContext.Current.CancellationToken);
        var last = client.ReadLineAsync();
        var waited = await AdvanceUntilAsync(bench, last);
        Assert.Equal(final, await last);
        Assert.InRange(waited, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(limit));
        kept?.Dispose();
    }

    [Fact]
    public async Task A_client_that_takes_its_data_slowly_behind_226_gets_all_of_it()
    {
        await using var bench = new ProxyBench();
        var content = new byte[16 << 20];
        bench.Device.WithTransfers(async (session, _) =>
        {
            await session.SendAsync("150 Here it comes.\r\n226 Done before it has begun.\r\n");
            using var data = await session.AcceptDataAsync();
            await data.GetStream().WriteAsync(content);
        });
        using var client = await bench.StartAsync();
        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        Assert.StartsWith("150", await client.AskAsync("RETR big.bin"), StringComparison.Ordinal);
        await ProxyBench.UntilAsync(() => bench.Proxy.Snapshot().BytesFromDevice > 1_000_000);
        var seen = -1L;
        for (var i = 0; i < 10; i++)
        {
            // Until all buffers on the way are full: a pause because the machine is busy is not that.
            var same = 0;
            await ProxyBench.UntilAsync(() =>
            {
                var now = bench.Proxy.Snapshot().BytesFromDevice;
                (same, seen) = (now == seen ? same + 1 : 0, now);
                return same == 20;
            });
            bench.Time.Advance(TimeSpan.FromSeconds(31));
        }

        var received = new MemoryStream();
        await data.GetStream().CopyToAsync(received, TestContext.Current.CancellationToken);
        Assert.Equal(content.Length, received.Length);
        Assert.Equal("226 Done before it has begun.\r\n", await client.ReadLineAsync());
    }

    [Fact]
    public async Task STOU_stores_in_active_mode_too()
    {
        await using var bench = new ProxyBench();
        byte[]? stored = null;
        bench.Device.WithTransfers(async (session, _) => stored = await session.ReceiveFileAsync());
        var byDefault = bench.Device.OnCommand;
        bench.Device.OnCommand = async (session, line) =>
        {
            if (!line.StartsWith("STOU", StringComparison.Ordinal))
            {
                await byDefault(session, line);
                return;
            }

            await session.SendAsync("150 FILE: a.1\r\n");
            using (var data = await session.AcceptDataAsync())
            {
                var all = new MemoryStream();
                await data.GetStream().CopyToAsync(all);
                stored = all.ToArray();
            }

            await session.SendAsync("226 FILE: a.1\r\n");
        };
        using var client = await bench.StartAsync();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Assert.StartsWith("200", await client.AskAsync(string.Create(CultureInfo.InvariantCulture, $"PORT 127,0,0,1,{port >> 8},{port & 255}")), StringComparison.Ordinal);
        Assert.Equal("150 FILE: a.1\r\n", await client.AskAsync("STOU"));
        using (var data = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken))
        {
            await data.GetStream().WriteAsync(new byte[] { 7, 8 }, TestContext.Current.CancellationToken);
        }

        Assert.Equal("226 FILE: a.1\r\n", await client.ReadLineAsync());
        Assert.Equal([7, 8], stored);
    }

    [Fact]
    public async Task What_broke_the_data_is_told_and_not_that_the_session_ended_behind_it()
    {
        await using var bench = new ProxyBench();
        var received = new TaskCompletionSource();
        bench.Device.WithTransfers(async (session, _) =>
        {
            await session.SendAsync("150 Here it comes.\r\n");
            var data = await session.AcceptDataAsync();
            await data.GetStream().WriteAsync(new byte[10]);
            await received.Task;
            data.Client.LingerState = new LingerOption(true, 0);
            data.Client.Dispose();
        });
        using var client = await bench.StartAsync();
        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        Assert.StartsWith("150", await client.AskAsync("RETR a"), StringComparison.Ordinal);
        await data.GetStream().ReadExactlyAsync(new byte[10], TestContext.Current.CancellationToken);
        received.SetResult();
        await Assert.ThrowsAsync<IOException>(() => data.GetStream().CopyToAsync(Stream.Null, TestContext.Current.CancellationToken));
        client.Dispose();
        await AdvanceUntilAsync(bench, bench.DataPortsClosedAsync());
        await ProxyBench.UntilAsync(() => bench.Events.Any(step => step is { Kind: NapterPortKind.Data, State: NapterPortState.Failed }));
        Assert.StartsWith(
            "The connection from the device broke",
            bench.Events.Last(step => step is { Kind: NapterPortKind.Data, Error: not null }).Error,
            StringComparison.Ordinal);
    }

    private static async Task<TimeSpan> AdvanceUntilAsync(ProxyBench bench, Task task)
    {
        var waited = TimeSpan.Zero;
        await ProxyBench.UntilAsync(() =>
        {
            if (task.IsCompleted)
            {
                return true;
            }

            waited += TimeSpan.FromSeconds(0.1);
            bench.Time.Advance(TimeSpan.FromSeconds(0.1));
            return false;
        });
        return waited;
    }
}
