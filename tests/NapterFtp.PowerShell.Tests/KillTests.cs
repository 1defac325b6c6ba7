using System.Collections.Concurrent;
using System.Diagnostics;
using NapterFtp.Testing;

namespace NapterFtp.PowerShell.Tests;

/// <summary>The process is killed in the middle of its work, as by a power cut or kill -9.</summary>
public sealed class KillTests
{
    private const int Kills = 50;
    private const int AtATime = 5;
    private const int Files = 12;
    private const int Length = 60_000;

    private static readonly TimeSpan BeginLimit = TimeSpan.FromMinutes(2);

    /// <summary>Pulls and pushes for ever, or once each.</summary>
    private const string Script = """
        param($Manifest, $Endpoint, $Roots, $Imsi, $Local, $Source, $Remote, [switch] $PushFirst, [switch] $Once)
        Import-Module $Manifest
        Connect-Napter -Endpoint $Endpoint -TrustedRootPath $Roots
        do {
            if (-not $PushFirst) { $null = Copy-NapterFtpItem -Imsi $Imsi -Path '/source/*' -Destination $Local }
            $null = Copy-NapterFtpItem -Imsi $Imsi -ToDevice -Path "$Source/*" -Destination $Remote
        } until ($Once)
        Disconnect-Napter
        """;

    [Fact]
    public async Task No_killed_copy_leaves_a_truncated_file_under_its_name_and_a_rerun_completes()
    {
        using var root = new ScratchFolder();
        using var local = new ScratchFolder();
        using var session = new ModuleSession();
        for (var i = 0; i < Files; i++)
        {
            TestData.WriteFile(root.File($"source/f{i}.dat"), Length + i, seed: i);
            TestData.WriteFile(local.File($"old/f{i}.dat"), 500 + i, seed: 100 + i);
        }

        var script = local.File("copy.ps1");
        await File.WriteAllTextAsync(script, Script, TestContext.Current.CancellationToken);
        var simulator = session.RunOne("Start-NapterSimulator -RootPath $args[0] -Bandwidth 600000", root.Path);
        try
        {
            var runs = new ConcurrentQueue<int>(Enumerable.Range(0, Kills));
            var midway = await Task.WhenAll(Enumerable.Range(0, AtATime).Select(worker => WorkAsync(worker, runs, script, simulator, root, local)));

            // Kills between two files would show nothing.
            TestContext.Current.SendDiagnosticMessage($"{midway.Sum()} of {Kills} kills came in the middle of a file.");
            Assert.InRange(midway.Sum(), Kills / 2, Kills);
        }
        finally
        {
            session.Run("Stop-NapterSimulator $args[0]", simulator);
        }
    }

    /// <returns>How many kills came in the middle of a file.</returns>
    private static async Task<int> WorkAsync(
        int worker, ConcurrentQueue<int> runs, string script, System.Management.Automation.PSObject simulator, ScratchFolder root, ScratchFolder local)
    {
        var pulled = Directory.CreateDirectory(local.File($"pulled{worker}")).FullName;
        var pushed = Directory.CreateDirectory(root.File($"pushed{worker}")).FullName;
        var midway = 0;
        while (runs.TryDequeue(out var run))
        {
            foreach (var folder in new[] { pulled, pushed })
            {
                for (var i = 0; i < Files; i++)
                {
                    File.Copy(local.File($"old/f{i}.dat"), Path.Join(folder, $"f{i}.dat"), overwrite: true);
                }
            }

            // Every other one in a push. The moment is random from when the first file is under way.
            var pushes = run % 2 == 1;
            using var process = Start(script, simulator, pulled, root.File("source"), $"/pushed{worker}", pushes ? ["-PushFirst"] : []);
            var before = Partials(pulled, pushed);
            var begun = Stopwatch.StartNew();
            while (!Partials(pulled, pushed).Except(before).Any() && !process.HasExited)
            {
                Assert.True(begun.Elapsed < BeginLimit, $"Run {run} did not begin.");
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }

            await Task.Delay(Random.Shared.Next(1500), TestContext.Current.CancellationToken);
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            var left = Partials(pulled, pushed);
            midway += left.Count > 0 ? 1 : 0;
            left.ForEach(File.Delete);
            AssertOldOrNew(pulled, root, local, run);
            AssertOldOrNew(pushed, root, local, run);
        }

        using var last = Start(script, simulator, pulled, root.File("source"), $"/pushed{worker}", "-Once");
        var errors = await last.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await last.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(string.Empty, errors);
        foreach (var folder in new[] { pulled, pushed })
        {
            for (var i = 0; i < Files; i++)
            {
                Assert.Equal(TestData.HashFile(root.File($"source/f{i}.dat")), TestData.HashFile(Path.Join(folder, $"f{i}.dat")));
            }
        }

        return midway;
    }

    private static List<string> Partials(params string[] folders) =>
        [.. folders.SelectMany(folder => Directory.GetFiles(folder, "*.napterpart", new EnumerationOptions { AttributesToSkip = 0 }))];

    private static Process Start(string script, System.Management.Automation.PSObject simulator, string local, string source, string remote, params string[] more)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [
                "exec", Repository.ShellPath, script, "-Manifest", Repository.ManifestPath, "-Endpoint", simulator.Text("ApiEndPoint"),
                "-Roots", simulator.Text("TrustedRootPath"), "-Imsi", simulator.Text("Imsi"), "-Local", local, "-Source", source, "-Remote", remote, .. more,
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["SORACOM_AUTH_KEY_ID"] = simulator.Text("AuthKeyId");
        start.Environment["SORACOM_AUTH_KEY"] = simulator.Text("AuthKey");
        return Process.Start(start)!;
    }

    private static void AssertOldOrNew(string folder, ScratchFolder root, ScratchFolder local, int run)
    {
        for (var i = 0; i < Files; i++)
        {
            var hash = TestData.HashFile(Path.Join(folder, $"f{i}.dat"));
            var isWhole = hash.SequenceEqual(TestData.HashFile(local.File($"old/f{i}.dat"))) || hash.SequenceEqual(TestData.HashFile(root.File($"source/f{i}.dat")));
            Assert.True(isWhole, $"Run {run}: f{i}.dat in {folder} is neither the old file nor the new one.");
        }
    }
}
