using System.Diagnostics;
using System.Globalization;
using NapterFtp.Core.Tests.Relay;
using NapterFtp.Ftp;
using NapterFtp.Relay;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Routers;

/// <summary>What a transfer costs with a router that is told, beside one that forwards by itself.</summary>
public sealed class RouterCostTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Who forwards, for which device, and how many commands a transfer takes at the most.</summary>
    public static TheoryData<string, int, int> Ways => Campaign.IsLong
        ? new() { { "static", 0, 0 }, { "told", 0, 2 }, { "told", RouterLab.ActiveOnly, 2 }, { "by SORACOM", 0, 2 } }
        : new() { { "told", RouterLab.ActiveOnly, 2 } };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Each_transfer_through_the_proxy_takes_two_commands_at_the_most_and_none_where_the_router_forwards_by_itself(string way, int device, int most)
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions());
        await File.WriteAllTextAsync(Path.Combine(bench.Lab.Root(device), "small.txt"), "small", Token);
        var router = bench.Router(device, via: way == "by SORACOM" ? NapterRouterVia.Api : NapterRouterVia.Napter);
        if (way == "static")
        {
            await bench.Lab.ForwardAllAsync(device);
        }

        var count = Campaign.Count("ROUTER_TRANSFERS", 4, 40);
        var milliseconds = new List<double>();
        int before;
        await using (var proxy = await FtpProxy.StartAsync(
            bench.Connection,
            new FtpProxyOptions
            {
                Device = bench.Sim, DevicePort = 21, PortMap = way == "static" ? DevicePortMap.None : router.Ports, Port = 0, PassivePorts = PassivePortRange.Any,
            },
            null,
            Token))
        {
            using var client = await RawFtpClient.ConnectAsync(proxy.ListenEndPoint);
            Assert.StartsWith("220", await client.ReadLineAsync(), StringComparison.Ordinal);
            await client.AskAsync("USER root");
            await client.AskAsync("PASS x");

            // The first finds out about the device.
            await TransferAsync(client);
            before = Commands();
            for (var i = 0; i < count; i++)
            {
                var started = Stopwatch.GetTimestamp();
                await TransferAsync(client);
                milliseconds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }

            await proxy.StopAsync(TimeSpan.Zero, Token);
        }

        var commands = Commands() - before;
        milliseconds.Sort();
        TestContext.Current.SendDiagnosticMessage(string.Create(
            CultureInfo.InvariantCulture,
            $"{way}, device {device}: {count} transfers, {(double)commands / count:0.0} commands each, {milliseconds[count / 2]:0} ms in the middle, {milliseconds[0]:0} to {milliseconds[^1]:0} ms."));
        Assert.InRange(commands, 0, most * (count + 1));

        int Commands() => way switch { "static" => 0, "told" => bench.Connection.Routers.Of(router).Commands, _ => bench.Commands };
    }

    private static async Task TransferAsync(RawFtpClient client)
    {
        using (var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV")))
        {
            Assert.StartsWith("150", await client.AskAsync("RETR small.txt"), StringComparison.Ordinal);
            Assert.Equal("small", await new StreamReader(data.GetStream()).ReadToEndAsync(Token));
        }

        Assert.StartsWith("226", await client.ReadLineAsync(), StringComparison.Ordinal);
    }
}
