using System.Globalization;
using System.Runtime.InteropServices;
using NapterFtp.Testing;

namespace NapterFtp.Benchmarks.Measure;

/// <summary>What the figures are of: the processor, and how quick it is at what TLS does with each byte, which says what bounds a run.</summary>
internal static class Machine
{
    private static readonly string[] Ciphers = ["aes-256-gcm", "aes-128-gcm", "chacha20-poly1305"];

    public static async Task<Table> DescribeAsync()
    {
        var table = new Table("what", "value");
        table.Add("processor", $"{Processor()}, {Environment.ProcessorCount} at hand");
        table.Add("runtime", $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}");
        foreach (var cipher in Ciphers)
        {
            table.Add($"{cipher}, `openssl speed`", await SpeedAsync(cipher));
        }

        return table;
    }

    private static string Processor()
    {
        const string Info = "/proc/cpuinfo";
        var line = File.Exists(Info) ? File.ReadLines(Info).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    /// <summary>One core's, in blocks as long as a TLS record.</summary>
    private static async Task<string> SpeedAsync(string cipher)
    {
        var result = await ProcessRunner.RunAsync(
            new ProcessCommand("openssl", "speed", "-seconds", "1", "-bytes", "16384", "-evp", cipher), TimeSpan.FromSeconds(30), CancellationToken.None);
        var figure = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault()?.Split(' ').LastOrDefault()?.TrimEnd('k');
        return result.Succeeded && double.TryParse(figure, NumberStyles.Float, CultureInfo.InvariantCulture, out var thousands)
            ? string.Create(CultureInfo.InvariantCulture, $"{thousands / 1e6:0.0} GB/s")
            : "not known";
    }
}
