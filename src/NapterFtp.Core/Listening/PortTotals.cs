using NapterFtp.Ports;

namespace NapterFtp.Listening;

/// <summary>Counts the ports and bytes of a proxy or tunnel from its port events.</summary>
internal sealed class PortTotals : IDisposable
{
    private readonly PortManager _ports;
    private readonly string _owner;
    private readonly IDisposable _subscription;
    private long _opened;
    private long _fromDevice;
    private long _toDevice;

    /// <param name="ports">Where the events come from.</param>
    /// <param name="owner">The name of the proxy or tunnel.</param>
    /// <param name="observer">Gets the owner's events too; null for nobody.</param>
    public PortTotals(PortManager ports, string owner, Action<NapterPortEvent>? observer)
    {
        _ports = ports;
        _owner = owner;
        _subscription = ports.Subscribe(step =>
        {
            if (step.Proxy == owner)
            {
                Count(step);
                observer?.Invoke(step);
            }
        });
    }

    /// <summary>Ports opened since the start.</summary>
    public long Opened => Interlocked.Read(ref _opened);

    /// <summary>Ports open now, and all bytes so far: those of ended ports and those that open ones have carried yet.</summary>
    public (int Ports, long FromDevice, long ToDevice) Now()
    {
        var open = _ports.Snapshot().Where(port => port.Proxy == _owner).ToList();
        return (
            open.Count,
            Interlocked.Read(ref _fromDevice) + open.Sum(port => port.BytesFromDevice),
            Interlocked.Read(ref _toDevice) + open.Sum(port => port.BytesToDevice));
    }

    public void Dispose() => _subscription.Dispose();

    private void Count(NapterPortEvent step)
    {
        if (step.State == NapterPortState.Open)
        {
            Interlocked.Increment(ref _opened);
        }
        else if (step.State is NapterPortState.Closed or NapterPortState.Failed)
        {
            Interlocked.Add(ref _fromDevice, step.BytesFromDevice);
            Interlocked.Add(ref _toDevice, step.BytesToDevice);
        }
    }
}
