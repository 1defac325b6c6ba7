namespace NapterFtp.Copy;

/// <summary>Works on many devices, a limited number at a time. One that stays silent does not hold up the others: it goes on
/// waiting, but its place goes to the next.</summary>
/// <param name="limit">Devices at a time.</param>
/// <param name="time">The clock of silence.</param>
internal sealed class FleetRunner(int limit, TimeProvider time)
{
    private readonly FleetPlaces _places = new(limit);

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
                while (waiting.Count > 0 && _places.HasRoom(running.Select(job => job.Activity)))
                {
                    var device = waiting.Dequeue();
                    var activity = new Activity(time);
                    running.Add((Task.Run(() => work(device, activity, stop.Token), CancellationToken.None), activity));
                }

                using var look = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
                var pause = waiting.Count > 0 ? FleetPlaces.Look : Timeout.InfiniteTimeSpan;
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

/// <summary>When one more device may be begun beside those that are under way.</summary>
/// <param name="limit">Devices at a time that are not silent.</param>
internal sealed class FleetPlaces(int limit)
{
    // So many times the limit may be under way, counting those that are silent.
    private const int SilentFactor = 4;

    /// <summary>How often it is to be looked who has fallen silent.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Whether a device has been silent for so long that its place goes to the next.</summary>
    public static bool IsSilent(Activity activity) => activity.Silence >= Patience;

    /// <summary>Whether there is a place for one more.</summary>
    /// <param name="underWay">All that are under way, the silent ones too.</param>
    public bool HasRoom(IEnumerable<Activity> underWay)
    {
        var silent = underWay.ToLookup(IsSilent);
        return silent[false].Count() < limit && silent[false].Count() + silent[true].Count() < limit * SilentFactor;
    }
}
