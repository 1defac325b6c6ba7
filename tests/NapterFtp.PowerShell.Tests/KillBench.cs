using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using NapterFtp.Testing;

namespace NapterFtp.PowerShell.Tests;

/// <summary>A simulator with a device for each worker, all showing the same files, and the journals of the processes under test.</summary>
internal sealed class KillBench : IDisposable
{
    public const int Files = 12;
    private const int Length = 50_000;

    /// <summary>Pulls and pushes for ever, or once each.</summary>
    private const string CopyScript = """
        param($Manifest, $Endpoint, $Roots, $Imsi, $Local, $Source, $Remote, [switch] $PushFirst, [switch] $Once)
        Import-Module $Manifest
        Connect-Napter -Endpoint $Endpoint -TrustedRootPath $Roots -ApiRateLimit 200
        do {
            if (-not $PushFirst) { $null = Copy-NapterFtpItem -Imsi $Imsi -Path '/source/*' -Destination $Local }
            $null = Copy-NapterFtpItem -Imsi $Imsi -ToDevice -Path "$Source/*" -Destination $Remote
        } until ($Once)
        'copied'
        $null = [Console]::In.ReadLine()
        Disconnect-Napter
        """;

    private const string ProxyScript = """
        param($Manifest, $Endpoint, $Roots, $Imsi)
        Import-Module $Manifest
        Connect-Napter -Endpoint $Endpoint -TrustedRootPath $Roots
        $job = Start-NapterFtpProxy -Imsi $Imsi -Port 0 -PassivePortRange 0 -PortLinger 1h
        "listens at $($job.ListenEndPoint)"
        $null = [Console]::In.ReadLine()
        Disconnect-Napter
        """;

    private readonly ModuleSession _session = new();
    private readonly PSObject _simulator;

    public KillBench(int workers)
    {
        for (var i = 0; i < Files; i++)
        {
            TestData.WriteFile(Root.File($"source/f{i}.dat"), Length + i, seed: i);
            TestData.WriteFile(Local.File($"old/f{i}.dat"), 500 + i, seed: 100 + i);
        }

        File.WriteAllText(Local.File("copy.ps1"), CopyScript);
        File.WriteAllText(Local.File("proxy.ps1"), ProxyScript);
        var imsis = Enumerable.Range(1, workers).Select(number => $"0010100{number:00000000}").ToArray();

        // Each file is under way for a quarter of a second, each API call for long enough that some kills come in one.
        _simulator = _session.RunOne("Start-NapterSimulator -Imsi $args[0] -RootPath $args[1] -Bandwidth 200000 -ApiLatency 0.06", imsis, Root.Path);
        Workers = [.. imsis.Select((imsi, index) => new KillWorker(this, imsi, index))];
    }

    public IReadOnlyList<KillWorker> Workers { get; }

    /// <summary>The devices' files.</summary>
    public ScratchFolder Root { get; } = new();

    public ScratchFolder Local { get; } = new();

    public string JournalFolder => Local.File("state/NapterFtp");

    /// <summary>What is open at SORACOM, of one SIM or of all: each entry as a text that no other one has.</summary>
    public IReadOnlyList<string> OpenPorts(string? imsi = null) =>
        [.. ((IEnumerable)_simulator.Get("PortMappings")!).Cast<object>().Select(PSObject.AsPSObject)
            .Where(entry => imsi is null || entry.Text("Imsi") == imsi)
            .Select(entry => string.Create(
                CultureInfo.InvariantCulture,
                $"{entry.Text("Imsi")}:{entry.Text("DevicePort")} at {entry.Text("EndPoint")} since {(DateTimeOffset)entry.Get("CreatedAt")!:O}"))];

    /// <summary>Starts a process that runs a script in the shell.</summary>
    public Process Start(string script, string imsi, params string[] more)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [
                "exec", Repository.ShellPath, Local.File(script), "-Manifest", Repository.ManifestPath, "-Endpoint", _simulator.Text("ApiEndPoint"),
                "-Roots", _simulator.Text("TrustedRootPath"), "-Imsi", imsi, .. more,
            ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["SORACOM_AUTH_KEY_ID"] = _simulator.Text("AuthKeyId");
        start.Environment["SORACOM_AUTH_KEY"] = _simulator.Text("AuthKey");
        start.Environment["XDG_STATE_HOME"] = Local.File("state");

        // Short lives: code is not worth being compiled twice.
        start.Environment["DOTNET_TieredPGO"] = "0";
        return Process.Start(start)!;
    }

    public void Dispose()
    {
        _session.Run("Stop-NapterSimulator $args[0]", _simulator);
        _session.Dispose();
        Root.Dispose();
        Local.Dispose();
    }
}
