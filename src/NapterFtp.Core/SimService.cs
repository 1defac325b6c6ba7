namespace NapterFtp;

/// <summary>Which of a SIM's sessions a port leads to (<c>destination.service</c> of SORACOM's create call).</summary>
public enum SimService
{
    /// <summary>SORACOM Air: the cellular session.</summary>
    Air,

    /// <summary>SORACOM Arc: the virtual SIM's WireGuard session.</summary>
    Arc,
}
