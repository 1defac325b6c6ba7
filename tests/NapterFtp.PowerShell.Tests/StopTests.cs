using System.Globalization;
using System.Management.Automation;
using NapterFtp.Testing;

namespace NapterFtp.PowerShell.Tests;

/// <summary>Ctrl+C in the middle of a copy.</summary>
public sealed class StopTests : IDisposable
{
    private const int Length = 400_000;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly ModuleSession _session = new();
    private readonly ScratchFolder _root = new();
    private readonly ScratchFolder _local = new();

    public StopTests()
    {
        TestData.WriteFile(_root.File("a.dat"), Length, seed: 1);
        TestData.WriteFile(_root.File("b.dat"), Length, seed: 2);
        TestData.WriteFile(_local.File("a.dat"), 500, seed: 3);
        TestData.WriteFile(_local.File("push/c.dat"), Length, seed: 4);

        // Each file would take twenty seconds.
        _session.Run("$sim = Start-NapterSimulator -RootPath $args[0] -Bandwidth 20000; Connect-Napter -Simulator $sim; $local = $args[1]", _root.Path, _local.Path);
        Assert.Empty(_session.Errors);
    }

    public void Dispose()
    {
        _session.Run("Disconnect-Napter; Stop-NapterSimulator $sim");
        _session.Dispose();
        _root.Dispose();
        _local.Dispose();
    }

    [Theory]
    [InlineData("Copy-NapterFtpItem $sim.Imsi -Path '/*.dat' -Destination $local")]
    [InlineData("Copy-NapterFtpItem $sim.Imsi -Path '/*.dat' -Destination $local -SessionLimit 2")]
    [InlineData("Sync-NapterFtpDirectory $sim.Imsi -Path / -Destination $local")]
    [InlineData("Copy-NapterFtpItem $sim.Imsi -ToDevice -Path \"$local/push/c.dat\" -Destination /")]
    public void A_stopped_copy_ends_soon_with_the_old_file_or_nothing_and_no_port(string command)
    {
        using var shell = System.Management.Automation.PowerShell.Create(_session.Runspace);
        var running = shell.AddScript(command).BeginInvoke();
        Assert.True(SpinWait.SpinUntil(() => Partials().Count > 0 || running.IsCompleted, Limit));
        Assert.False(running.IsCompleted);

        shell.Stop();

        Assert.Equal(PSInvocationState.Stopped, shell.InvocationStateInfo.State);
        Assert.Equal(500, new FileInfo(_local.File("a.dat")).Length);
        Assert.False(File.Exists(_local.File("b.dat")));
        Assert.False(File.Exists(_root.File("c.dat")));
        Assert.DoesNotContain(Partials(), path => path.StartsWith(_local.Path, StringComparison.Ordinal));
        AssertNoPortStaysOpen();
    }

    [Fact]
    public async Task An_interrupted_script_ends_with_the_old_file_and_no_port()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such signal to send.");
        var simulator = _session.RunOne("$sim");
        using var shell = ShellProcess.Start("-Command", string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            Import-Module '{{Repository.ManifestPath}}'
            $key = [securestring]::new()
            '{{simulator.Text("AuthKey")}}'.ToCharArray() | ForEach-Object { $key.AppendChar($_) }
            Connect-Napter -AuthKeyId {{simulator.Text("AuthKeyId")}} -AuthKey $key -Endpoint {{simulator.Text("ApiEndPoint")}} -TrustedRootPath {{simulator.Text("TrustedRootPath")}}
            Copy-NapterFtpItem {{simulator.Text("Imsi")}} -Path '/*.dat' -Destination '{{_local.Path}}'
            """));
        Assert.True(SpinWait.SpinUntil(() => Partials().Count > 0, Limit));

        await shell.SignalAsync("INT");

        Assert.NotEqual(0, (await shell.EndAsync()).ExitCode);
        Assert.Equal(500, new FileInfo(_local.File("a.dat")).Length);
        Assert.False(File.Exists(_local.File("b.dat")));
        AssertNoPortStaysOpen();
    }

    private List<string> Partials() =>
        [.. new[] { _local.Path, _root.Path }.SelectMany(folder => Directory.GetFiles(folder, "*.napterpart", new EnumerationOptions { AttributesToSkip = 0 }))];

    private void AssertNoPortStaysOpen()
    {
        var simulator = _session.RunOne("$sim");
        Assert.True(SpinWait.SpinUntil(() => ((System.Collections.ICollection)simulator.Get("PortMappings")!).Count == 0, Limit));
    }
}
