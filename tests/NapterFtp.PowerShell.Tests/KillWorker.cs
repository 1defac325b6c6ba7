using System.Diagnostics;
using NapterFtp.Testing;

namespace NapterFtp.PowerShell.Tests;

/// <summary>Processes that pull and push the same files, one after the other, and what is left of those files.</summary>
internal sealed class KillWorker
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly KillBench _bench;
    private readonly string _pulled;
    private readonly string _pushed;
    private readonly int _index;

    public KillWorker(KillBench bench, string imsi, int index)
    {
        _bench = bench;
        _index = index;
        Imsi = imsi;
        _pulled = Directory.CreateDirectory(bench.Local.File($"pulled{index}")).FullName;
        _pushed = Directory.CreateDirectory(bench.Root.File($"pushed{index}")).FullName;
    }

    public string Imsi { get; }

    public Process Start(params string[] more) =>
        _bench.Start("copy.ps1", Imsi, ["-Local", _pulled, "-Source", _bench.Root.File("source"), "-Remote", $"/pushed{_index}", .. more]);

    /// <summary>Puts another file of each name on both sides, for the next process to replace.</summary>
    public void PutOldFiles() => ForEach((file, _, old) => File.Copy(old, file, overwrite: true));

    /// <summary>Files under way, under their temporary names.</summary>
    public List<string> Partials() =>
        [.. new[] { _pulled, _pushed }.SelectMany(folder => Directory.GetFiles(folder, "*.napterpart", new EnumerationOptions { AttributesToSkip = 0 }))];

    public void AssertOldOrNew(int run) => ForEach((file, source, old) =>
    {
        var hash = TestData.HashFile(file);
        Assert.True(
            hash.SequenceEqual(TestData.HashFile(old)) || hash.SequenceEqual(TestData.HashFile(source)),
            $"Run {run}: {file} is neither the old file nor the new one.");
    });

    public void AssertNew() => ForEach((file, source, _) => Assert.Equal(TestData.HashFile(source), TestData.HashFile(file)));

    public static async Task UntilAsync(Func<bool> condition, string otherwise)
    {
        var begun = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(begun.Elapsed < Limit, otherwise);
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    private void ForEach(Action<string, string, string> action)
    {
        foreach (var folder in new[] { _pulled, _pushed })
        {
            for (var i = 0; i < KillBench.Files; i++)
            {
                action(Path.Join(folder, $"f{i}.dat"), _bench.Root.File($"source/f{i}.dat"), _bench.Local.File($"old/f{i}.dat"));
            }
        }
    }
}
