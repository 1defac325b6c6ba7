namespace NapterFtp.Simulator.Device;

/// <summary>A line of a listing.</summary>
/// <param name="Name">The name on the wire.</param>
/// <param name="Type">The MLSD type: <c>file</c>, <c>dir</c>, <c>cdir</c> or <c>pdir</c>.</param>
/// <param name="Length">Bytes; 0 for folders.</param>
/// <param name="Modified">When, by the device's clock, in UTC.</param>
internal sealed record ListedItem(string Name, string Type, long Length, DateTime Modified)
{
    public bool IsDirectory => Type != "file";
}
