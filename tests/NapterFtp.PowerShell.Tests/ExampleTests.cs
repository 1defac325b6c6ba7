using System.Management.Automation;
using NapterFtp.Testing;

namespace NapterFtp.PowerShell.Tests;

public sealed class ExampleTests
{
    [Fact]
    public async Task The_first_pull_works_in_the_shell_with_nothing_but_dotnet()
    {
        var result = await ShellProcess.RunAsync(Path.Join(Repository.Root, "examples", "FirstPull.ps1"));
        Assert.Equal(string.Empty, result.Error);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("RETR log/2024-04-01.csv", result.Output, StringComparison.Ordinal);
        Assert.Equal("No port is open any more.", result.Lines[^1]);
    }

    [Fact]
    public async Task The_scheduled_pull_works_in_the_shell_with_nothing_but_dotnet_and_an_empty_environment()
    {
        using var folder = new ScratchFolder();
        using var shell = ShellProcess.StartBare(Path.Join(Repository.Root, "examples", "ScheduledPull.ps1"), "-Folder", folder.File("all"));
        var result = await shell.EndAsync();
        Assert.Equal(string.Empty, result.Error);
        Assert.Equal(0, result.ExitCode);
        Assert.EndsWith("No port is open any more.", result.Lines[^1], StringComparison.Ordinal);
        Assert.True(File.Exists(folder.File("all/in/new.csv")));
        Assert.True(File.Exists(folder.File("all/report.html")));
    }

