using System.Diagnostics;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using System.Xml.Linq;
using NapterFtp.Testing;

namespace NapterFtp.PowerShell.Tests;

/// <summary>What <c>build.ps1 -Task Package</c> makes, and whether it works where nothing of the checkout is.</summary>
public sealed class PackageTests(PackageTests.Package package) : IClassFixture<PackageTests.Package>
{
    private static readonly string[] Libraries =
    [
        "BouncyCastle.Cryptography",
        "Microsoft.Data.Sqlite",
        "Microsoft.Extensions.Configuration",
        "Microsoft.Extensions.Configuration.Abstractions",
        "Microsoft.Extensions.Configuration.Binder",
        "Microsoft.Extensions.Configuration.EnvironmentVariables",
        "Microsoft.Extensions.DependencyInjection",
        "Microsoft.Extensions.DependencyInjection.Abstractions",
        "Microsoft.Extensions.Diagnostics",
        "Microsoft.Extensions.Diagnostics.Abstractions",
        "Microsoft.Extensions.Diagnostics.HealthChecks",
        "Microsoft.Extensions.Diagnostics.HealthChecks.Abstractions",
        "Microsoft.Extensions.FileProviders.Abstractions",
        "Microsoft.Extensions.Hosting.Abstractions",
        "Microsoft.Extensions.Http",
        "Microsoft.Extensions.Logging",
        "Microsoft.Extensions.Logging.Abstractions",
        "Microsoft.Extensions.Logging.Configuration",
        "Microsoft.Extensions.Options",
        "Microsoft.Extensions.Options.ConfigurationExtensions",
        "Microsoft.Extensions.Primitives",
        "NapterFtp.Core",
        "NapterFtp.Simulator",
        "Npgsql",
        "OpenTelemetry",
        "OpenTelemetry.Api",
        "OpenTelemetry.Api.ProviderBuilderExtensions",
        "OpenTelemetry.Exporter.OpenTelemetryProtocol",
        "OpenTelemetry.Exporter.Prometheus.HttpListener",
        "Polly.Core",
        "Quartz",
        "Renci.SshNet",
        "SQLitePCLRaw.batteries_v2",
        "SQLitePCLRaw.core",
        "SQLitePCLRaw.provider.e_sqlite3",
    ];

    private static readonly string[] NativeLibraries =
    [
        "linux-arm64/native/libe_sqlite3.so",
        "linux-musl-x64/native/libe_sqlite3.so",
        "linux-x64/native/libe_sqlite3.so",
        "osx-arm64/native/libe_sqlite3.dylib",
        "osx-x64/native/libe_sqlite3.dylib",
        "win-arm64/native/e_sqlite3.dll",
        "win-x64/native/e_sqlite3.dll",
    ];

    /// <summary>Windows itself does not start a program well without these; ICU is the system's affair.</summary>
    private static readonly string[] KeptVariables = ["SystemRoot", "TEMP", "TMP", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"];

    private static readonly string[] Texts = ["en-US", "ja-JP", "formats"];

    [Fact]
    public void The_modules_folder_holds_what_users_need_and_nothing_else()
    {
        string[] expected =
        [
            "LICENSE", "CHANGELOG.md", "NapterFtp.psd1", "README.ja.md", "README.md", "THIRD-PARTY-NOTICES.txt", "bin/NapterFtp.PowerShell.dll",
            .. Libraries.Select(library => $"bin/Dependencies/{library}.dll"),
            .. NativeLibraries.Select(library => $"bin/Dependencies/runtimes/{library}"),
            .. Texts.SelectMany(folder => Files(Repository.Root, folder)), "sbom.cdx.json",
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), Files(package.Folder, "NapterFtp").Select(file => file["NapterFtp/".Length..]));
    }

    [Fact]
    public void The_archives_hold_the_modules_folder_in_order_and_without_dates()
    {
        var module = Files(package.Folder, "NapterFtp").ToArray();
        AssertArchive($"NapterFtp-{Version}.zip", module);
        AssertArchive(
            $"NapterFtp.{Version}.nupkg",
            [.. module.Select(file => file["NapterFtp/".Length..]), "NapterFtp.nuspec", "[Content_Types].xml", "_rels/.rels"]);
    }

