namespace NapterFtp.Simulator.Device;

/// <summary>When a device says that a transfer is complete (226).</summary>
public enum FinalReply
{
    /// <summary>Once the data connection is closed.</summary>
    AfterData,

    /// <summary>Before the first byte.</summary>
    Early,

    /// <summary>When the last bytes of a download are still unsent; after an upload as usual.</summary>
    Unflushed,

    /// <summary>A second after the data connection is closed.</summary>
    Late,

    /// <summary>Never: the next reply is that of the next command.</summary>
    Missing,
}
