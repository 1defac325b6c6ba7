using NapterFtp.Simulator;
using NapterFtp.Testing;

namespace NapterFtp.Benchmarks.Peers;

/// <summary>The module in a process of its own, driven by one of the scripts beside this file.</summary>
internal static class ModuleHost
{
    /// <summary>The repository's folder.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>What runs a script in the shell: the one that is built here, or another that has the module.</summary>
    public static string[] Shell { get; set; } = ["dotnet", Path.Combine(Repository, "tools/Shell/bin/Release/net10.0/napterftp-shell.dll")];

    /// <summary>Runs a script in tools/Shell, with an API that takes any key.</summary>
    public static ProcessCommand Command(string script, IEnumerable<string> arguments, Uri api) =>
        Command(script, arguments, new Dictionary<string, string>
        {
            ["SORACOM_ENDPOINT"] = api.ToString(),
            ["SORACOM_AUTH_KEY_ID"] = "keyId-benchmark",
            ["SORACOM_AUTH_KEY"] = "secret-benchmark",
        });

    /// <summary>Runs a script in tools/Shell that signs in to a simulator.</summary>
    public static ProcessCommand Command(string script, IEnumerable<string> arguments, NapterSimulator simulator) =>
        Command(script, arguments, new Dictionary<string, string>
        {
            ["SORACOM_ENDPOINT"] = simulator.ApiEndPoint.ToString(),
            ["SORACOM_AUTH_KEY_ID"] = simulator.AuthKeyId,
            ["SORACOM_AUTH_KEY"] = simulator.AuthKey,
        });

    private static ProcessCommand Command(string script, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment) =>
        new(Shell[0], [
            .. Shell[1..],
            Path.Combine(Repository, "benchmarks/Peers", script),
            .. arguments,
        ])
        {
            Environment = environment,
        };

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "NapterFtp.psd1")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The benchmarks run in a checkout only.");
        }

        return folder.FullName;
    }
}