    [Fact]
    public void The_package_tells_a_repository_what_the_manifest_tells()
    {
        using var archive = ZipFile.OpenRead(package.File($"NapterFtp.{Version}.nupkg"));
        using var stream = archive.GetEntry("NapterFtp.nuspec")!.Open();
        var metadata = XDocument.Load(stream).Root!.Elements().Single().Elements().ToDictionary(element => element.Name.LocalName, element => element.Value);
        Assert.Equal("NapterFtp", metadata["id"]);
        Assert.Equal(Version, metadata["version"]);
        Assert.Contains("CHANGELOG.md", metadata["releaseNotes"], StringComparison.Ordinal);
        var tags = metadata["tags"].Split(' ');
        Assert.Contains("PSModule", tags);
        Assert.Contains("PSEdition_Core", tags);
        Assert.Contains("PSCmdlet_Start-NapterFtpProxy", tags);
    }

    [Fact]
    public void The_sums_are_those_of_the_files()
    {
        var sums = File.ReadAllLines(package.File("SHA256SUMS")).Select(line => line.Split("  ")).ToDictionary(line => line[1], line => line[0]);
        Assert.Equal(
            Directory.GetFiles(package.Folder).Select(file => Path.GetFileName(file)).Where(file => file != "SHA256SUMS").Order(StringComparer.Ordinal),
            sums.Keys.Order(StringComparer.Ordinal));
        Assert.All(sums, sum => Assert.Equal(sum.Value, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(package.File(sum.Key))))));
    }

    [Fact]
    public void The_list_of_what_the_module_is_made_of_has_every_library_with_its_hash_and_every_package_with_its_licence()
    {
        AssertListed($"NapterFtp-{Version}.cdx.json", $"NapterFtp-{Version}.zip", "NapterFtp/");
        Assert.Equal(File.ReadAllText(package.File($"NapterFtp-{Version}.cdx.json")), File.ReadAllText(Path.Join(package.File("NapterFtp"), "sbom.cdx.json")));
        using var list = JsonDocument.Parse(File.ReadAllText(package.File($"NapterFtp-{Version}.cdx.json")));
        Assert.Equal("NapterFtp", list.RootElement.GetProperty("metadata").GetProperty("component").GetProperty("name").GetString());
        var components = list.RootElement.GetProperty("components").EnumerateArray().ToDictionary(component => component.GetProperty("name").GetString()!);
        Assert.Equal(
            Libraries.Select(PackageOf).Append("NapterFtp.PowerShell").Append("SQLitePCLRaw.lib.e_sqlite3").Order(StringComparer.Ordinal),
            components.Keys.Order(StringComparer.Ordinal));
        Assert.All(components.Values.Where(component => component.TryGetProperty("purl", out _)), component =>
            Assert.True(component.GetProperty("licenses").GetArrayLength() > 0, component.ToString()));
    }

    [Fact]
    public void The_list_of_what_the_shell_is_made_of_has_every_library_with_its_hash()
    {
        var folder = RequireShell();
        var name = Path.GetFileName(folder).Replace("shell", $"shell-{Version}", StringComparison.Ordinal);
        AssertListed($"{name}.cdx.json", $"{name}.zip", Path.GetFileName(folder) + "/");
    }

    [Fact]
    public async Task The_same_sources_make_the_same_bytes_in_whatever_folder()
    {
        Assert.SkipUnless(Campaign.IsLong, "Making the module once more takes a minute; NAPTERFTP_LONG=1 does it.");
        using var other = new ScratchFolder();
        var result = await Package.MakeModuleAsync(other.File("elsewhere"));

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        var sums = await File.ReadAllLinesAsync(other.File("elsewhere/SHA256SUMS"), TestContext.Current.CancellationToken);
        Assert.Equal(3, sums.Length);
        Assert.Empty(sums.Except(await File.ReadAllLinesAsync(package.File("SHA256SUMS"), TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task The_module_works_from_its_folder_with_its_dependencies_in_a_context_of_their_own()
    {
        var result = await ShellProcess.RunAsync(
            "-Command",
            $$"""
            $ErrorActionPreference = 'Stop'
            $root = '{{package.File("NapterFtp")}}'
            Import-Module (Join-Path $root 'NapterFtp.psd1')
            $simulator = Start-NapterSimulator
            Connect-Napter -Simulator $simulator
            "items: $(@(Get-NapterFtpItem -Imsi $simulator.Imsi -Path /log).Count)"
            "help: $((Get-Help Get-NapterPort).Synopsis)"
            [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -match '^(NapterFtp|Polly|Microsoft\.Extensions)\.' } |
                ForEach-Object { "$($_.Location.StartsWith($root)) $([Runtime.Loader.AssemblyLoadContext]::GetLoadContext($_).Name) $($_.GetName().Name)" }
            """);
        Assert.Equal(string.Empty, result.Error);
        Assert.DoesNotContain("items: 0", result.Lines);
        Assert.Contains("help: " + MamlHelp.All["Get-NapterPort"].Synopsis, result.Lines);
        Assert.Contains("True Default NapterFtp.PowerShell", result.Lines);
        Assert.Contains("True NapterFtp NapterFtp.Core", result.Lines);
        Assert.All(result.Lines.Skip(2).Where(line => !line.EndsWith(" NapterFtp.PowerShell", StringComparison.Ordinal)), line =>
            Assert.StartsWith("True NapterFtp ", line, StringComparison.Ordinal));
    }

    /// <summary>With an empty environment, as on a machine without .NET.</summary>
    [Theory]
    [InlineData("FirstPull.ps1", 0, "No port is open any more.")]
    [InlineData("ScheduledPull.ps1 -Folder scheduled", 0, "No port is open any more.")]
    [InlineData("NightlyPull.ps1 -Simulator -Destination pulled -Store nightly.db", 0, "3 files pulled, 0 were here already, 0 errors")]
    [InlineData("FleetPull.ps1 -Simulator -Destination pulled/{Imsi} -Store fleet.db", 1, "Devices with errors: 1")]
    [InlineData("RunProxy.ps1 -Simulator -Port 0 -ListenAddress 203.0.113.1", 1, "The proxy cannot run: ")]
    public async Task The_shells_folder_runs_the_examples_without_dotnet(string example, int exitCode, string says)
    {
        var folder = RequireShell();
        var result = await RunShellAsync(folder, $"examples/{example}".Split(' '));
        Assert.True(result.ExitCode == exitCode, result.Output + result.Error);
        Assert.Contains(says, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_shells_folder_has_the_module_and_PowerShells_own_and_nothing_for_debuggers()
    {
        var folder = RequireShell();
        var result = await RunShellAsync(
            folder,
            "-NoProfile",
            "-Command",
            "(Get-Command Connect-Napter, Install-PSResource, Start-ThreadJob, Set-PSReadLineOption).Source; "
            + "Start-Job { [Environment]::ProcessPath } | Receive-Job -Wait -AutoRemoveJob; "
            + "Add-Type 'public static class Answer { public static int Get() => 42; }'; [Answer]::Get()");
        Assert.Equal(string.Empty, result.Error);
        Assert.Equal(
            [
                "NapterFtp", "Microsoft.PowerShell.PSResourceGet", "Microsoft.PowerShell.ThreadJob", "PSReadLine",
                Path.Join(folder, "shell", OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh"), "42",
            ],
            result.Lines);
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetFileName(file)).ToArray();
        Assert.DoesNotContain(files, file => file.EndsWith(".pdb", StringComparison.Ordinal) || file.Contains("mscordaccore", StringComparison.Ordinal));
        Assert.DoesNotContain("napterftp-shell.xml", files);
        Assert.True(File.Exists(package.File($"{Path.GetFileName(folder).Replace("shell", $"shell-{Version}", StringComparison.Ordinal)}.zip")));
    }

    private static string PackageOf(string library) => library switch
    {
        "Microsoft.Data.Sqlite" => "Microsoft.Data.Sqlite.Core",
        "Renci.SshNet" => "SSH.NET",
        "SQLitePCLRaw.batteries_v2" => "SQLitePCLRaw.bundle_e_sqlite3",
        _ => library,
    };

    /// <summary>The shell's folder; skips the test where it was not made.</summary>
    private string RequireShell()
    {
        Assert.SkipUnless(Campaign.IsLong, "Making the shell takes minutes; NAPTERFTP_LONG=1 does it.");
        Assert.SkipWhen(package.ShellFolder is null, "The runtime for the shell could not be restored.");
        return package.ShellFolder!;
    }

    private static async Task<ShellResult> RunShellAsync(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Join(folder, OperatingSystem.IsWindows() ? "napterftp-shell.exe" : "napterftp-shell"), arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => !KeptVariables.Contains(name, StringComparer.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(name);
        }

        using var shell = Process.Start(start)!;
        var error = shell.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new ShellResult(shell.ExitCode, output, await error);
    }

    private static string Version { get; } = ModuleVersion();

    private static string ModuleVersion()
    {
        using var session = new ModuleSession();
        return session.RunOne(
            "$m = Get-Module NapterFtp; $p = $m.PrivateData.PSData.Prerelease; if ($p) { \"$($m.Version)-$p\" } else { \"$($m.Version)\" }").ToString();
    }

    /// <summary>The files of a folder, as paths with slashes that begin with its name.</summary>
    private static IEnumerable<string> Files(string parent, string folder) =>
        Directory.GetFiles(Path.Join(parent, folder), "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(parent, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal);

    /// <summary>The list is valid, and has all libraries of the archive.</summary>
    private void AssertListed(string listName, string archiveName, string prefix)
    {
        var text = File.ReadAllText(package.File(listName));
        Assert.Empty(CycloneDxSchema.Faults(text));
        using var list = JsonDocument.Parse(text);
        var listed = list.RootElement.GetProperty("components").EnumerateArray()
            .SelectMany(component => component.TryGetProperty("components", out var files) ? files.EnumerateArray().ToArray() : [component])
            .Where(component => component.GetProperty("type").GetString() == "file")
            .ToDictionary(file => file.GetProperty("name").GetString()!, file => file.GetProperty("hashes")[0].GetProperty("content").GetString());

        using var archive = ZipFile.OpenRead(package.File(archiveName));
        foreach (var entry in archive.Entries.Where(entry => Path.GetExtension(entry.Name) is ".dll" or ".so" or ".dylib" or ".exe"))
        {
            using var stream = entry.Open();
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(stream)), listed.GetValueOrDefault(entry.FullName[prefix.Length..]));
        }
    }

    private void AssertArchive(string name, string[] files)
    {
        using var archive = ZipFile.OpenRead(package.File(name));
        Assert.Equal(files.Order(StringComparer.Ordinal), archive.Entries.Select(entry => entry.FullName));
        Assert.All(archive.Entries, entry => Assert.Equal(new DateTime(1980, 1, 1), entry.LastWriteTime.DateTime));
    }

    /// <summary>Made once for all tests here; without the shell but in a long run, and where its runtime cannot be had.</summary>
    public sealed class Package : IAsyncLifetime
    {
        public string Folder { get; } = Directory.CreateTempSubdirectory("napterftp-package-").FullName;

        /// <summary>The folder with the shell for this machine, or null.</summary>
        public string? ShellFolder => Directory.GetDirectories(Folder, "napterftp-shell-*").SingleOrDefault();

        public string File(string name) => Path.Join(Folder, name);

        public async ValueTask InitializeAsync()
        {
            var result = Campaign.IsLong ? await MakeAsync(Folder) : await MakeModuleAsync(Folder);
            if (result.ExitCode != 0 && result.Output.Contains("error NU", StringComparison.Ordinal))
            {
                Directory.Delete(Folder, recursive: true);
                result = await MakeModuleAsync(Folder);
            }

            Assert.True(result.ExitCode == 0, result.Output + result.Error);
        }

        public ValueTask DisposeAsync()
        {
            Directory.Delete(Folder, recursive: true);
            return ValueTask.CompletedTask;
        }

        internal static Task<ShellResult> MakeModuleAsync(string folder) => MakeAsync(folder, "-RuntimeIdentifier", string.Empty);

        private static Task<ShellResult> MakeAsync(string folder, params string[] more) => ShellProcess.RunAsync(
            [Path.Join(Repository.Root, "build.ps1"), "-Task", "Package", "-OutputPath", folder, .. more]);
    }
}
