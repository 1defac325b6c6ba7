namespace NapterFtp.Simulator;

/// <summary>What the user's connection meets where the gateway can't reach the device; SORACOM doesn't say.</summary>
public enum UnreachableBehaviour
{
    /// <summary>A reset after the TLS handshake.</summary>
    Reset,

    /// <summary>A good end of stream after the TLS handshake, without a byte.</summary>
    Close,

    /// <summary>Nothing ever comes.</summary>
    Silent,
}
