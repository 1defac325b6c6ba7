using System.Globalization;

namespace NapterFtp.Testing;

/// <summary>How much a run tries of what could be tried without end. What is usual is chosen so that all tests take minutes;
/// <c>NAPTERFTP_LONG=1</c> asks for the whole of it, <c>NAPTERFTP_KILLS=200</c> and the like for a number of one thing.</summary>
public static class Campaign
{
    private const string Prefix = "NAPTERFTP_";

    /// <summary>Whether the whole is asked for.</summary>
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable(Prefix + "LONG") == "1";

    /// <summary>How many of a thing to try.</summary>
    /// <param name="thing">The variable's name without its prefix, such as <c>KILLS</c>.</param>
    /// <param name="usual">Without any variable.</param>
    /// <param name="full">With <c>NAPTERFTP_LONG=1</c>.</param>
    /// <exception cref="InvalidOperationException">The variable is no number above zero.</exception>
    public static int Count(string thing, int usual, int full) => Environment.GetEnvironmentVariable(Prefix + thing) switch
    {
        null or "" => IsLong ? full : usual,
        var text when int.TryParse(text, CultureInfo.InvariantCulture, out var count) && count > 0 => count,
        var text => throw new InvalidOperationException($"{Prefix}{thing} is to be a number above zero, not '{text}'."),
    };
}
