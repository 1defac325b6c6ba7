using System.Management.Automation;
using NapterFtp.Testing;

namespace NapterFtp.PowerShell.Tests;

/// <summary>Many devices at a time, piped in as from a CSV file.</summary>
public sealed class FleetTests : IDisposable
{
    private const int Devices = 40;
    private const int FilesEach = 3;
    private const int ApiRateLimit = 60;

    private const string Copy = "$devices | Copy-NapterFtpItem -Path '/*.dat' -Destination \"$out/pulled/{Imsi}\" -Retry 0 -ThrottleLimit 16";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>What is wrong with every fifth device, in turn, as a line of script about <c>$device</c>, and the error that tells.</summary>
    private static readonly (string Break, string ErrorId)[] Breakages =
    [
        ("$device.Online = $false", "SoracomRequestRefused"),
        ("Arm $fault::RefuseSession()", "DeviceBusy"),
        ("Arm $fault::RefuseLogin()", "FtpLoginRefused"),
        ("'MLSD', 'LIST', 'NLST', 'STAT' | ForEach-Object { Arm $fault::ReplyInstead($_, '550 Permission denied.') }", "RemoteAccessDenied"),
        ("Arm $fault::DropControl('MLSD')", "DeviceConnectionLost"),
        ("Arm $fault::RefuseSession('500 Go away.')", "DeviceRefusedSession"),
        ("Arm $fault::FailData(0, '451 Disk error.', 'RETR')", "TransferAborted"),
    ];

    private readonly ModuleSession _session = new();
    private readonly ScratchFolder _roots = new();
    private readonly ScratchFolder _local = new();
    private readonly string[] _imsis = [.. Enumerable.Range(1, Devices).Select(number => $"0010100{number:00000000}")];

    public FleetTests()
    {
        foreach (var imsi in _imsis)
        {
            for (var i = 0; i < FilesEach; i++)
            {
                TestData.WriteFile(_roots.File($"{imsi}/{i}.dat"), 1000 + i, seed: imsi.GetHashCode(StringComparison.Ordinal) + i);
            }
        }

        _session.Run(
            """
            $imsis, $roots, $limit, $out = $args
            $sim = Start-NapterSimulator -Imsi $imsis -RootPath "$roots/{Imsi}"
            Connect-Napter -Simulator $sim -ApiRateLimit $limit
            $fault = $sim.GetType().Assembly.GetType('NapterFtp.Simulator.Device.DeviceFault')
            $devices = $imsis | ForEach-Object { [pscustomobject]@{ Name = 'pump'; Imsi = $_; DevicePort = '21' } }
            function Arm($Fault) { $Fault.Count = [int]::MaxValue; $null = $device.Device.Faults.Arm($Fault) }
            """,
            _imsis, _roots.Path, ApiRateLimit, _local.Path);
        Assert.Empty(_session.Errors);
    }

    public void Dispose()
    {
        _session.Run("Disconnect-Napter; Stop-NapterSimulator $sim");
        _session.Dispose();
        _roots.Dispose();
        _local.Dispose();
    }

    [Fact]
    public void A_fleet_is_pulled_while_some_devices_are_broken_each_in_its_own_way()
    {
        var broken = _imsis.Where((_, index) => index % 5 == 4).ToList();
        for (var i = 0; i < broken.Count; i++)
        {
            _session.Run($"$device = $sim.Sims | Where-Object Imsi -eq '{broken[i]}'; {Breakages[i % Breakages.Length].Break}");
            Assert.Empty(_session.Errors);
        }

        var results = _session.Run(Copy);
        var errors = _session.Errors;

        foreach (var imsi in _imsis.Except(broken))
        {
            Assert.All(results.Where(result => result.Text("Imsi") == imsi), result => Assert.Equal("Copied", result.Text("Status")));
            for (var i = 0; i < FilesEach; i++)
            {
                Assert.Equal(TestData.HashFile(_roots.File($"{imsi}/{i}.dat")), TestData.HashFile(_local.File($"pulled/{imsi}/{i}.dat")));
            }
        }

        for (var i = 0; i < broken.Count; i++)
        {
            // Where the files fail rather than the device, each file has its own.
            var about = errors.Where(error => error.Exception.Message.Contains(broken[i], StringComparison.Ordinal)).ToList();
            var expected = Breakages[i % Breakages.Length].ErrorId;
            Assert.Equal(expected == "TransferAborted" ? FilesEach : 1, about.Count);
            Assert.All(about, error =>
            {
                Assert.Equal($"{expected},NapterFtp.PowerShell.Commands.CopyNapterFtpItemCommand", error.FullyQualifiedErrorId);
                Assert.NotNull(error.TargetObject);
                Assert.NotEmpty(error.ErrorDetails.RecommendedAction);
            });
            Assert.All(results.Where(result => result.Text("Imsi") == broken[i]), result => Assert.Equal("Failed", result.Text("Status")));
        }

        AssertNoPortStaysOpen();
        Assert.InRange((int)_session.RunOne("$sim.Counters.PeakApiCallsPerSecond").BaseObject, 1, ApiRateLimit);
    }