    [Fact]
    public async Task The_proxy_for_services_runs_until_it_is_told_to_end()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such signal to send.");
        using var shell = ShellProcess.Start(
            Path.Join(Repository.Root, "examples", "RunProxy.ps1"), "-Simulator", "-Port", "0", "-PassivePortRange", "0", "-PassiveAddress", "127.0.0.1");
        await shell.ReadToLineAsync("The proxy to 001010000000001 listens on 127.0.0.1:");
        await shell.SignalAsync("TERM");
        var result = await shell.EndAsync();
        Assert.Equal(143, result.ExitCode);
    }

    [Fact]
    public async Task The_proxy_for_services_ends_with_an_error_where_it_cannot_start()
    {
        var result = await ShellProcess.RunAsync(
            Path.Join(Repository.Root, "examples", "RunProxy.ps1"), "-Simulator", "-Port", "0", "-ListenAddress", "203.0.113.1");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("The proxy cannot run: ", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_service_for_pulls_runs_schedules_until_it_is_told_to_end()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such signal to send.");
        using var folder = new ScratchFolder();
        using var session = new ModuleSession();
        var store = folder.File("pulls.db");
        var simulator = ScheduleQuickPull(session, folder.File("in"), store);
        using var shell = ShellProcess.Start(
            "-Command",
            $$"""
            $PSDefaultParameterValues['Connect-Napter:TrustedRootPath'] = '{{simulator.Properties["TrustedRootPath"].Value}}'
            $env:SORACOM_ENDPOINT = '{{simulator.Properties["ApiEndPoint"].Value}}'
            $env:SORACOM_AUTH_KEY_ID = '{{simulator.Properties["AuthKeyId"].Value}}'
            $env:SORACOM_AUTH_KEY = '{{simulator.Properties["AuthKey"].Value}}'
            & '{{Path.Join(Repository.Root, "examples", "RunPullService.ps1")}}' -Store '{{store}}' -AllowedDestination '{{folder.File("elsewhere")}},{{folder.File("in")}}' -ReportFolder '{{folder.File("pages")}}' -LogPath '{{folder.File("log.jsonl")}}'
            exit $LASTEXITCODE
            """);
        Assert.EndsWith(" pulls what the schedules say.", await shell.ReadToLineAsync(Environment.MachineName), StringComparison.Ordinal);
        Assert.Matches(@"^\d{4}-\S+ 001010000000001 Copied /log/\S+ to ", await shell.ReadToLineAsync("20"));

        await shell.SignalAsync("TERM");
        var result = await shell.EndAsync();
        Assert.Equal((143, string.Empty), (result.ExitCode, result.Error));

        // It has gone in good order: nothing is taken for its own any more, and no port is open.
        Assert.Empty(session.Run("Get-NapterPullService -Store $args[0]", store));
        Assert.Empty(session.Run("Get-NapterPort"));
        Assert.NotEmpty(await File.ReadAllLinesAsync(folder.File("log.jsonl"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_service_for_pulls_ends_with_an_error_where_it_cannot_start()
    {
        using var folder = new ScratchFolder();
        var result = await ShellProcess.RunAsync(
            "-Command",
            "$env:SORACOM_PROFILE_DIR = $args[0]; & $args[1]; exit $LASTEXITCODE".Replace("$args[0]", $"'{folder.Path}'", StringComparison.Ordinal)
                .Replace("$args[1]", $"'{Path.Join(Repository.Root, "examples", "RunPullService.ps1")}'", StringComparison.Ordinal));
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("The service cannot run: ", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_service_over_SSH_shows_here_what_a_member_does_elsewhere_and_ends_with_the_script()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-in for ssh is a script of sh.");
        using var folder = new ScratchFolder();
        using var session = new ModuleSession();
        var store = folder.File("pulls.db");
        var simulator = ScheduleQuickPull(session, folder.File("in"), store);
        var shell = StandInForSsh(folder, simulator, "-Command", $"& '{Path.Join(Repository.Root, "examples", "RemotePullService.ps1")}' -HostName ops@pull1 -Store '{store}' -AllowedDestination '{folder.File("in")}' | ForEach-Object {{ \"$($_.PSComputerName) $($_.Status) $($_.Source)\" }}");
        using (shell)
        {
            Assert.StartsWith("pull1 Copied /log/", await shell.ReadToLineAsync("pull1 Copied"), StringComparison.Ordinal);
            await shell.SignalAsync("TERM");
            Assert.Equal(143, (await shell.EndAsync()).ExitCode);
        }

        // Over there it ends in good order, a moment later.
        session.Run("while (Get-NapterPullService -Store $args[0]) { Start-Sleep -Milliseconds 50 }; while (Get-NapterPort) { Start-Sleep -Milliseconds 50 }", store);
        Assert.NotEmpty(Directory.GetFiles(folder.File("in")));
    }

    /// <summary>A schedule that soon runs, of a new simulator's device; the session is connected to that simulator.</summary>
    private static PSObject ScheduleQuickPull(ModuleSession session, string destination, string store)
    {
        var simulator = session.RunOne("Start-NapterSimulator");
        session.Run(
            "Register-NapterPull quick -Imsi $args[0].Imsi -Path /log/* -Destination $args[1] -Every 2s -Store $args[2]; Connect-Napter -Simulator $args[0]", simulator, destination, store);
        return simulator;
    }

    /// <summary>The shell, where ssh is a program that starts here at once what the other computer's sshd would start there: PowerShell as its
    /// subsystem.</summary>
    private static ShellProcess StandInForSsh(ScratchFolder folder, PSObject simulator, params string[] arguments)
    {
        var ssh = Path.Join(folder.Folder("bin"), "ssh");
        File.WriteAllText(
            ssh,
            $"""
            #!/bin/sh
            export SORACOM_ENDPOINT='{simulator.Text("ApiEndPoint")}' SORACOM_AUTH_KEY_ID='{simulator.Text("AuthKeyId")}' SORACOM_AUTH_KEY='{simulator.Text("AuthKey")}'
            export SSL_CERT_FILE='{simulator.Text("TrustedRootPath")}'
            exec dotnet exec '{Repository.ShellPath}' -sshs -NoLogo

            """);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(ssh, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return ShellProcess.StartUnder($"PATH='{Path.GetDirectoryName(ssh)}':$PATH", arguments);
    }

    [Fact]
    public async Task A_list_of_devices_becomes_schedules_for_a_service()
    {
        using var folder = new ScratchFolder();
        using var session = new ModuleSession();
        var store = folder.File("pulls.db");
        var list = folder.File("devices.csv");
        session.Run("Register-NapterPull 'fleet 2121' -Imsi 001010000000001 -Path / -Destination . -At 02:30 -Store $args[0]", store);
        session.Run("Register-NapterPull fleetwood -Imsi 001010000000001 -Path / -Destination . -At 02:30 -Store $args[0]", store);
        await File.WriteAllLinesAsync(
            list,
            ["Imsi,SimId,DevicePort,CredentialName", "001010000000001,,21,", "001010000000002,,,", ",8981100000000000003,21,plant"], TestContext.Current.CancellationToken);
        var result = await ShellProcess.RunAsync(Path.Join(Repository.Root, "examples", "FleetPull.ps1"), "-DeviceList", list, "-Store", store);
        Assert.Equal((0, string.Empty), (result.ExitCode, result.Error));
        Assert.Equal(
            ["fleet 001010000000001,001010000000002  ", "fleet plant  8981100000000000003 plant", "fleetwood 001010000000001  "],
            session.Run("Get-NapterPull -Store $args[0] | ForEach-Object { \"$($_.Name) $($_.Imsi -join ',') $($_.SimId -join ',') $($_.CredentialName)\" }", store).Select(line => line.ToString()));
    }
}
