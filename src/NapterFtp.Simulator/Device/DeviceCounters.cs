using System.Collections.Concurrent;

namespace NapterFtp.Simulator.Device;

/// <summary>What a simulated device has seen since its start. Safe to read at any time.</summary>
public sealed class DeviceCounters
{
    private readonly ConcurrentDictionary<string, long> _commands = new();
    private long _sessions;
    private long _currentSessions;
    private long _peakSessions;
    private long _dataConnections;
    private long _transfers;
    private long _bytesSent;
    private long _bytesReceived;
    private long _roundTrips;

    /// <summary>Control connections accepted, also those turned away as one too many.</summary>
    public long Sessions => Volatile.Read(ref _sessions);

    /// <summary>Control connections open now.</summary>
    public long CurrentSessions => Volatile.Read(ref _currentSessions);

    /// <summary>The most control connections open at one time.</summary>
    public long PeakSessions => Volatile.Read(ref _peakSessions);

    /// <summary>Data connections made, in either direction.</summary>
    public long DataConnections => Volatile.Read(ref _dataConnections);

    /// <summary>Transfers completed, listings among them.</summary>
    public long Transfers => Volatile.Read(ref _transfers);

    /// <summary>Data bytes sent to clients.</summary>
    public long BytesSent => Volatile.Read(ref _bytesSent);

    /// <summary>Data bytes received from clients.</summary>
    public long BytesReceived => Volatile.Read(ref _bytesReceived);

    /// <summary>
    /// Commands that came when all earlier ones had been answered: each has cost its client a round trip, where pipelined commands have not.
    /// </summary>
    public long RoundTrips => Volatile.Read(ref _roundTrips);

    /// <summary>Commands received, by verb.</summary>
    public IReadOnlyDictionary<string, long> Commands => _commands.ToDictionary();

    /// <summary>How often one command was received.</summary>
    public long CountOf(string verb) => _commands.GetValueOrDefault(verb);

    internal void SessionOpened()
    {
        Interlocked.Increment(ref _sessions);
        var current = Interlocked.Increment(ref _currentSessions);
        long peak;
        while (current > (peak = Volatile.Read(ref _peakSessions)))
        {
            Interlocked.CompareExchange(ref _peakSessions, current, peak);
        }
    }

    internal void SessionClosed() => Interlocked.Decrement(ref _currentSessions);

    internal void DataConnected() => Interlocked.Increment(ref _dataConnections);

    internal void TransferCompleted() => Interlocked.Increment(ref _transfers);

    internal void Sent(long bytes) => Interlocked.Add(ref _bytesSent, bytes);

    internal void Received(long bytes) => Interlocked.Add(ref _bytesReceived, bytes);

    internal void CommandReceived(string verb, bool waitedFor)
    {
        _commands.AddOrUpdate(verb, 1, (_, count) => count + 1);
        if (waitedFor)
        {
            Interlocked.Increment(ref _roundTrips);
        }
    }
}
