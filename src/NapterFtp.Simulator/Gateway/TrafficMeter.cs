namespace NapterFtp.Simulator.Gateway;

/// <summary>Counts what passes through one connection, seen from the user's side.</summary>
internal sealed class TrafficMeter(SimulatorCounters counters, bool isControl, Action moved)
{
    private int _answered;

    public void FromUser(int count)
    {
        counters.BytesMoved(0, count);
        moved();

        // A burst from the user after one from the device: the user has waited a round trip.
        if (isControl && Interlocked.Exchange(ref _answered, 0) == 1)
        {
            counters.ControlRoundTrip();
        }
    }

    public void ToUser(int count)
    {
        Volatile.Write(ref _answered, 1);
        counters.BytesMoved(count, 0);
        moved();
    }
}
