namespace NapterFtp.Simulator.Device;

/// <summary>What a client's commands have set in its session; paths and names are as on the wire.</summary>
internal sealed class DeviceSessionState
{
    public string? User { get; set; }

    public bool LoggedIn { get; set; }

    public string CurrentDirectory { get; set; } = "/";

    public long RestartAt { get; set; }

    public string? RenameFrom { get; set; }

    public bool ExtendedPassiveOnly { get; set; }

    public IReadOnlyCollection<string> Facts { get; set; } = ListingFormat.Facts;

    public string Type { get; set; } = "A";
}
