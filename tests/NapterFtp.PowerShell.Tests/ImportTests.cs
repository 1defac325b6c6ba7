using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace NapterFtp.PowerShell.Tests;

public sealed class ImportTests
{
    private const string ListLoaded =
        """
        [AppDomain]::CurrentDomain.GetAssemblies() |
            Where-Object { $_.Location.StartsWith((Join-Path $root 'bin')) } |
            ForEach-Object { "$($_.GetName().Name)=$([Runtime.Loader.AssemblyLoadContext]::GetLoadContext($_).Name)" }
        """;

    [Fact]
    public async Task Importing_and_listing_the_commands_loads_the_thin_assembly_alone()
    {
        var result = await RunAsync($"$null = Get-Command -Module NapterFtp; {ListLoaded}");
        Assert.Equal(["NapterFtp.PowerShell=Default"], result.Lines);
    }

    [Fact]
    public async Task What_the_cmdlets_need_loads_in_a_context_of_its_own()
    {
        var result = await RunAsync($"$s = Start-NapterSimulator; Connect-Napter -Simulator; {ListLoaded}");
        Assert.Contains("NapterFtp.PowerShell=Default", result.Lines);
        Assert.Contains("NapterFtp.Core=NapterFtp", result.Lines);
        Assert.Contains("NapterFtp.Simulator=NapterFtp", result.Lines);
        Assert.Contains("Microsoft.Extensions.Http=NapterFtp", result.Lines);
        Assert.All(result.Lines.Where(line => !line.StartsWith("NapterFtp.PowerShell=", StringComparison.Ordinal)), line =>
            Assert.EndsWith("=NapterFtp", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_part_of_dotnet_itself_is_not_loaded_twice()
    {
        var result = await RunAsync(
            "$s = Start-NapterSimulator; Connect-Napter -Simulator; "
            + "@([AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'System.Diagnostics.DiagnosticSource' }).Count");
        Assert.Equal(["1"], result.Lines);
    }

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

    private static async Task<ShellResult> RunAsync(string command)
    {
        var result = await ShellProcess.RunAsync(
            "-Command", $"$root = '{Repository.Root}'; Import-Module (Join-Path $root 'NapterFtp.psd1'); {command}");
        Assert.Equal(string.Empty, result.Error);
        return result;
    }
}
