using System.Globalization;

namespace NapterFtp.Testing;

/// <summary>pyftpdlib, which goes on answering while it transfers. Any user may change the files.</summary>
internal static class Pyftpdlib
{
    public static Task<ProcessCommand> PrepareAsync(ServerSetup setup)
    {
        List<string> arguments =
        [
            "-m", "pyftpdlib", "-i", "127.0.0.1", "-p", setup.Port.ToString(CultureInfo.InvariantCulture), "-w",
            "-d", setup.Options.RootPath, "-u", ServerSetup.User, "-P", ServerSetup.Password,
        ];
        if (setup.PassivePorts is var (first, last))
        {
            arguments.AddRange(["-r", $"{first}-{last}"]);
        }

        var path = Path.Combine(setup.PackageRoot, "usr/lib/python3/dist-packages");
        return Task.FromResult(new ProcessCommand("python3", arguments) { Environment = new Dictionary<string, string> { ["PYTHONPATH"] = path } });
    }
}
