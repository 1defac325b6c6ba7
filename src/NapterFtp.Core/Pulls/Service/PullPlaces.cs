using NapterFtp.Copy;

namespace NapterFtp.Pulls.Service;

/// <summary>The devices that a member works on at a time, by <see cref="FleetPlaces"/>' rule: one that stays silent goes on waiting, but its place
/// goes to the next.</summary>
/// <param name="limit">Devices at a time.</param>
/// <param name="time">The clock of silence.</param>
internal sealed class PullPlaces(int limit, TimeProvider time)
{
    private readonly object _lock = new();
    private readonly FleetPlaces _places = new(limit);
    private readonly List<Activity> _taken = [];

    /// <summary>Does the work once there is a place for it. Returns when it is done, or has given up its place and goes on by itself.</summary>
    /// <param name="work">The work for a device; it tells when it hears of the device.</param>
    /// <param name="failed">Told where it fails after it has given up its place.</param>
    /// <param name="cancellationToken">Ends the wait for a place.</param>
    public async Task RunAsync(Func<Activity, Task> work, Action<Exception> failed, CancellationToken cancellationToken)
    {
        var activity = new Activity(time);
        while (!TryTake(activity))
        {
            await Task.Delay(FleetPlaces.Look, time, cancellationToken);
        }

        var task = RunAsync(work, activity);
        while (!task.IsCompleted)
        {
            using var look = new CancellationTokenSource();
            await Task.WhenAny(task, Task.Delay(FleetPlaces.Look, time, look.Token));
            await look.CancelAsync();
            if (!task.IsCompleted && FleetPlaces.IsSilent(activity))
            {
                _ = task.ContinueWith(
                    ended => failed(ended.Exception!.GetBaseException()), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
                return;
            }
        }

        await task;
    }

    private async Task RunAsync(Func<Activity, Task> work, Activity activity)
    {
        try
        {
            await work(activity);
        }
        finally
        {
            lock (_lock)
            {
                _taken.Remove(activity);
            }
        }
    }

    private bool TryTake(Activity activity)
    {
        lock (_lock)
        {
            if (!_places.HasRoom(_taken))
            {
                return false;
            }

            activity.Touch();
            _taken.Add(activity);
            return true;
        }
    }
}
