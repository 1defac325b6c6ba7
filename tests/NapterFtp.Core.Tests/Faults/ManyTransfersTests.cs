using System.Diagnostics;
using System.Net.Sockets;
using NapterFtp.Core.Tests.Relay;
using NapterFtp.Relay;
using NapterFtp.Simulator;
using NapterFtp.Simulator.Device;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Faults;

/// <summary>Many transfers through one proxy while things fail by chance. <c>NAPTERFTP_TRANSFERS</c> sets how many.</summary>
public sealed class ManyTransfersTests(ITestOutputHelper output)
{
    private const int Clients = 8;
    private const double FaultRate = 0.1;

    private static readonly TimeSpan s_hang = TimeSpan.FromSeconds(60);

    private int _begun;
    private int _whole;
    private int _failed;
    private int _faults;
    private Usage? _warm;

    [Fact]
    public async Task Of_many_transfers_with_random_faults_none_is_wrong_and_no_port_is_left()
    {
        var count = Campaign.Count("TRANSFERS", usual: 300, full: 10_000);
        await using var bench = await FaultBench.StartAsync();
        var proxy = await bench.StartProxyAsync();
        var started = Stopwatch.StartNew();
        var problems = await Task.WhenAll(Enumerable.Range(1, Clients).Select(seed => WorkAsync(bench, proxy, new Random(seed), count)));
        bench.Simulator.Faults.Clear();
        bench.Device.Faults.Clear();
        var data = await bench.CountLeftAsync(dataOnly: true);
        await proxy.StopAsync(TimeSpan.Zero, CancellationToken.None);
        var left = await bench.CountLeftAsync(dataOnly: false);
        output.WriteLine(
            $"{count} transfers in {started.Elapsed.TotalSeconds:0.0} s: {_whole} whole, {_failed} failed with a reason, {_faults} faults armed, "
            + $"{bench.Simulator.Counters.EntriesCreated} ports opened, {data + left} left");
        output.WriteLine($"after a tenth of them: {_warm}; at the end: {Usage.Of(bench)}");
        Assert.Empty(problems.OfType<string>());
        Assert.Equal((0, 0), (data, left));
        Assert.InRange(_whole, count / 2, count);
    }

    private async Task<string?> WorkAsync(FaultBench bench, FtpProxy proxy, Random random, int count)
    {
        RawFtpClient? client = null;
        try
        {
            while (Interlocked.Increment(ref _begun) is var number && number <= count)
            {
                if (number == count / 10)
                {
                    // What is loaded and pooled once is there by now.
                    _warm = Usage.Of(bench);
                }

                if (random.NextDouble() < FaultRate)
                {
                    Arm(bench, random);
                }

                try
                {
                    if (client is null)
                    {
                        client = await RawFtpClient.ConnectAsync(proxy.ListenEndPoint);
                        if (await ProxyTrial.LoginAsync(client).WaitAsync(s_hang) is not null)
                        {
                            throw new IOException("No session.");
                        }
                    }

                    var seen = await ProxyTrial.DownloadAsync(bench, client).WaitAsync(s_hang);
                    if (seen is { Whole: false, Saw: ['2', ..] })
                    {
                        return seen.ToString();
                    }

                    Interlocked.Increment(ref seen.Whole ? ref _whole : ref _failed);
                }
                catch (Exception e) when (e is IOException or SocketException)
                {
                    // The session went with the fault; the next transfer begins another.
                    Interlocked.Increment(ref _failed);
                    client?.Dispose();
                    client = null;
                }
            }

            return null;
        }
        catch (TimeoutException)
        {
            return "A transfer hung.";
        }
        finally
        {
            client?.Dispose();
        }
    }

    private void Arm(FaultBench bench, Random random)
    {
        Interlocked.Increment(ref _faults);
        switch (random.Next(3))
        {
            case 0:
                ApiFault[] calls = [ApiFault.Error(), ApiFault.Reset(), ApiFault.LostAnswer(), ApiFault.InvalidJson(), ApiFault.HtmlError(), ApiFault.ExpiredToken()];
                ApiOperation[] operations = [ApiOperation.CreatePortMapping, ApiOperation.DeletePortMapping];
                bench.Simulator.Faults.Arm(calls[random.Next(calls.Length)] with { Operation = operations[random.Next(operations.Length)] });
                break;
            case 1:
                GatewayFault[] connections =
                [
                    GatewayFault.ResetBeforeHandshake(), GatewayFault.ResetAfterHandshake(), GatewayFault.ResetAfter(random.Next(300_000)),
                    GatewayFault.RefuseConnections(), GatewayFault.TlsAlert(), GatewayFault.DeviceRefuses(),
                ];
                bench.Simulator.Faults.Arm(connections[random.Next(connections.Length)]);
                break;
            default:
                DeviceFault[] commands =
                [
                    DeviceFault.DropControl(), DeviceFault.DropData(random.Next(300_000)), DeviceFault.LosePower(random.Next(300_000)),
                    DeviceFault.FailData(random.Next(300_000), "451 Local error."), DeviceFault.RefuseSession(),
                ];
                bench.Device.Faults.Arm(commands[random.Next(commands.Length)]);
                break;
        }
    }

    private sealed record Usage(int Handles, long HeapMiB)
    {
        public static Usage Of(FaultBench bench)
        {
            bench.ForgetEvents();
            using var process = Process.GetCurrentProcess();
            return new Usage(process.HandleCount, GC.GetTotalMemory(forceFullCollection: true) >> 20);
        }
    }
}
