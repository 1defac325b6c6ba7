using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using NapterFtp.Testing;

namespace NapterFtp.PowerShell.Tests;

public sealed class ImportTests(ImportTests.Loaded loaded) : IClassFixture<ImportTests.Loaded>
{
    [Fact]
    public void Importing_and_listing_the_commands_loads_the_thin_assembly_alone() => Assert.Equal(["NapterFtp.PowerShell=Default"], loaded.ByImport);

    [Fact]
    public void What_the_cmdlets_need_loads_in_a_context_of_its_own()
    {
        Assert.Contains("NapterFtp.PowerShell=Default", loaded.ByUse);
        Assert.Contains("NapterFtp.Core=NapterFtp", loaded.ByUse);
        Assert.Contains("NapterFtp.Simulator=NapterFtp", loaded.ByUse);
        Assert.Contains("Microsoft.Extensions.Http=NapterFtp", loaded.ByUse);
        Assert.All(loaded.ByUse.Where(line => !line.StartsWith("NapterFtp.PowerShell=", StringComparison.Ordinal)), line =>
            Assert.EndsWith("=NapterFtp", line, StringComparison.Ordinal));
    }

    [Fact]
    public void What_only_pulls_need_is_not_loaded_by_other_cmdlets()
    {
        Assert.Contains("NapterFtp.Core=NapterFtp", loaded.ByUse);
        Assert.DoesNotContain(loaded.ByUse, OnlyForPulls);
    }

