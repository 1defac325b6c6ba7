using System.Diagnostics.CodeAnalysis;

namespace NapterFtp.Testing;

/// <summary>Gets real FTP servers and clients onto the machine: by apt-get where that can be done (Debian and its kin, as root),
/// else not at all. Test processes that run side by side wait for each other.</summary>
public static class PeerPackages
{
    // Only root can write here, as only root can be trusted with programs that run as root.
    private const string CacheFolder = "/var/cache/napterftp-peers";

    private static readonly TimeSpan AptLimit = TimeSpan.FromMinutes(5);

    /// <summary>Why packages cannot be fetched and servers not run on this machine, or null where they can.</summary>
    public static string? Obstacle =>
        !OperatingSystem.IsLinux() || FindInPath("apt-get") is null ? "needs Debian's apt-get"
        : !Environment.IsPrivilegedProcess ? "needs root"
        : null;

    /// <summary>Installs what is missing of these packages (<c>lftp</c>), whose program may be named otherwise (<c>python3-minimal:python3</c>).</summary>
    /// <returns>Null where all are there, else why not, for <c>Assert.Skip</c>.</returns>
    public static async Task<string?> EnsureAsync(params IEnumerable<string> packages)
    {
        foreach (var package in packages)
        {
            var names = package.Split(':');
            if (await EnsureOneAsync(names[0], names[^1]) is { } reason)
            {
                return reason;
            }
        }

        return null;
    }

    /// <summary>Unpacks a package and those it needs that are not installed, without installing any: servers exclude one another as
    /// packages and would start as services.</summary>
    /// <returns>The folder that stands for the root of the file system.</returns>
    public static async Task<string> ExtractAsync(string package)
    {
        var target = Path.Combine(CacheFolder, package);
        if (!Directory.Exists(target))
        {
            using var turn = await TakeTurnAsync();
            if (!Directory.Exists(target))
            {
                await ExtractAsync(package, target);
            }
        }

        return target;
    }

    /// <summary>The folders of shared libraries in an unpacked package, for LD_LIBRARY_PATH.</summary>
    public static string LibraryPath(string root) => string.Join(
        ':',
        new[] { "usr/lib", "lib" }.Select(folder => Path.Combine(root, folder)).Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateDirectories(folder, "*-linux-*").Prepend(folder)));

    public static string? FindInPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Where(folder => folder.Length > 0)
            .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? program + ".exe" : program))
            .FirstOrDefault(File.Exists);

    private static async Task<string?> EnsureOneAsync(string package, string program)
    {
        if (FindInPath(program) is not null)
        {
            return null;
        }

        if (Obstacle is { } obstacle)
        {
            return $"getting {package} {obstacle}";
        }

        using var turn = await TakeTurnAsync();
        if (FindInPath(program) is null)
        {
            await AptAsync(null, "install", "-y", "--no-install-recommends", package);
        }

        return null;
    }

    private static async Task ExtractAsync(string package, string target)
    {
        using var downloads = new ScratchFolder();
        var plan = await AptAsync(null, "install", "-s", "--no-install-recommends", package);
        var needed = plan.Output.Split('\n').Where(line => line.StartsWith("Inst ", StringComparison.Ordinal)).Select(line => line.Split(' ')[1]);

        // A package that the machine has installed is none that it would install.
        await AptAsync(downloads, ["download", .. needed.Prepend(package).Distinct()]);
        var unpacked = downloads.Folder("root");
        foreach (var file in Directory.EnumerateFiles(downloads, "*.deb"))
        {
            await RunAsync(new ProcessCommand("dpkg-deb", "-x", file, unpacked));
        }

        await RunAsync(new ProcessCommand("chmod", "755", unpacked));
        await RunAsync(new ProcessCommand("mv", unpacked, target));
    }

    // A fresh container knows no packages until the first update.
    private static async Task<ProcessResult> AptAsync(string? folder, params string[] arguments)
    {
        var command = AptCommand(folder, arguments);
        var result = await ProcessRunner.RunAsync(command, AptLimit, CancellationToken.None);
        if (result.Succeeded)
        {
            return result;
        }

        await RunAsync(AptCommand(null, "update"));
        return await RunAsync(command);
    }

    private static ProcessCommand AptCommand(string? folder, params string[] arguments) =>
        new("apt-get", ["-q", "-o", "DPkg::Lock::Timeout=300", "-o", "APT::Sandbox::User=root", .. arguments])
        {
            WorkingDirectory = folder,
            Environment = new Dictionary<string, string> { ["DEBIAN_FRONTEND"] = "noninteractive", ["RUNLEVEL"] = "1", ["LC_ALL"] = "C" },
        };

    private static async Task<ProcessResult> RunAsync(ProcessCommand command)
    {
        var result = await ProcessRunner.RunAsync(command, AptLimit, CancellationToken.None);
        return result.Succeeded ? result : throw new InvalidOperationException(result.ToString());
    }

    // One process at a time; a file lock ends with the process that holds it, however it ends.
    [SuppressMessage("Reliability", "CA2000", Justification = "The caller disposes it.")]
    private static async Task<FileStream> TakeTurnAsync()
    {
        Directory.CreateDirectory(CacheFolder);
        using var limit = new CancellationTokenSource(AptLimit);
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(CacheFolder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), limit.Token);
            }
        }
    }
}
