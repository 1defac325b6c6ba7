using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Faults;

/// <summary>Each fault, what the user saw of it, how long it took and what was left open: nothing. The table is printed. A long run
/// tries each fault in each of its ways; a usual one those of SORACOM and of the gateway, of which each strikes at many moments, in the
/// next way each time.</summary>
public sealed class FaultTableTests(ITestOutputHelper output)
{
    private const int RowsAtATime = 14;

    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(4);

    [Fact]
    public Task SORACOM_failing_leaves_no_port_and_no_wrong_file() => RunAsync(ApiFaultRows.All, oneWayEach: !Campaign.IsLong);

    [Fact]
    public Task The_gateway_failing_leaves_no_port_and_no_wrong_file() => RunAsync(GatewayFaultRows.All, oneWayEach: !Campaign.IsLong);

    [Fact]
    public Task The_device_failing_leaves_no_port_and_no_wrong_file() => RunAsync(DeviceFaultRows.All);

    [Fact]
    public Task A_client_misbehaving_or_the_relay_ending_leaves_no_port() => RunAsync(ClientFaultRows.All);

    private async Task RunAsync(IReadOnlyList<FaultRow> rows, bool oneWayEach = false)
    {
        var trials = rows
            .SelectMany((row, index) => oneWayEach ? [row.Ways[index % row.Ways.Count]] : row.Ways, (row, way) => (row, way))
            .ToArray();
        var results = new FaultResult[trials.Length];
        await Parallel.ForAsync(
            0,
            trials.Length,
            new ParallelOptions { MaxDegreeOfParallelism = RowsAtATime, CancellationToken = TestContext.Current.CancellationToken },
            async (index, _) => results[index] = await TryAsync(trials[index].row, trials[index].way));

        output.WriteLine($"{"fault",-48} {"way",-9} {"seconds",7} {"left",4}  seen");
        foreach (var ((row, way), result) in trials.Zip(results))
        {
            output.WriteLine(
                $"{row.Name,-48} {way,-9} {result.Took.TotalSeconds,7:0.0} {result.Left,4}  {result.Saw}{(result.Problem is null ? "" : $"   << {result.Problem}")}");
        }

        var problems = trials.Zip(results)
            .Where(pair => pair.Second.Problem is not null || pair.Second.Left > 0)
            .Select(pair => $"{pair.First.row.Name}, {pair.First.way}: {pair.Second}");
        Assert.Empty(problems);
    }

    private static async Task<FaultResult> TryAsync(FaultRow row, FaultWay way)
    {
        await using var bench = await FaultBench.StartAsync();
        try
        {
            return await (way == FaultWay.Copy ? CopyTrial.RunAsync(bench, row) : ProxyTrial.RunAsync(bench, row, way)).WaitAsync(s_hang);
        }
        catch (Exception e)
        {
            return new FaultResult("", s_hang, bench.Simulator.PortMappings.Count, e is TimeoutException ? "hangs" : e.ToString());
        }
    }
}
