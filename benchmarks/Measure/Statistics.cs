namespace NapterFtp.Benchmarks.Measure;

/// <summary>Figures of several runs.</summary>
internal static class Statistics
{
    public static double Median(IEnumerable<double> values) => Percentile(values, 0.5);

    /// <summary>The value that a part of the values does not exceed, with the nearest two averaged in proportion.</summary>
    public static double Percentile(IEnumerable<double> values, double part)
    {
        var sorted = values.Order().ToArray();
        if (sorted.Length == 0)
        {
            return double.NaN;
        }

        var position = part * (sorted.Length - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }

    /// <summary>The median of the ratios of two contestants' runs, round by round, so that what slows the machine down for a while
    /// cancels out. A round that one of them has no run of (null) does not count.</summary>
    public static string MedianRatio<T>(IEnumerable<T?> own, IEnumerable<T?> yardstick, Func<T, double> figure)
        where T : class
    {
        var ratios = own.Zip(yardstick).Where(pair => pair is { First: not null, Second: not null }).Select(pair => figure(pair.First!) / figure(pair.Second!));
        return FormattableString.Invariant($"{Median(ratios):F2}");
    }
}
