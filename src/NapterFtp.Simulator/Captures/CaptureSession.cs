namespace NapterFtp.Simulator.Captures;

/// <summary>One packet capture session of a SIM. Its state follows from the clock.</summary>
internal sealed class CaptureSession(SimulatedSim sim, TimeSpan duration, string? prefix, SimulatorOptions options)
{
    private readonly object _lock = new();
    private readonly MemoryStream _packets = new();
    private DateTimeOffset? _stopped;

    public SimulatedSim Sim => sim;

    public string Id { get; } = Guid.NewGuid().ToString();

    /// <summary>What the address of the file cannot be guessed without.</summary>
    public string Key { get; } = Secrets.New("");

    public TimeSpan Duration => duration;

    public string? Prefix => prefix;

    public DateTimeOffset CreatedAt { get; } = options.TimeProvider.GetUtcNow();

    public DateTimeOffset StartsAt => CreatedAt + options.PacketCaptureStartsAfter;

    public DateTimeOffset EndsAt
    {
        get
        {
            lock (_lock)
            {
                return _stopped ?? StartsAt + duration;
            }
        }
    }

    /// <summary>SORACOM's <c>status</c>.</summary>
    public string Status
    {
        get
        {
            var now = options.TimeProvider.GetUtcNow();
            return now < StartsAt ? "REQUESTED"
                : now < EndsAt ? "CAPTURING"
                : now < EndsAt + options.PacketCaptureProcessing ? "POST_PROCESSING"
                : "DONE";
        }
    }

    public bool IsCapturing => Status == "CAPTURING";

    /// <summary>Stops it; false where it does not capture.</summary>
    public bool TryStop()
    {
        lock (_lock)
        {
            if (!IsCapturing)
            {
                return false;
            }

            _stopped = options.TimeProvider.GetUtcNow();
            return true;
        }
    }

    public void Add(byte[] packet)
    {
        lock (_lock)
        {
            _packets.Write(packet);
        }
    }

    public byte[] File()
    {
        lock (_lock)
        {
            return [.. PcapFile.Header(), .. _packets.ToArray()];
        }
    }
}
