namespace NapterFtp;

/// <summary>What goes through one open Napter port of a proxy or tunnel at a moment: a snapshot.</summary>
public sealed record NapterPortActivity
{
    /// <summary>When it was looked at.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The proxy or tunnel.</summary>
    public string? Proxy { get; init; }

    /// <summary>The FTP session, counted from 1 within its proxy; null for a port that sessions share.</summary>
    public string? SessionId { get; init; }

    /// <summary>Names the port within this process.</summary>
    public string? PortId { get; init; }

    /// <summary>What the port is for.</summary>
    public NapterPortKind? Kind { get; init; }

    /// <summary>Where it is in its life.</summary>
    public NapterPortState? State { get; init; }

    /// <summary>The TCP port on the device.</summary>
    public required int DevicePort { get; init; }

    /// <summary>The FTP transfer command with its argument; null until it is known.</summary>
    public string? Command { get; init; }

    /// <summary>Bytes received from the device so far.</summary>
    public long BytesFromDevice { get; init; }

    /// <summary>Bytes sent to the device so far.</summary>
    public long BytesToDevice { get; init; }

    /// <summary>Bytes a second received since the port was last looked at.</summary>
    public long RateFromDevice { get; init; }

    /// <summary>Bytes a second sent since the port was last looked at.</summary>
    public long RateToDevice { get; init; }

    /// <summary>How old the port is.</summary>
    public TimeSpan Age { get; init; }
}
