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

    [Fact]
    public void Results_come_while_a_silent_device_is_still_waited_for()
    {
        _session.Run("$device = $sim.Sims[0]; Arm $fault::Silence('USER')");
        Assert.Empty(_session.Errors);

        using var shell = System.Management.Automation.PowerShell.Create(_session.Runspace);
        using var output = new PSDataCollection<PSObject>();
        var running = shell.AddScript(Copy).BeginInvoke<PSObject, PSObject>(null, output);
        Assert.True(SpinWait.SpinUntil(() => output.Count == (Devices - 1) * FilesEach || running.IsCompleted, Limit));

        // It is still waited for, for a minute.
        Assert.False(running.IsCompleted);
        shell.Stop();
        Assert.All(output, result => Assert.Equal("Copied", result.Text("Status")));
        AssertNoPortStaysOpen();
    }

    private void AssertNoPortStaysOpen() =>
        Assert.True(SpinWait.SpinUntil(() => (int)_session.RunOne("@($sim.PortMappings).Count").BaseObject == 0, Limit));
}
