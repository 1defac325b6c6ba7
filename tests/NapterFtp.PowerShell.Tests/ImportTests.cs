namespace NapterFtp.PowerShell.Tests;

public sealed class ImportTests
{
    private const string ListContexts =
        """
        [AppDomain]::CurrentDomain.GetAssemblies() |
            Where-Object { $_.GetName().Name -like 'NapterFtp.*' -or $_.Location -like '*Dependencies*' } |
            ForEach-Object { "$($_.GetName().Name)=$([Runtime.Loader.AssemblyLoadContext]::GetLoadContext($_).Name)" }
        """;

    [Fact]
    public async Task Importing_loads_the_thin_assembly_alone()
    {
        var result = await ShellProcess.RunAsync(
            "-Command", $"Import-Module '{Repository.ManifestPath}'; {ListContexts}");
        Assert.Equal(string.Empty, result.Error);
        Assert.Equal(["NapterFtp.PowerShell=Default"], result.Lines);
    }
}
