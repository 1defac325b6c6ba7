using System.Collections.Concurrent;

namespace NapterFtp.Simulator.Gateway;

/// <summary>Judges too many connections to one SIM in ten seconds as abuse.</summary>
internal sealed class AbuseGuard(SimulatorOptions options)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<SimulatedSim, Queue<long>> _recent = new();

    public bool IsAbuse(SimulatedSim sim)
    {
        if (options.AbuseLimit <= 0)
        {
            return false;
        }

        var times = _recent.GetOrAdd(sim, _ => new Queue<long>());
        lock (times)
        {
            var now = options.TimeProvider.GetTimestamp();
            while (times.TryPeek(out var oldest) && options.TimeProvider.GetElapsedTime(oldest, now) >= Window)
            {
                times.Dequeue();
            }

            times.Enqueue(now);
            return times.Count > options.AbuseLimit;
        }
    }
}
