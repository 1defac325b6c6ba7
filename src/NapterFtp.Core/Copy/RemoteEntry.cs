using NapterFtp.Ftp;

namespace NapterFtp.Copy;

/// <summary>One name of a folder on the device, and where it is.</summary>
internal sealed record RemoteEntry
{
    /// <summary>The absolute path; encodes to the device's own bytes.</summary>
    public required string FullName { get; init; }

    public string Name => RemotePath.NameOf(FullName);

    public required NapterFtpItemType Type { get; init; }

    public long? Length { get; init; }

    public DateTimeOffset? Modified { get; init; }

    /// <summary>The unit <see cref="Modified"/> was given in; zero where there is none.</summary>
    public TimeSpan Precision { get; init; }

    public NapterFtpTimeSource TimeSource { get; init; }

    public string? LinkTarget { get; init; }

    /// <summary>The path that a run which was cut has left it under; null where it is under its own.</summary>
    public string? LockedPath { get; init; }

    public NapterFtpItem ToItem(DeviceClient client) => new()
    {
        Name = Name,
        FullName = FullName,
        Type = Type,
        Length = Length,
        LastWriteTime = Modified,
        TimeSource = TimeSource,
        LinkTarget = LinkTarget,
        Imsi = client.Device.Imsi,
        SimId = client.Device.SimId,
        Service = client.Device.Service,
        DevicePort = client.DevicePort,
        DevicePortMap = client.Options.PortMap is { IsEmpty: false } map ? map.ToString() : null,
        Router = client.Options.PortMap.Router,
    };
}

/// <summary>An item found.</summary>
/// <param name="Entry">The item.</param>
/// <param name="Base">The folder that its place at a destination is counted from.</param>
internal sealed record FoundItem(RemoteEntry Entry, string Base);
