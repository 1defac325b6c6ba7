namespace NapterFtp.Simulator;

/// <summary>A fault waiting for its occasion. Disposing of it disarms it.</summary>
/// <typeparam name="TFault"><see cref="ApiFault"/> or <see cref="GatewayFault"/>.</typeparam>
public sealed class ArmedFault<TFault> : IDisposable
    where TFault : IFault
{
    private readonly object _lock = new();
    private readonly TaskCompletionSource _firstFiring = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<ArmedFault<TFault>> _disarm;
    private int _seen;
    private int _fired;

    internal ArmedFault(TFault fault, Action<ArmedFault<TFault>> disarm)
    {
        Fault = fault;
        _disarm = disarm;
    }

    /// <summary>The fault.</summary>
    public TFault Fault { get; }

    /// <summary>How often it has happened.</summary>
    public int Fired => Volatile.Read(ref _fired);

    /// <summary>Completes when it happens for the first time.</summary>
    public Task FirstFiring => _firstFiring.Task;

    /// <inheritdoc/>
    public void Dispose() => _disarm(this);

    /// <summary>Counts a fitting occasion; true where the fault happens at it.</summary>
    internal bool TryFire()
    {
        lock (_lock)
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
