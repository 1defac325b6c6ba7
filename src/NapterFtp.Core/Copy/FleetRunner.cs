namespace NapterFtp.Copy;

/// <summary>Works on many devices, a limited number at a time. One that stays silent does not hold up the others: it goes on
/// waiting, but its place goes to the next.</summary>
/// <param name="limit">Devices at a time.</param>
/// <param name="time">The clock of silence.</param>
internal sealed class FleetRunner(int limit, TimeProvider time)
{
    /// <summary>How many more than the limit may be under way, counting those that are silent.</summary>
    public const int SilentFactor = 4;

    /// <summary>How long a device may be silent and keep its place.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>How often that is looked at.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>Does the work for each device. Work that throws ends the others too; it should report its own failures.</summary>
    /// <param name="devices">The devices.</param>
    /// <param name="work">The work for one; it tells when it hears of its device.</param>
    /// <param name="cancellationToken">Ends all.</param>
    public async Task RunAsync<T>(IEnumerable<T> devices, Func<T, Activity, CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waiting = new Queue<T>(devices);
        var running = new List<(Task Task, Activity Activity)>();
        try
        {
            while (waiting.Count > 0 || running.Count > 0)
            {
                while (waiting.Count > 0 && running.Count < limit * SilentFactor && running.Count(job => job.Activity.Silence < Patience) < limit)
                {
                    var device = waiting.Dequeue();
                    var activity = new Activity(time);
                    running.Add((Task.Run(() => work(device, activity, stop.Token), CancellationToken.None), activity));
                }

                using var look = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
                var pause = waiting.Count > 0 ? Look : Timeout.InfiniteTimeSpan;
                await Task.WhenAny([Task.Delay(pause, time, look.Token), .. running.Select(job => job.Task)]);
                await look.CancelAsync();
                foreach (var job in running.Where(job => job.Task.IsCompleted).ToList())
                {
                    running.Remove(job);
                    await job.Task;
                }

                stop.Token.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(running.Select(job => job.Task)).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }
}
