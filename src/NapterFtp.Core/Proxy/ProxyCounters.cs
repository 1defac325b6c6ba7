using NapterFtp.Ports;

namespace NapterFtp.Proxy;

/// <summary>Counts a proxy's ports and bytes from its port events.</summary>
internal sealed class ProxyCounters : IDisposable
{
    private readonly PortManager _ports;
    private readonly string _proxy;
    private readonly IDisposable _subscription;
    private long _opened;
    private long _fromDevice;
    private long _toDevice;

    public ProxyCounters(PortManager ports, string proxy, Action<NapterPortEvent>? observer)
    {
        _ports = ports;
        _proxy = proxy;
        _subscription = ports.Subscribe(step =>
        {
            if (step.Proxy == proxy)
            {
                Count(step);
                observer?.Invoke(step);
            }
        });
    }

    /// <summary>The snapshot with the counters filled in: what ended ports carried, and what open ones have so far.</summary>
    public NapterFtpProxy Fill(NapterFtpProxy snapshot)
    {
        var open = _ports.Snapshot().Where(port => port.Proxy == _proxy).ToList();
        return snapshot with
        {
            Ports = open.Count,
            TotalPorts = Interlocked.Read(ref _opened),
            BytesFromDevice = Interlocked.Read(ref _fromDevice) + open.Sum(port => port.BytesFromDevice),
            BytesToDevice = Interlocked.Read(ref _toDevice) + open.Sum(port => port.BytesToDevice),
        };
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
