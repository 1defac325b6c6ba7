using NapterFtp.Copy;
using NapterFtp.Core.Tests.Copy;

namespace NapterFtp.Core.Tests.Faults;

/// <summary>The product's own copy that meets a fault, and another that comes afterwards.</summary>
internal static class CopyTrial
{
    public static async Task<FaultResult> RunAsync(FaultBench bench, FaultRow row)
    {
        row.Arm(bench);
        var started = bench.Time.GetTimestamp();
        var (saw, whole, problem) = await CopyAsync(bench, CancellationToken.None);
        var took = bench.Time.GetElapsedTime(started);
        bench.Simulator.Faults.Clear();
        bench.Device.Faults.Clear();
        problem ??= (row.Expected(FaultWay.Copy), whole) switch
        {
            (FaultOutcome.Works, false) => "should have worked",
            (FaultOutcome.Fails, true) => "should have failed",
            _ => null,
        };
        var left = await bench.CountLeftAsync(dataOnly: false);
        await Task.Delay(row.Heals, bench.Time);
        if (await CopyAsync(bench, CancellationToken.None) is not (_, true, null) and var next)
        {
            problem = $"{problem} the next copy saw {next}".TrimStart();
        }

        return new FaultResult(saw, took, Math.Max(left, await bench.CountLeftAsync(dataOnly: false)), problem);
    }

    public static async Task<(string Saw, bool Whole, string? Problem)> CopyAsync(FaultBench bench, CancellationToken cancellationToken)
    {
        var log = new CopyLog();
        var target = Path.Combine(bench.Local, FaultBench.FileName);
        File.Delete(target);
        string saw;
        try
        {
            await using var client = bench.NewClient();
            var options = new CopyOptions
            {
                Paths = ["/" + FaultBench.FileName],
                Destination = bench.Local,
                Retry = new RetryPolicy(2, TimeSpan.FromSeconds(1)),
            };
            await DeviceCopy.RunAsync(client, options, log, cancellationToken);
            saw = log.Errors is [var error, ..] ? Describe(error) : string.Join(", ", log.Transfers.Select(transfer => transfer.Status + Attempts(transfer)));
        }
        catch (NapterFtpException error)
        {
            saw = Describe(error);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            saw = "cancelled";
        }

        var copied = log.Errors.Count == 0 && log.Count(NapterFtpTransferStatus.Copied) == 1;
        var whole = File.Exists(target) && (await File.ReadAllBytesAsync(target, CancellationToken.None)).AsSpan().SequenceEqual(bench.Content);
        return (saw, whole, (copied, whole) switch
        {
            (true, false) => "a part taken for the whole",
            (false, false) when File.Exists(target) => "a part left under the file's name",
            _ => null,
        });
    }

    private static string Attempts(NapterFtpTransfer transfer) => transfer.Attempts > 1 ? $" ({transfer.Attempts} attempts)" : "";

    private static string Describe(NapterFtpException error) => $"{error.ErrorId}: {error.Message}";
}
