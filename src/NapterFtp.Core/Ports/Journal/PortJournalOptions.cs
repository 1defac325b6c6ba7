namespace NapterFtp.Ports.Journal;

/// <summary>Where the journals are, and for whom this one is kept.</summary>
internal sealed record PortJournalOptions
{
    /// <summary>The folder of all processes' journals; see <see cref="DefaultFolder"/>.</summary>
    public required string Folder { get; init; }

    /// <summary>The operator the entries belong to, such as <c>OP0012345678</c>.</summary>
    public required string Account { get; init; }

    /// <summary>The API's end point: the same operator ID may exist at another.</summary>
    public required string Api { get; init; }

    /// <summary>The user's folder for state: <c>$XDG_STATE_HOME/NapterFtp</c> or <c>~/.local/state/NapterFtp</c> on Linux,
    /// <c>%LOCALAPPDATA%\NapterFtp</c> on Windows, <c>~/Library/Application Support/NapterFtp</c> on macOS. Null where the
    /// user has no such folder, as some services.</summary>
    /// <param name="environment">Gives environment variables.</param>
    public static string? DefaultFolder(Func<string, string?> environment)
    {
        if (OperatingSystem.IsWindows() || OperatingSystem.IsMacOS())
        {
            var local = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
            return local.Length == 0 ? null : Path.Combine(local, "NapterFtp");
        }

        // The XDG Base Directory Specification has relative paths ignored.
        if (environment("XDG_STATE_HOME") is { } state && Path.IsPathRooted(state))
        {
            return Path.Combine(state, "NapterFtp");
        }

        return environment("HOME") is { Length: > 0 } home ? Path.Combine(home, ".local", "state", "NapterFtp") : null;
    }
}
