using NapterFtp.Benchmarks.Measure;
using NapterFtp.Benchmarks.Peers;

namespace NapterFtp.Benchmarks.Bulk;

/// <summary>What moving bytes through a contestant took.</summary>
/// <param name="CpuPerGiB">CPU-seconds of the relaying process for each GiB.</param>
/// <param name="UserPerGiB">Of these, outside the kernel.</param>
/// <param name="BytesPerSecond">By the wall clock, all connections together.</param>
/// <param name="FirstByte">Seconds until the first byte, the median of the connections.</param>
/// <param name="PeakMemory">Bytes.</param>
internal sealed record BulkRun(double CpuPerGiB, double UserPerGiB, double BytesPerSecond, double FirstByte, long PeakMemory)
{
    private const double GiB = 1L << 30;

    /// <summary>Moves bytes over one new connection.</summary>
    public static BulkRun Measure(Contestant contestant, bool upload, long bytes) => Measure(contestant, upload, bytes, 1, connected: false);

    /// <summary>Moves bytes over so many connections at once, each on a thread of its own.</summary>
    /// <param name="connected">Whether to count what comes after all are connected only.</param>
    public static BulkRun Measure(Contestant contestant, bool upload, long bytes, int connections, bool connected)
    {
        var clients = Enumerable.Range(0, connections).Select(_ => contestant.Connect()).ToArray();
        var share = bytes / connections;
        var transfers = new Clients.Transfer?[connections];
        var firstBytes = new double[connections];
        Exception? failure = null;
        using var begin = new Barrier(connections + 1);
        var threads = clients.Select((client, index) => new Thread(
            () =>
            {
                try
                {
                    if (connected)
                    {
                        firstBytes[index] = client.Download(1).FirstByte;
                    }
                }
                catch (Exception e)
                {
                    failure = e;
                }

                begin.SignalAndWait();
                begin.SignalAndWait();
                try
                {
                    transfers[index] = upload ? client.Upload(share) : client.Download(share);
                }
                catch (Exception e)
                {
                    failure = e;
                }
            },
            512 * 1024)).ToArray();
        ProcessUsage.ResetPeak(contestant.Process.Id);
        Array.ForEach(threads, thread => thread.Start());
        begin.SignalAndWait();
        var before = ProcessUsage.Of(contestant.Process.Id);
        begin.SignalAndWait();
        var started = TimeProvider.System.GetTimestamp();
        Array.ForEach(threads, thread => thread.Join());
        var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        var peak = ProcessUsage.PeakMemory(contestant.Process.Id);
        Array.ForEach(clients, client => client.Dispose());

        // What is left to do after the last byte counts as well.
        Thread.Sleep(200);
        if (failure is not null)
        {
            throw new InvalidOperationException($"{contestant.Name}: {failure.Message}", failure);
        }

        var used = ProcessUsage.Of(contestant.Process.Id) - before;
        return new BulkRun(
            used.Cpu * GiB / bytes,
            used.User * GiB / bytes,
            bytes / (connections == 1 ? transfers[0]!.Seconds : seconds),
            Statistics.Median(connected ? firstBytes : transfers.Select(transfer => transfer!.FirstByte)),
            peak);
    }

    /// <summary>The medians of several runs.</summary>
    public static BulkRun Median(IReadOnlyCollection<BulkRun> runs) => new(
        Statistics.Median(runs.Select(run => run.CpuPerGiB)),
        Statistics.Median(runs.Select(run => run.UserPerGiB)),
        Statistics.Median(runs.Select(run => run.BytesPerSecond)),
        Statistics.Median(runs.Select(run => run.FirstByte)),
        (long)Statistics.Median(runs.Select(run => (double)run.PeakMemory)));
}
