using System.Diagnostics;
using System.Globalization;

namespace NapterFtp.Fuzz;

/// <summary>Fuzzing that needs no other tool: seeds, mutated at random for a given time.</summary>
internal static class RandomRun
{
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(5);

    /// <summary>Runs each target for its share of the time.</summary>
    /// <returns>Whether all held; the first input that broke one is written to a file.</returns>
    public static bool Run(IReadOnlyList<FuzzTarget> targets, TimeSpan time, int seed, TextWriter output)
    {
        var allHeld = true;
        foreach (var target in targets)
        {
            allHeld &= Run(target, time / targets.Count, seed, output);
        }

        return allHeld;
    }

    private static bool Run(FuzzTarget target, TimeSpan time, int seed, TextWriter output)
    {
        byte[][] seeds = [.. target.SeedBytes];
        var mutator = new Mutator(new Random(seed), seeds);
        var watch = Stopwatch.StartNew();
        long count = 0;
        for (IEnumerator<byte[]> first = ((IEnumerable<byte[]>)seeds).GetEnumerator(); watch.Elapsed < time; count++)
        {
            var input = first.MoveNext() ? first.Current : mutator.Next();
            var started = watch.Elapsed;
            try
            {
                target.Check(input);
                if (watch.Elapsed - started > Slow)
                {
                    throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"took {watch.Elapsed - started}"));
                }
            }
            catch (Exception e)
            {
                var file = Path.GetFullPath(string.Create(CultureInfo.InvariantCulture, $"fuzz-{target.Name}-{seed}-{count}.bin"));
                File.WriteAllBytes(file, input);
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{target.Name}: input {count} of seed {seed}, kept in {file}: {e}"));
                return false;
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{target.Name}: {count} inputs of seed {seed} in {watch.Elapsed.TotalSeconds:F1} s"));
        return true;
    }
}
