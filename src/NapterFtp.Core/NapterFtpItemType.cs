namespace NapterFtp;

/// <summary>What an entry on a device is.</summary>
public enum NapterFtpItemType
{
    /// <summary>A file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link, whatever it points to.</summary>
    SymbolicLink,

    /// <summary>Anything else: a device node, a pipe, or what the device's listing does not tell.</summary>
    Other,
}
