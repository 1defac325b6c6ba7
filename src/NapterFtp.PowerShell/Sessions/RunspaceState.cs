namespace NapterFtp.PowerShell.Sessions;

/// <summary>What the module keeps for one runspace.</summary>
internal sealed class RunspaceState
{
    /// <summary>The connection that cmdlets use where none is given.</summary>
    public NapterConnection? Current { get; set; }

    /// <summary>Whether the user has the current connection in hand too, so that it is not ours to end.</summary>
    public bool CurrentIsHeld { get; set; }

    /// <summary>The devices that its commands leave to each other.</summary>
    public KeptDevices Devices { get; } = new();
}
