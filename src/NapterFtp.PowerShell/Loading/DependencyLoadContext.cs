using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace NapterFtp.PowerShell.Loading;

/// <summary>Where NapterFtp's own assemblies and their dependencies live, so that another module's versions of the same
/// dependencies never meet ours. It looks in <c>bin/Dependencies</c> alone.</summary>
internal sealed class DependencyLoadContext(string folder) : AssemblyLoadContext("NapterFtp")
{
    private static readonly string[] EntryPoints = ["NapterFtp.Core", "NapterFtp.Simulator"];

    /// <summary>Answers the default context's question for an assembly that it does not know.</summary>
    /// <returns>One of the assemblies that the cmdlets compile against, or null where the question is not ours.</returns>
    public Assembly? ResolveForModule(AssemblyLoadContext asking, AssemblyName name) =>
        EntryPoints.Contains(name.Name, StringComparer.Ordinal) ? LoadFromAssemblyName(name) : null;

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var path = Path.Join(folder, assemblyName.Name + ".dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        var file = OperatingSystem.IsWindows() ? $"{unmanagedDllName}.dll"
            : OperatingSystem.IsMacOS() ? $"lib{unmanagedDllName}.dylib"
            : $"lib{unmanagedDllName}.so";
        var path = Platforms().Select(platform => Path.Join(folder, "runtimes", platform, "native", file)).FirstOrDefault(File.Exists);
        return path is null ? 0 : LoadUnmanagedDllFromPath(path);
    }

    /// <summary>What this platform's folder may be called: as .NET calls it, which may be a distribution's name, or as packages do.</summary>
    private static string[] Platforms()
    {
        var own = RuntimeInformation.RuntimeIdentifier;
        var system = OperatingSystem.IsWindows() ? "win"
            : OperatingSystem.IsMacOS() ? "osx"
            : own.Contains("musl", StringComparison.Ordinal) || own.StartsWith("alpine", StringComparison.Ordinal) ? "linux-musl"
            : "linux";
        return [own, $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}"];
    }
}