    [Fact]
    public async Task A_store_in_a_file_loads_its_library_in_a_context_of_its_own_and_no_other()
    {
        using var folder = new ScratchFolder();
        await File.WriteAllTextAsync(folder.File("pulls.db"), string.Empty, TestContext.Current.CancellationToken);
        var result = await RunAsync($"Get-NapterPullHistory -Store '{folder.File("pulls.db")}'");
        Assert.Equal(
            ["Microsoft.Data.Sqlite=NapterFtp", "SQLitePCLRaw.batteries_v2=NapterFtp", "SQLitePCLRaw.core=NapterFtp", "SQLitePCLRaw.provider.e_sqlite3=NapterFtp"],
            result.Lines.Where(OnlyForPulls).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_service_loads_its_engine_in_a_context_of_its_own()
    {
        using var folder = new ScratchFolder();
        var result = await RunAsync(
            $"$s = Start-NapterSimulator; Connect-Napter -Simulator; $null = Start-NapterPullService -Store '{folder.File("pulls.db")}' 6> $null; Stop-NapterPullService *");
        Assert.Contains("Quartz=NapterFtp", result.Lines);
        Assert.All(result.Lines.Where(OnlyForPulls), line => Assert.EndsWith("=NapterFtp", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_store_at_a_server_loads_its_library_in_a_context_of_its_own_and_no_other()
    {
        var result = await RunAsync(
            $"try {{ Get-NapterPullHistory -Store 'Host=127.0.0.1;Port={FreePorts.One()};Database=x' -ErrorAction Stop }} catch {{ $_.FullyQualifiedErrorId }}");
        Assert.Contains(result.Lines, line => line.StartsWith("StoreUnreachable,", StringComparison.Ordinal));
        Assert.Equal(["Npgsql=NapterFtp"], result.Lines.Where(OnlyForPulls));
    }

    [Fact]
    public async Task What_only_routers_need_loads_with_a_router_in_a_context_of_its_own()
    {
        Assert.DoesNotContain(loaded.ByUse, OnlyForRouters);
        using var folder = new ScratchFolder();
        await File.WriteAllTextAsync(folder.File("key"), "none", TestContext.Current.CancellationToken);
        var result = await RunAsync(
            $"try {{ New-NapterRouter -Imsi 001010000000001 -DeviceAddress 192.168.1.20 -KeyFilePath '{folder.File("key")}' -ErrorAction Stop }} catch {{ $_.FullyQualifiedErrorId }}");
        Assert.Contains(result.Lines, line => line.StartsWith("RouterKeyUnreadable,", StringComparison.Ordinal));
        Assert.Contains("Renci.SshNet=NapterFtp", result.Lines);
    }

    [Fact]
    public void A_part_of_dotnet_itself_is_not_loaded_twice() => Assert.Equal(["1"], loaded.DiagnosticSources);

    /// <summary>A type of another assembly in a member's signature would have to be found in PowerShell's own context.</summary>
    [Fact]
    public void The_thin_assembly_names_no_dependency_but_the_products_own_parts()
    {
        using var file = File.OpenRead(Path.Join(Repository.Root, "bin", "NapterFtp.PowerShell.dll"));
        using var portable = new PEReader(file);
        var metadata = portable.GetMetadataReader();
        var strangers = metadata.AssemblyReferences
            .Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))
            .Where(name => !name.StartsWith("System.", StringComparison.Ordinal)
                && name is not ("netstandard" or "NapterFtp.Core" or "NapterFtp.Simulator"));
        Assert.Empty(strangers);
    }

    [Fact]
    public void The_manifest_exports_every_cmdlet_there_is()
    {
        using var session = new ModuleSession();
        var exported = session.Run("(Get-Module NapterFtp).ExportedCmdlets.Keys").Select(name => name.ToString());
        var built = session.Run(
            """
            (Get-Module NapterFtp).ImplementingAssembly.GetExportedTypes() |
                ForEach-Object { $_.GetCustomAttributes([System.Management.Automation.CmdletAttribute], $false) } |
                ForEach-Object { "$($_.VerbName)-$($_.NounName)" }
            """).Select(name => name.ToString());
        Assert.Equal(built.Order(StringComparer.Ordinal), exported.Order(StringComparer.Ordinal));
    }

    private static bool OnlyForPulls(string line) =>
        new[] { "Quartz", "Npgsql", "Microsoft.Data.Sqlite", "SQLitePCLRaw", "OpenTelemetry" }.Any(name => line.StartsWith(name, StringComparison.Ordinal));

    private static bool OnlyForRouters(string line) =>
        new[] { "Renci.SshNet", "BouncyCastle" }.Any(name => line.StartsWith(name, StringComparison.Ordinal));

    private static async Task<ShellResult> RunAsync(string command)
    {
        var result = await ShellProcess.RunAsync(
            "-Command", $"$root = '{Repository.Root}'; Import-Module (Join-Path $root 'NapterFtp.psd1'); {command}; {Loaded.List}");
        Assert.Equal(string.Empty, result.Error);
        return result;
    }

    /// <summary>What one process has loaded when it has imported the module, and when it has used it.</summary>
    public sealed class Loaded : IAsyncLifetime
    {
        internal const string List =
            """
            [AppDomain]::CurrentDomain.GetAssemblies() |
                Where-Object { $_.Location.StartsWith((Join-Path $root 'bin')) } |
                ForEach-Object { "$($_.GetName().Name)=$([Runtime.Loader.AssemblyLoadContext]::GetLoadContext($_).Name)" }
            """;

        private string[][] _parts = [];

        public string[] ByImport => _parts[0];

        public string[] ByUse => _parts[1];

        public string[] DiagnosticSources => _parts[2];

        public async ValueTask InitializeAsync()
        {
            var result = await ShellProcess.RunAsync(
                "-Command",
                $$"""
                $root = '{{Repository.Root}}'
                Import-Module (Join-Path $root 'NapterFtp.psd1')
                $null = Get-Command -Module NapterFtp
                {{List}}
                '--'
                $s = Start-NapterSimulator; Connect-Napter -Simulator; $null = Get-NapterFtpItem -Imsi $s.Imsi
                {{List}}
                '--'
                @([AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'System.Diagnostics.DiagnosticSource' }).Count
                """);
            Assert.Equal(string.Empty, result.Error);
            _parts = [.. string.Join('\n', result.Lines).Split("\n--\n").Select(part => part.Split('\n'))];
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
