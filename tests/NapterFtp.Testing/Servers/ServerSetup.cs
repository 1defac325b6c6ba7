namespace NapterFtp.Testing;

/// <summary>What a server's configuration is made from.</summary>
internal sealed record ServerSetup(RealServerOptions Options, string PackageRoot, string ConfigFolder, int Port, (int First, int Last)? PassivePorts)
{
    public const string User = "napter";
    public const string Password = "secret";

    /// <summary>crypt(3) of the password.</summary>
    public const string PasswordHash =
        "$6$napterftp$wNKt7HpFS.8kKOhp4REQykgLfP/T5rrry5zkb8eVnF4/jMybcoR98AkijrPO74hQJ/IkCxIZ8.YRhuDRZp6Sn.";

    public string Program(string path) => Path.Combine(PackageRoot, path);

    public Dictionary<string, string> Environment => new() { ["LD_LIBRARY_PATH"] = PeerPackages.LibraryPath(PackageRoot) };

    /// <summary>Writes a file into the configuration folder, readable by root alone.</summary>
    public async Task<string> WriteAsync(string name, string content)
    {
        var path = Path.Combine(ConfigFolder, name);
        await File.WriteAllTextAsync(path, content);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return path;
    }
}
