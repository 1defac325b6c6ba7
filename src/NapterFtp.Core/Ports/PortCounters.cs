namespace NapterFtp.Ports;

/// <summary>Bytes that have gone through one Napter port, counted by the relay's two halves at once.</summary>
internal sealed class PortCounters
{
    private long _fromDevice;
    private long _toDevice;

    public long FromDevice => Interlocked.Read(ref _fromDevice);

    public long ToDevice => Interlocked.Read(ref _toDevice);

    public void AddFromDevice(long bytes) => Interlocked.Add(ref _fromDevice, bytes);

    public void AddToDevice(long bytes) => Interlocked.Add(ref _toDevice, bytes);
}
