using System.Diagnostics;
using System.Management.Automation;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NapterFtp.Testing;

namespace NapterFtp.PowerShell.Tests;

/// <summary>A process of the shell that has rules on a real router, killed in the middle of a transfer, as by <c>kill -9</c>.</summary>
public sealed class RouterKillTests : IDisposable
{
    private const string ProxyScript = """
        param($Manifest, $Endpoint, $Roots, $Imsi, $Device, $Key, $HostKey, $Life)
        Import-Module $Manifest
        Connect-Napter -Endpoint $Endpoint -TrustedRootPath $Roots
        $router = New-NapterRouter $Imsi $Device -KeyFilePath $Key -HostKeyFingerprint $HostKey -RuleDuration $Life
        $job = Start-NapterFtpProxy -Router $router -Port 0 -PassivePortRange 0
        "listens at $($job.ListenEndPoint)"
        $null = [Console]::In.ReadLine()
        """;

    private const string NextScript = """
        param($Manifest, $Endpoint, $Roots, $Imsi, $Device, $Key, $HostKey, $Life)
        Import-Module $Manifest
        Connect-Napter -Endpoint $Endpoint -TrustedRootPath $Roots
        $router = New-NapterRouter $Imsi $Device -KeyFilePath $Key -HostKeyFingerprint $HostKey -RuleDuration $Life
        "orphaned: $(@(Get-NapterRouterRule $router | Where-Object Orphaned).Count)"
        "names: $((Get-NapterFtpItem -Router $router -Path / -Credential ([pscredential]::new('root', [securestring]::new()))).Name -join ' ')"
        Disconnect-Napter
        """;

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    private readonly ModuleSession _session = new();
    private readonly ScratchFolder _local = new();

    /// <summary>Whether its device knows active mode only, and after how long the router cleans up by itself; the shortest that can be given.</summary>
    [Theory]
    [InlineData(0, false)]
    [InlineData(RouterLab.ActiveOnly, false)]
    [InlineData(RouterLab.ActiveOnly, true)]
    public async Task Its_rules_are_gone_after_the_next_start_or_else_after_the_routers_own_time(int device, bool waits)
    {
        Assert.SkipWhen(waits && !Campaign.IsLong, "It takes more than a minute; NAPTERFTP_LONG=1 runs it.");
        var obstacle = await RouterLab.ObstacleAsync();
        Assert.SkipWhen(obstacle is not null, obstacle ?? "");
        await using var lab = await RouterLab.StartAsync(new RouterLabOptions());
        await File.WriteAllTextAsync(Path.Combine(lab.Root(device), "data.txt"), "data", TestContext.Current.CancellationToken);
        var simulator = _session.RunOne("Start-NapterSimulator -DeviceEndPoint $args[0]", $"{lab.Wan}:2121");
        try
        {
            var before = await lab.RulesAsync();

            // 1. In the middle of a transfer: rules for the control and a data port.
            using var process = Start(simulator, lab, device, "proxy.ps1", ProxyScript);
            using var client = new TcpClient();
            await BeginTransferAsync(client, await ReadToAsync(process, "listens at "));
            var during = await lab.RulesAsync();
            Assert.Equal(2, during.Split('\n').Count(line => line.Contains("dnat to", StringComparison.Ordinal) && line.Contains("napterftp-", StringComparison.Ordinal)));
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.NotEqual(before, await lab.RulesAsync());

            // 2. The router by itself, or whoever starts next.
            if (waits)
            {
                var begun = Stopwatch.StartNew();
                while (await lab.RulesAsync() != before)
                {
                    Assert.True(begun.Elapsed < s_limit, "The router did not clean up.");
                    await Task.Delay(TimeSpan.FromMilliseconds(500), TestContext.Current.CancellationToken);
                }

                TestContext.Current.SendDiagnosticMessage($"The router removed the rules {begun.Elapsed.TotalSeconds:0} s after the process was killed.");
            }
            else
            {
                using var next = Start(simulator, lab, device, "next.ps1", NextScript);
                Assert.Equal("2", await ReadToAsync(next, "orphaned: "));
                Assert.Equal("data.txt", await ReadToAsync(next, "names: "));
                await next.WaitForExitAsync(TestContext.Current.CancellationToken);
            }

            Assert.Equal(before, await lab.RulesAsync());
            Assert.Equal("0", (await lab.OnRouterAsync("cat /proc/sys/net/ipv4/conf/lan/route_localnet")).Trim());
        }
        finally
        {
            _session.Run("Stop-NapterSimulator $args[0]", simulator);
        }
    }

    [Fact]
    public async Task Ended_by_a_signal_it_leaves_neither_rules_nor_the_port_to_the_router()
    {
        var obstacle = await RouterLab.ObstacleAsync();
        Assert.SkipWhen(obstacle is not null, obstacle ?? "");
        await using var lab = await RouterLab.StartAsync(new RouterLabOptions());
        var simulator = _session.RunOne("Start-NapterSimulator -DeviceEndPoint $args[0]", $"{lab.Wan}:2121");
        try
        {
            var before = await lab.RulesAsync();
            using var process = Start(simulator, lab, 0, "proxy.ps1", ProxyScript);
            using var client = new TcpClient();
            await BeginTransferAsync(client, await ReadToAsync(process, "listens at "));
            using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]))
            {
                await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
            }

            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(before, await lab.RulesAsync());
            Assert.Empty((System.Collections.IEnumerable)simulator.Get("PortMappings")!);
        }
        finally
        {
            _session.Run("Stop-NapterSimulator $args[0]", simulator);
        }
    }

    public void Dispose()
    {
        _session.Dispose();
        _local.Dispose();
    }

    private Process Start(PSObject simulator, RouterLab lab, int device, string name, string script)
    {
        File.WriteAllText(_local.File(name), script);
        var start = new ProcessStartInfo(
            "dotnet",
            [
                "exec", Repository.ShellPath, _local.File(name), "-Manifest", Repository.ManifestPath, "-Endpoint", simulator.Text("ApiEndPoint"),
                "-Roots", simulator.Text("TrustedRootPath"), "-Imsi", simulator.Text("Imsi"), "-Device", $"{lab.Devices[device]}", "-Key", lab.KeyPath,
                "-HostKey", lab.HostKeyFingerprint, "-Life", "1m",
            ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["SORACOM_AUTH_KEY_ID"] = simulator.Text("AuthKeyId");
        start.Environment["SORACOM_AUTH_KEY"] = simulator.Text("AuthKey");
        start.Environment["XDG_STATE_HOME"] = _local.File("state");
        start.Environment["DOTNET_TieredPGO"] = "0";
        return Process.Start(start)!;
    }

    private static async Task<string> ReadToAsync(Process process, string start)
    {
        var read = new StringBuilder();
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            read.AppendLine(line);
            if (line.StartsWith(start, StringComparison.Ordinal))
            {
                return line[start.Length..];
            }
        }

        throw new InvalidOperationException($"No '{start}': {read} {await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)}");
    }

    private static async Task BeginTransferAsync(TcpClient client, string address)
    {
        await client.ConnectAsync(IPEndPoint.Parse(address), TestContext.Current.CancellationToken);
        var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        var writer = new StreamWriter(client.GetStream(), Encoding.ASCII) { AutoFlush = true, NewLine = "\r\n" };
        foreach (var (command, expected) in new[] { ("", "220"), ("USER root", "331"), ("PASS x", "230"), ("PASV", "227") })
        {
            if (command.Length > 0)
            {
                await writer.WriteLineAsync(command);
            }

            Assert.StartsWith(expected, await reader.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
    }
}
