using System.Collections.Immutable;

namespace NapterFtp.Simulator;

/// <summary>The armed faults of one sort.</summary>
internal sealed class FaultList<TFault>
    where TFault : class, IFault
{
    private ImmutableArray<ArmedFault<TFault>> _armed = [];

    public ArmedFault<TFault> Arm(TFault fault)
    {
        var armed = new ArmedFault<TFault>(fault, Disarm);
        ImmutableInterlocked.Update(ref _armed, list => list.Add(armed));
        return armed;
    }

    public void Clear() => ImmutableInterlocked.InterlockedExchange(ref _armed, []);

    /// <summary>The first armed fault that fits and happens now, or null.</summary>
    public TFault? Take(Func<TFault, bool> fits)
    {
        foreach (var armed in _armed)
        {
            if (fits(armed.Fault) && armed.TryFire())
            {
                return armed.Fault;
            }
        }

        return null;
    }

    private void Disarm(ArmedFault<TFault> fault) => ImmutableInterlocked.Update(ref _armed, list => list.Remove(fault));
}