    [Theory]
    [InlineData(Copy, FilesEach)]
    [InlineData("$devices | Sync-NapterFtpDirectory -Path / -Destination \"$out/{Imsi}\" -Retry 0 -ThrottleLimit 16", FilesEach)]
    [InlineData("$devices | Get-NapterFtpItem -Path '/*.dat' -ThrottleLimit 16", FilesEach)]
    [InlineData("$devices | Rename-NapterFtpItem -Path /0.dat -NewName one.dat -PassThru -ThrottleLimit 16", 1)]
    [InlineData("$devices | New-NapterFtpDirectory -Path /made -ThrottleLimit 16", 1)]
    [InlineData("$devices | Test-NapterFtpDevice -Quiet -IdleTimeout 60 -ThrottleLimit 16", 1)]
    [InlineData("$devices | Remove-NapterFtpItem -Path '/[01].dat' -ThrottleLimit 16", 0)]
    public void Results_come_while_a_silent_device_is_still_waited_for(string command, int resultsEach)
    {
        _session.Run("$device = $sim.Sims[0]; Arm $fault::Silence('USER')");
        Assert.Empty(_session.Errors);

        using var shell = System.Management.Automation.PowerShell.Create(_session.Runspace);
        using var output = new PSDataCollection<PSObject>();
        var running = shell.AddScript(command).BeginInvoke<PSObject, PSObject>(null, output);
        Assert.True(SpinWait.SpinUntil(
            () => (output.Count == (Devices - 1) * resultsEach && (resultsEach > 0 || Removed() == Devices - 1)) || running.IsCompleted, Limit));

        // It is still waited for, for a minute.
        Assert.False(running.IsCompleted);
        shell.Stop();
        Assert.Empty(shell.Streams.Error);
        AssertNoPortStaysOpen();

        int Removed() => _imsis.Count(imsi => Directory.GetFiles(_roots.File(imsi)).Length == FilesEach - 2);
    }

    [Fact]
    public void What_is_about_one_device_comes_in_the_order_asked_for()
    {
        var items = _session.Run("$(foreach ($name in '2', '0', '1') { foreach ($device in $devices) { [pscustomobject]@{ Imsi = $device.Imsi; Path = \"/$name.dat\" } } }) | Get-NapterFtpItem");
        Assert.Empty(_session.Errors);
        Assert.All(_imsis, imsi => Assert.Equal(
            ["2.dat", "0.dat", "1.dat"], items.Where(item => item.Text("Imsi") == imsi).Select(item => item.Text("Name"))));
    }

    [Fact]
    public void Progress_is_one_bar_for_the_fleet_and_one_below_for_each_device_at_work()
    {
        TestData.WriteFile(_roots.File($"{_imsis[3]}/3.dat"), 3_000_000, seed: 3);
        _session.Run("Disconnect-Napter; Stop-NapterSimulator $sim; $sim = Start-NapterSimulator -Imsi $imsis -RootPath \"$roots/{Imsi}\" -Bandwidth 1MB; Connect-Napter -Simulator $sim");
        Assert.Empty(_session.Errors);

        using var shell = System.Management.Automation.PowerShell.Create(_session.Runspace);
        shell.AddScript(Copy).Invoke();

        var fleet = shell.Streams.Progress.Where(record => record.ParentActivityId < 0).ToList();
        Assert.All(fleet, record => Assert.Equal((1, "Copy-NapterFtpItem"), (record.ActivityId, record.Activity)));
        Assert.Matches($@"^{Devices} of {Devices} devices, 0 at work, {(Devices * FilesEach) + 1} files, 3[.,]1 MB", fleet[^2].StatusDescription);
        Assert.Equal(ProgressRecordType.Completed, fleet[^1].RecordType);
        Assert.Contains(fleet, record => record.SecondsRemaining >= 0);

        var device = shell.Streams.Progress.Where(record => record.ParentActivityId == 1 && record.Activity == $"{_imsis[3]}:21").ToList();
        Assert.Contains(device, record => System.Text.RegularExpressions.Regex.IsMatch(record.CurrentOperation ?? "", @"^/3\.dat \(\d+ %, \d+ kB/s, .+ left\)$"));
        Assert.Equal(ProgressRecordType.Completed, device[^1].RecordType);
    }

    [Fact]
    public void More_devices_than_are_meant_are_not_touched()
    {
        var error = _session.RunToError("$devices | Copy-NapterFtpItem -Path '/*.dat' -Destination \"$out/{Imsi}\" -MaxDevice 39");

        Assert.StartsWith("TooManyDevices,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(0L, _session.RunOne("$sim.Counters.EntriesCreated").BaseObject);
        _session.Run("$devices | Get-NapterFtpItem -Path /0.dat -MaxDevice 40");
        Assert.Empty(_session.Errors);
    }

    [Theory]
    [InlineData("Copy-NapterFtpItem -Path '/*.dat' -Destination $out -WhatIf")]
    [InlineData("Remove-NapterFtpItem -Path '/*.dat' -WhatIf")]
    [InlineData("& { $WhatIfPreference = $true; $input | Remove-NapterFtpItem -Path '/*.dat' }")]
    public void WhatIf_of_a_fleet_opens_no_port_for_that_may_be_charged(string command)
    {
        Assert.Empty(_session.Run("$devices | " + command));
        Assert.Empty(_session.Errors);
        Assert.Equal(0L, _session.RunOne("$sim.Counters.EntriesCreated").BaseObject);
        Assert.Equal(Devices * FilesEach, _imsis.Sum(imsi => Directory.GetFiles(_roots.File(imsi)).Length));
    }

    private void AssertNoPortStaysOpen() =>
        Assert.True(SpinWait.SpinUntil(() => (int)_session.RunOne("@($sim.PortMappings).Count").BaseObject == 0, Limit));
}
