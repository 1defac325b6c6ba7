namespace NapterFtp.Simulator.Device;

/// <summary>When a device announces a transfer (150).</summary>
public enum PreliminaryReply
{
    /// <summary>Once the data connection is there, as vsftpd does.</summary>
    AfterConnect,

    /// <summary>At once, before the data connection.</summary>
    BeforeConnect,

    /// <summary>Never.</summary>
    Missing,
}
