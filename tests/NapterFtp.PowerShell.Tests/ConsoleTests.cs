using System.Globalization;

namespace NapterFtp.PowerShell.Tests;

/// <summary>The ends that a Windows console has in place of signals.</summary>
public sealed class ConsoleTests : IDisposable
{
    private const string Elsewhere = "Only Windows has such a console; elsewhere signals end a shell, as EndTests try.";

    private readonly ModuleSession _session = new();

    public ConsoleTests() => _session.Run("$sim = Start-NapterSimulator");

    public void Dispose() => _session.Dispose();

    [Fact]
    public async Task Ctrl_Break_ends_a_shell_that_asks_nobody_and_closes_every_port()
    {
        if (!OperatingSystem.IsWindows())
        {
            Assert.Skip(Elsewhere);
            return;
        }

        using var shell = ShellProcess.StartInGroup("-NonInteractive", "-Command", ProxyScript());
        await shell.ReadToLineAsync("started");
        Assert.Equal(1, OpenPorts);

        shell.Break();

        await shell.EndAsync();
        Assert.Equal(0, OpenPorts);
    }

    [Fact]
    public async Task Closing_the_consoles_window_closes_every_port()
    {
        if (!OperatingSystem.IsWindows())
        {
            Assert.Skip(Elsewhere);
            return;
        }

        var script = Path.GetTempFileName() + ".ps1";
        await File.WriteAllTextAsync(script, ProxyScript(), TestContext.Current.CancellationToken);
        using (var console = WindowsConsole.Start("dotnet", "exec", Repository.ShellPath, "-NoProfile", "-NoLogo", "-NoExit", "-File", script))
        {
            await KillWorker.UntilAsync(() => OpenPorts == 1, "The proxy did not start.");

            console.Close();

            await KillWorker.UntilAsync(() => console.HasExited, "The shell did not end.");
        }

        Assert.Equal(0, OpenPorts);
        File.Delete(script);
    }

    private int OpenPorts => (int)_session.RunOne("@($sim.PortMappings).Count").BaseObject;

    private string ProxyScript()
    {
        var simulator = _session.RunOne("$sim");
        return string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            {{ShellProcess.SignIn(simulator)}}
            $null = Start-NapterFtpProxy {{simulator.Text("Imsi")}} -Port 0 -PassivePortRange 0
            'started'
            Start-Sleep 600
            """);
    }
}
