namespace NapterFtp.Simulator.Device;

/// <summary>A fault waiting for its occasion. Disposing of it disarms it.</summary>
public sealed class ArmedFault : IDisposable
{
    private readonly object _gate = new();
    private readonly TaskCompletionSource _firstFiring = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<ArmedFault> _disarm;
    private int _seen;
    private int _fired;

    internal ArmedFault(DeviceFault fault, Action<ArmedFault> disarm)
    {
        Fault = fault;
        _disarm = disarm;
    }

    /// <summary>The fault.</summary>
    public DeviceFault Fault { get; }

    /// <summary>How often it has happened.</summary>
    public int Fired => Volatile.Read(ref _fired);

    /// <summary>Completes when it happens for the first time.</summary>
    public Task FirstFiring => _firstFiring.Task;

    /// <inheritdoc/>
    public void Dispose() => _disarm(this);

    internal bool TryFire(string verb, string argument)
    {
        var fits = Fault.Verb is null ? verb != DeviceFault.Connecting : verb == Fault.Verb;
        if (!fits || Fault.When?.Invoke(verb, argument) == false)
        {
            return false;
        }

        lock (_gate)
        {
            if (_seen++ < Fault.Skip || _fired >= Fault.Count)
            {
                return false;
            }

            _fired++;
        }

        _firstFiring.TrySetResult();
        return true;
    }
}
