namespace NapterFtp.Simulator;

/// <summary>What happens for a SIM whose device is offline; SORACOM doesn't say.</summary>
public enum OfflineBehaviour
{
    /// <summary>No entry can be made (400).</summary>
    CreateFails,

    /// <summary>Entries can be made, but their connections don't reach the device.</summary>
    ConnectFails,
}
