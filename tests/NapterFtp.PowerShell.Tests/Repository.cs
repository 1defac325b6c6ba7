using System.Reflection;

namespace NapterFtp.PowerShell.Tests;

/// <summary>Where the built module and shell are.</summary>
internal static class Repository
{
    public static string Root { get; } = Metadata("RepositoryRoot");

    public static string ManifestPath { get; } = Path.Join(Root, "NapterFtp.psd1");

    public static string ShellPath { get; } =
        Path.Join(Root, "tools", "Shell", "bin", Metadata("Configuration"), "net10.0", "napterftp-shell.dll");

    private static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == key).Value!;
}
