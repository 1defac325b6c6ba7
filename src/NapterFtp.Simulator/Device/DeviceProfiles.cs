namespace NapterFtp.Simulator.Device;

/// <summary>The device profiles that come with the simulator.</summary>
public static class DeviceProfiles
{
    /// <summary>A good modern server: every command, vsftpd's manners.</summary>
    public static DeviceProfile Default { get; } = new() { Name = "Default", Description = "A good modern server." };

    /// <summary>All profiles.</summary>
    public static IReadOnlyList<DeviceProfile> All { get; } = [Default];

    /// <summary>The names of all profiles.</summary>
    public static IEnumerable<string> Names => All.Select(profile => profile.Name);

    /// <summary>The profile of a name, in any case; null where there is none.</summary>
    public static DeviceProfile? Find(string name) =>
        All.FirstOrDefault(profile => profile.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
