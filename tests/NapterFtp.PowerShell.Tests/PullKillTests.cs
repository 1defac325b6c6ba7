using System.Diagnostics;
using NapterFtp.Testing;

namespace NapterFtp.PowerShell.Tests;

/// <summary>Schedules whose process is killed in the middle of a run, as by a power cut or <c>kill -9</c>.</summary>
public sealed class PullKillTests
{
    private const int Files = 24;

    private const string Script = """
        param($Manifest, $Endpoint, $Roots, $Store)
        Import-Module $Manifest
        Connect-Napter -Endpoint $Endpoint -TrustedRootPath $Roots -ApiRateLimit 200
        Start-NapterPull nightly -Here -Store $Store | ForEach-Object { "$($_.Status) $($_.Source)" }
        'ended'
        Disconnect-Napter
        """;

    [Fact]
    public async Task Each_file_comes_once_however_often_its_run_is_killed()
    {
        using var folder = new ScratchFolder();
        for (var i = 0; i < Files; i++)
        {
            TestData.WriteFile(folder.File($"device/log/f{i}.dat"), 20_000 + i, seed: i);
        }

        var store = folder.File("pulls.db");
        await File.WriteAllTextAsync(folder.File("pull.ps1"), Script, TestContext.Current.CancellationToken);
        using var session = new ModuleSession();
        var simulator = session.RunOne("Start-NapterSimulator -Imsi 001010000000001 -RootPath $args[0] -Bandwidth 200000", folder.File("device"));
        session.Run("Register-NapterPull nightly -Imsi 001010000000001 -Path /log/* -Destination $args[0] -Cron '@daily' -Store $args[1]", folder.File("in"), store);
        var random = new Random(16);
        var copied = new List<string>();
        for (var life = 1; ; life++)
        {
            using var process = Start(folder, simulator, store);
            var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var left = life > Campaign.Count("KILLS", usual: 3, full: 50) ? int.MaxValue : random.Next(1, 5);
            string? line;
            while ((line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)) is not null && line != "ended")
            {
                if (line.StartsWith("Copied ", StringComparison.Ordinal))
                {
                    copied.Add(line);
                    if (--left == 0)
                    {
                        break;
                    }
                }
            }

            if (line is null or "ended")
            {
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
                Assert.Equal("", await errors);
                break;
            }

            await Task.Delay(random.Next(120), TestContext.Current.CancellationToken);
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);

            // Somebody takes away what has arrived.
            foreach (var file in Directory.GetFiles(folder.File("in"), "*.dat"))
            {
                Directory.CreateDirectory(folder.File("away"));
                File.Move(file, folder.File($"away/{Path.GetFileName(file)}"), overwrite: false);
            }
        }

        // No file was told twice, none is there twice, and the history has each once.
        Assert.Equal(copied.Distinct().Count(), copied.Count);
        var there = new[] { "in", "away" }.SelectMany(part => Directory.GetFiles(folder.File(part), "*.dat")).ToList();
        Assert.Equal(Files, there.Select(Path.GetFileName).Distinct().Count());
        Assert.Equal(Files, there.Count);
        Assert.All(there, path => Assert.Equal(File.ReadAllBytes(folder.File($"device/log/{Path.GetFileName(path)}")), File.ReadAllBytes(path)));
        var outcomes = session.Run("Get-NapterPullHistory -Store $args[0] | ForEach-Object Outcome", store).Select(outcome => outcome.ToString()).ToList();
        Assert.Equal(Files, outcomes.Count(outcome => outcome == "Copied"));
        Assert.DoesNotContain("Intended", outcomes);
        session.Run("Stop-NapterSimulator $args[0]", simulator);
    }

    private static Process Start(ScratchFolder folder, System.Management.Automation.PSObject simulator, string store)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [
                "exec", Repository.ShellPath, folder.File("pull.ps1"), "-Manifest", Repository.ManifestPath, "-Endpoint", simulator.Text("ApiEndPoint"),
                "-Roots", simulator.Text("TrustedRootPath"), "-Store", store,
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["SORACOM_AUTH_KEY_ID"] = simulator.Text("AuthKeyId");
        start.Environment["SORACOM_AUTH_KEY"] = simulator.Text("AuthKey");
        start.Environment["XDG_STATE_HOME"] = folder.File("state");
        return Process.Start(start)!;
    }
}
