using System.Globalization;
using System.Management.Automation;

namespace NapterFtp.PowerShell.Tests;

/// <summary>However a session ends, its ports are closed. The simulator runs in this process, to be asked afterwards.</summary>
public sealed class EndTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public EndTests() => _session.Run("$sim = Start-NapterSimulator");

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("TERM")]
    [InlineData("HUP")]
    [InlineData("INT")]
    public async Task A_signal_closes_every_port_before_the_process_ends(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such signals to send.");
        using var shell = StartProxy("'started'; Start-Sleep 600");
        await shell.ReadToLineAsync("started");
        Assert.Equal(1, OpenPorts);
        await shell.SignalAsync(signal);
        var result = await shell.EndAsync();
        Assert.NotEqual(0, result.ExitCode);
        Assert.Equal(0, OpenPorts);
    }

    [Fact]
    public async Task Closing_the_terminals_window_closes_every_port()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs util-linux's script(1).");
        var script = Path.GetTempFileName() + ".ps1";
        await File.WriteAllTextAsync(script, ProxyScript("'started'"), TestContext.Current.CancellationToken);
        using var window = ShellProcess.StartInTerminal("-NoExit", "-File", script);
        await window.ReadToLineAsync("started");
        Assert.Equal(1, OpenPorts);

        window.CloseWindow();

        await KillWorker.UntilAsync(() => OpenPorts == 0, "The port stayed open.");
        File.Delete(script);
    }

    [Theory]
    [InlineData("exit 3", 3)]
    [InlineData("throw 'broken'", 1)]
    [InlineData("'done'", 0)]
    public async Task The_end_of_a_script_that_leaves_its_proxy_running_closes_every_port(string end, int exitCode)
    {
        using var shell = StartProxy(end);
        var result = await shell.EndAsync();
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Equal("1", _session.RunOne("$sim.Counters.EntriesCreated").ToString());
        Assert.Equal(0, OpenPorts);
    }

    [Theory]
    [InlineData("Start-NapterFtpProxy $slow.Imsi -Port 0 -PassivePortRange 0")]
    [InlineData("Get-NapterPort")]
    [InlineData("$slow | Connect-Napter")]
    public void Stopping_a_command_ends_it_at_once_and_leaves_no_port(string command)
    {
        var slow = _session.RunOne("$slow = Start-NapterSimulator -ApiLatency 250ms; Connect-Napter -Simulator $slow; $slow");
        using var shell = System.Management.Automation.PowerShell.Create(_session.Runspace);
        var calls = Calls(slow);
        var running = shell.AddScript(command).BeginInvoke();
        SpinWait.SpinUntil(() => Calls(slow) > calls || running.IsCompleted, TimeSpan.FromMinutes(1));
        shell.Stop();
        Assert.Equal(PSInvocationState.Stopped, shell.InvocationStateInfo.State);
        Assert.Empty(_session.Run("Disconnect-Napter; $slow.PortMappings"));
    }

    [Fact]
    public async Task What_a_killed_process_left_open_is_found_and_deleted_and_a_live_ones_is_not()
    {
        const string SignIn = "$key = [securestring]::new(); $sim.AuthKey.ToCharArray() | ForEach-Object { $key.AppendChar($_) }; "
            + "$connection = Connect-Napter -AuthKeyId $sim.AuthKeyId -AuthKey $key -Endpoint $sim.ApiEndPoint -PassThru";
        _session.Run($"{SignIn}; $live = Start-NapterFtpProxy $sim.Imsi -Port 0 -PassivePortRange 0");
        using (var shell = StartProxy("'started'; Start-Sleep 600"))
        {
            await shell.ReadToLineAsync("started");
            Assert.Equal(2, OpenPorts);
        }

        _session.Run("Remove-NapterPort -Orphaned -WhatIf -Verbose");
        Assert.DoesNotContain(_session.Verbose, line => line.StartsWith("Deleted", StringComparison.Ordinal));
        _session.Run("Remove-NapterPort -Orphaned -Verbose");
        Assert.Empty(_session.Errors);

        // Which deleted it may be the connection itself, which looks each minute while other processes live.
        Assert.Equal(1, OpenPorts);

        // Without a connection they would be those of all the sessions in this process.
        var owned = _session.RunOne("\"$(@(Get-NapterPort -Owned -Connection $connection).Count) $($live.JobStateInfo)\"");
        Assert.Equal("1 Running", owned.ToString());
        Assert.Equal(1, OpenPorts);
    }

    [Fact]
    public void Removing_the_module_closes_every_port()
    {
        var result = _session.RunOne(
            "Connect-Napter -Simulator $sim; $j = Start-NapterFtpProxy $sim.Imsi -Port 0 -PassivePortRange 0; "
            + "Remove-Module NapterFtp; \"$($j.State) $($sim.Counters.EntriesCreated) $($sim.Counters.EntriesDeleted)\"");
        Assert.Equal("Stopped 1 1", result.ToString());
    }

    [Fact]
    public void Closing_the_runspace_closes_every_port()
    {
        using var other = new ModuleSession();
        other.Run("Connect-Napter -Simulator $args[0]; Start-NapterFtpProxy $args[0].Imsi -Port 0 -PassivePortRange 0", _session.RunOne("$sim").BaseObject);
        Assert.Equal(1, OpenPorts);
        other.Runspace.Close();
        Assert.Equal(0, OpenPorts);
    }

    private static long Calls(PSObject simulator) => (long)((PSObject)PSObject.AsPSObject(simulator.Get("Counters")!)).Get("TotalApiCalls")!;

    private int OpenPorts => (int)_session.RunOne("@($sim.PortMappings).Count").BaseObject;

    private ShellProcess StartProxy(string end) => ShellProcess.Start("-Command", ProxyScript(end));

    private string ProxyScript(string end)
    {
        var simulator = _session.RunOne("$sim");
        return string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            {{ShellProcess.SignIn(simulator)}}
            $null = Start-NapterFtpProxy {{simulator.Text("Imsi")}} -Port 0 -PassivePortRange 0
            {{end}}
            """);
    }
}
