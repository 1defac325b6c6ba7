using System.Reflection;
using System.Runtime.Loader;
using System.Text.Json;

namespace NapterFtp.PowerShell.Tests;

/// <summary>CycloneDX's own schema and validator, which come with the tool that packaging restores.</summary>
internal static class CycloneDxSchema
{
    /// <summary>What a list of contents has against the schema of its version; nothing where it is valid.</summary>
    public static IReadOnlyList<string> Faults(string json)
    {
        var folder = ToolFolder();
        var context = new AssemblyLoadContext("cyclonedx", isCollectible: true);
        context.Resolving += (asking, name) =>
            Path.Join(folder, name.Name + ".dll") is var path && File.Exists(path) ? asking.LoadFromAssemblyPath(path) : null;
        try
        {
            var library = context.LoadFromAssemblyPath(Path.Join(folder, "CycloneDX.Core.dll"));
            var versions = library.GetType("CycloneDX.SpecificationVersion", throwOnError: true)!;
            var validate = library.GetType("CycloneDX.Json.Validator", throwOnError: true)!.GetMethod("Validate", [typeof(string), versions])!;
            var result = validate.Invoke(null, [json, Enum.Parse(versions, "v1_6")])!;
            return (bool)Value(result, "Valid")! ? [] : [.. (IEnumerable<string>)Value(result, "Messages")!];
        }
        finally
        {
            context.Unload();
        }
    }

    private static object? Value(object item, string property) => item.GetType().GetProperty(property, BindingFlags.Public | BindingFlags.Instance)!.GetValue(item);

    private static string ToolFolder()
    {
        using var manifest = JsonDocument.Parse(File.ReadAllText(Path.Join(Repository.Root, ".config", "dotnet-tools.json")));
        var version = manifest.RootElement.GetProperty("tools").GetProperty("cyclonedx").GetProperty("version").GetString()!;
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } given
            ? given
            : Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        return Path.Join(packages, "cyclonedx", version, "tools", "net10.0", "any");
    }
}
