namespace NapterFtp;

/// <summary>A step in the life of a Napter port. Every port that reaches <see cref="Opening"/> ends in exactly one
/// <see cref="Closed"/> or <see cref="Failed"/>.</summary>
public enum NapterPortState
{
    /// <summary>SORACOM has been asked for it.</summary>
    Opening,

    /// <summary>The entry exists and takes connections.</summary>
    Open,

    /// <summary>A connection runs through it.</summary>
    Connected,

    /// <summary>Its connection has ended; it is kept for reuse.</summary>
    Idle,

    /// <summary>SORACOM is being asked to delete it.</summary>
    Closing,

    /// <summary>The entry is gone.</summary>
    Closed,

    /// <summary>It could not be opened, or its connection failed; the entry is gone or was never made.</summary>
    Failed,
}
