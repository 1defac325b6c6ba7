using NapterFtp.Copy;
using NapterFtp.Core.Tests.Relay;
using NapterFtp.Simulator;

namespace NapterFtp.Core.Tests.Faults;

/// <summary>A client hears of SORACOM's failures before it gives up by itself.</summary>
public sealed class ErrorInTimeTests
{
    [Theory]
    [InlineData(500, ApiFaultKind.Error)]
    [InlineData(503, ApiFaultKind.HtmlError)]
    [InlineData(0, ApiFaultKind.LostAnswer)]
    [InlineData(0, ApiFaultKind.Stall)]
    public async Task A_client_gets_its_425_within_20_seconds_where_no_port_can_be_opened(int status, ApiFaultKind kind)
    {
        await using var bench = await FaultBench.StartAsync();
        var proxy = await bench.StartProxyAsync();
        using var client = await RawFtpClient.ConnectAsync(proxy.ListenEndPoint);
        Assert.Null(await ProxyTrial.LoginAsync(client));
        bench.Simulator.Faults.Arm(ApiFault.Of(kind) with { Operation = ApiOperation.CreatePortMapping, Status = status, TakesEffect = false, Count = int.MaxValue });

        var started = bench.Time.GetTimestamp();
        var reply = await client.AskAsync("PASV");
        var took = bench.Time.GetElapsedTime(started);
        bench.Simulator.Faults.Clear();

        Assert.StartsWith("425 ", reply, StringComparison.Ordinal);
        Assert.InRange(took.TotalSeconds, 0, 20);
        await proxy.StopAsync(TimeSpan.Zero, CancellationToken.None);
    }

    [Fact]
    public async Task A_copy_waits_no_longer_than_its_ConnectTimeout_for_a_port()
    {
        await using var bench = await FaultBench.StartAsync();
        bench.Simulator.Faults.Arm(ApiFault.Stall() with { Operation = ApiOperation.CreatePortMapping, Count = int.MaxValue });
        await using var client = DeviceClient.Create(
            bench.Connection, DeviceTarget.FromImsi(bench.Simulator.Imsi), 21, new FtpClientOptions { ConnectTimeout = TimeSpan.FromSeconds(7) });

        var started = bench.Time.GetTimestamp();
        await Assert.ThrowsAnyAsync<NapterFtpException>(() => client.OpenSessionAsync(forTransfer: false, TestContext.Current.CancellationToken));

        Assert.InRange(bench.Time.GetElapsedTime(started).TotalSeconds, 6, 9);
        bench.Simulator.Faults.Clear();
    }

    [Fact]
    public async Task A_client_waits_a_few_seconds_for_a_port_that_comes_at_the_third_attempt()
    {
        await using var bench = await FaultBench.StartAsync();
        var proxy = await bench.StartProxyAsync();
        using var client = await RawFtpClient.ConnectAsync(proxy.ListenEndPoint);
        Assert.Null(await ProxyTrial.LoginAsync(client));
        bench.Simulator.Faults.Arm(ApiFault.Error() with { Operation = ApiOperation.CreatePortMapping, Count = 2 });

        var started = bench.Time.GetTimestamp();
        var reply = await client.AskAsync("PASV");

        Assert.StartsWith("227 ", reply, StringComparison.Ordinal);
        Assert.InRange(bench.Time.GetElapsedTime(started).TotalSeconds, 0, 10);
        await proxy.StopAsync(TimeSpan.Zero, CancellationToken.None);
    }
}
