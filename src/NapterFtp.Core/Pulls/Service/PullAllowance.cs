using NapterFtp.Copy;

namespace NapterFtp.Pulls.Service;

/// <summary>What a member of a service lets schedules do on its computer. Whoever can write the store writes schedules, and is not for that
/// allowed to write any file or run any program on every member.</summary>
internal sealed class PullAllowance
{
    private const int MostLinks = 40;

    private static readonly StringComparison Comparison = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    private readonly IReadOnlyList<string>? _destinations;
    private readonly IReadOnlyList<string> _scripts;

    /// <param name="destinations">The folders below which files may be put, full paths; null for anywhere.</param>
    /// <param name="scripts">The folders below which scripts may be run; empty for none.</param>
    public PullAllowance(IReadOnlyList<string>? destinations, IReadOnlyList<string> scripts)
    {
        // As they are now: a root may be a link itself.
        _destinations = destinations?.Select(Resolved).ToList();
        _scripts = [.. scripts.Select(Resolved)];
    }

    /// <summary>What speaks against writing at a local path.</summary>
    public NapterFtpException? RefuseDestination(string path) => _destinations is null || IsWithin(path, _destinations)
        ? null
        : new NapterFtpException(
            "DestinationNotAllowed",
            NapterFtpErrorKind.PermissionDenied,
            $"'{LocalNames.Printable(path)}' is outside of what the service on {Environment.MachineName} may write.",
            $"Allowed are: {string.Join(", ", _destinations)}. Correct the schedule's -Destination, or start the service with another -AllowedDestination.",
            path);

    /// <summary>What speaks against running a script.</summary>
    public NapterFtpException? RefuseScript(string path) => Path.IsPathFullyQualified(path) && IsWithin(path, _scripts)
        ? null
        : new NapterFtpException(
            "ScriptNotAllowed",
            NapterFtpErrorKind.PermissionDenied,
            $"The script '{LocalNames.Printable(path)}' is outside of what the service on {Environment.MachineName} may run.",
            _scripts.Count == 0
                ? "The service runs no scripts: start it with -AllowedScript and the folder that the script lies in."
                : $"Allowed are: {string.Join(", ", _scripts)}. Give its full path in the schedule's -OnCopied, or start the service with another -AllowedScript.",
            path);

    private static bool IsWithin(string path, IReadOnlyList<string> roots)
    {
        try
        {
            var resolved = Resolve(path, MostLinks);
            return roots.Any(root => resolved.Equals(root, Comparison) || resolved.StartsWith(Path.EndsInDirectorySeparator(root) ? root : root + Path.DirectorySeparatorChar, Comparison));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // What cannot be looked at is not within.
            return false;
        }
    }

    private static string Resolved(string path) => Path.TrimEndingDirectorySeparator(Resolve(path, MostLinks));

    /// <summary>Where a path leads in the end: no <c>..</c> in it and no link, as far as it exists.</summary>
    private static string Resolve(string path, int links)
    {
        var full = Path.GetFullPath(path);
        var current = Path.GetPathRoot(full)!;
        foreach (var part in full[current.Length..].Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries))
        {
            current = Path.Combine(current, part);
            FileSystemInfo item = Directory.Exists(current) ? new DirectoryInfo(current) : new FileInfo(current);
            if (item.LinkTarget is { } target)
            {
                current = links > 0 ? Resolve(Path.Combine(Path.GetDirectoryName(current)!, target), links - 1) : throw new IOException($"'{path}' has too many links.");
            }
        }

        return current;
    }
}
