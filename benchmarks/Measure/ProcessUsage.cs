using System.Globalization;

namespace NapterFtp.Benchmarks.Measure;

/// <summary>What a process and its children have used, by the operating system's own counters in /proc.</summary>
/// <param name="User">Seconds in the program, children that have ended included.</param>
/// <param name="System">Seconds in the kernel on its behalf.</param>
internal sealed record ProcessUsage(double User, double System)
{
    // USER_HZ, which Linux has fixed at 100 for programs to read.
    private const double TicksPerSecond = 100;

    public double Cpu => User + System;

    public static ProcessUsage Of(int processId)
    {
        var (user, system) = (0.0, 0.0);
        foreach (var id in Tree(processId))
        {
            if (Stat(id) is { } stat)
            {
                // utime, stime, and those of children that were waited for: fields 14 to 17 of proc_pid_stat(5).
                user += Number(stat[11]) + Number(stat[13]);
                system += Number(stat[12]) + Number(stat[14]);
            }
        }

        return new ProcessUsage(user / TicksPerSecond, system / TicksPerSecond);
    }

    public static ProcessUsage operator -(ProcessUsage later, ProcessUsage earlier) =>
        new(later.User - earlier.User, later.System - earlier.System);

    /// <summary>The most memory that the process and its living children have held, in bytes, since <see cref="ResetPeak"/>.</summary>
    public static long PeakMemory(int processId) => Tree(processId).Sum(id => Status(id, "VmHWM:"));

    /// <summary>The memory that they hold now, in bytes.</summary>
    public static long Memory(int processId) => Tree(processId).Sum(id => Status(id, "VmRSS:"));

    /// <summary>How many threads they have.</summary>
    public static int Threads(int processId) => (int)(Tree(processId).Sum(id => Status(id, "Threads:")) / 1024);

    public static void ResetPeak(int processId)
    {
        foreach (var id in Tree(processId))
        {
            try
            {
                File.WriteAllText($"/proc/{id}/clear_refs", "5");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended, or is another user's: its peak is then that of its whole life.
            }
        }
    }

    private static List<int> Tree(int processId)
    {
        var all = new List<int> { processId };
        for (var i = 0; i < all.Count; i++)
        {
            try
            {
                foreach (var task in Directory.EnumerateDirectories($"/proc/{all[i]}/task"))
                {
                    all.AddRange(File.ReadAllText(Path.Combine(task, "children"))
                        .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                        .Select(id => int.Parse(id, CultureInfo.InvariantCulture)));
                }
            }
            catch (IOException)
            {
                // It or one of its threads has just ended.
            }
        }

        return all;
    }

    private static string[]? Stat(int processId)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{processId}/stat");

            // What follows the program's name, which may hold anything: field 3 first.
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static long Status(int processId, string label)
    {
        try
        {
            var line = File.ReadLines($"/proc/{processId}/status").FirstOrDefault(line => line.StartsWith(label, StringComparison.Ordinal));
            return line is null ? 0 : 1024 * long.Parse(line[label.Length..].Split(' ', '\t').First(word => word.Length > 0 && char.IsDigit(word[0])), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
