using System.Text;
using NapterFtp.Ftp;
using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>What users say of a device because it cannot be found out.</summary>
public sealed class DeviceOptionTests
{
    [Theory]
    [InlineData("a\r\nb\r\n", "a\nb\n")]
    [InlineData("a\rb\r\r\nc\r", "a\rb\r\nc\r")]
    [InlineData("\n\r\n", "\n\n")]
    public void Line_ends_of_a_device_become_this_computers_wherever_they_are_cut(string device, string local)
    {
        for (var piece = 1; piece <= device.Length; piece++)
        {
            var lines = new LineEnds(isCrLf: false);
            var result = new StringBuilder();
            foreach (var part in device.Chunk(piece))
            {
                var bytes = new byte[part.Length + 1];
                result.Append(Encoding.ASCII.GetString(bytes, 0, lines.FromDevice(Encoding.ASCII.GetBytes(part), bytes)));
            }

            Assert.Equal(local, result + (lines.EndsWithCr ? "\r" : ""));
        }
    }

    [Theory]
    [InlineData("a\nb\n", "a\r\nb\r\n")]
    [InlineData("a\r\nb\rc\n\n", "a\r\nb\rc\r\n\r\n")]
    public void Line_ends_of_this_computer_become_FTPs_wherever_they_are_cut(string local, string device)
    {
        for (var piece = 1; piece <= local.Length; piece++)
        {
            var lines = new LineEnds(isCrLf: false);
            var result = new StringBuilder();
            foreach (var part in local.Chunk(piece))
            {
                var bytes = new byte[2 * part.Length];
                result.Append(Encoding.ASCII.GetString(bytes, 0, lines.ToDevice(Encoding.ASCII.GetBytes(part), bytes)));
            }

            Assert.Equal(device, result.ToString());
        }
    }

    [Fact]
    public async Task In_ASCII_text_gets_this_computers_line_ends_and_its_source_stays()
    {
        await using var bench = await ClientBench.StartAsync();
        bench.Options = bench.Options with { Ascii = true };
        await File.WriteAllTextAsync(Path.Combine(bench.Root, "a.txt"), "one\r\ntwo\r\n", TestContext.Current.CancellationToken);

        await bench.CopyAsync(bench.Pull() with { Ascii = true, Hash = true, RemoveSource = true });

        var transfer = Assert.Single(bench.Log.Transfers);
        Assert.Equal((NapterFtpTransferStatus.Copied, false, false), (transfer.Status, transfer.Verified, transfer.SourceRemoved));
        Assert.Equal($"one{Environment.NewLine}two{Environment.NewLine}", await File.ReadAllTextAsync(Path.Combine(bench.Local, "a.txt"), TestContext.Current.CancellationToken));
        Assert.Equal(Tree.Hash(Path.Combine(bench.Local, "a.txt")), transfer.Hash);
        Assert.Equal("SourceNotRemoved", Assert.Single(bench.Log.Errors).ErrorId);
    }

    [Fact]
    public async Task In_ASCII_text_goes_to_the_device_with_FTPs_line_ends_and_a_second_sync_sends_nothing()
    {
        var lines = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var bench = await ClientBench.StartAsync(change: options => options with { Transcript = (_, line) => lines.Enqueue(line) });
        bench.Options = bench.Options with { Ascii = true };
        await File.WriteAllTextAsync(Path.Combine(bench.Local, "a.txt"), $"one{Environment.NewLine}two", TestContext.Current.CancellationToken);
        var sync = bench.Push("/up") with { Ascii = true, Sync = NapterFtpSyncMode.Update };

        await bench.CopyAsync(sync);

        Assert.Empty(bench.Log.Errors);
        Assert.Equal("one\r\ntwo", await File.ReadAllTextAsync(Path.Combine(bench.Root, "up", "a.txt"), TestContext.Current.CancellationToken));
        Assert.Contains("TYPE A", lines);
        Assert.DoesNotContain("TYPE I", lines);
        await bench.CopyAsync(sync);
        Assert.Equal(NapterFtpTransferStatus.Skipped, Assert.Single(bench.Log.Transfers).Status);
    }

    [Theory]
    [InlineData(NapterFtpListingFormat.Mlsd)]
    [InlineData(NapterFtpListingFormat.List)]
    [InlineData(NapterFtpListingFormat.Nlst)]
    public async Task A_folder_is_listed_in_the_format_that_is_asked_for(NapterFtpListingFormat format)
    {
        // FEAT leaves MLSD out, although it is there.
        await using var bench = await ClientBench.StartAsync(DeviceProfiles.Default with { Replies = new Dictionary<string, string> { ["FEAT"] = "211-Features:\n SIZE\n MDTM\n211 End" } });
        bench.Options = bench.Options with { ListingFormat = format };
        Tree.Make(bench.Root, files: 3, folders: 0);

        await bench.CopyAsync(bench.Pull());

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(3, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Assert.Equal(1, bench.Device.Counters.CountOf(format.ToString().ToUpperInvariant()));
        Assert.Equal(4, bench.Device.Counters.DataConnections);
    }

    [Fact]
    public async Task A_device_that_is_to_be_left_alone_is_told_nothing_while_a_transfer_runs()
    {
        var lines = new System.Collections.Concurrent.ConcurrentQueue<(string Direction, string Line)>();
        await using var bench = await ClientBench.StartAsync(DeviceProfiles.Default with { Final = FinalReply.Late }, options => options with { Transcript = (direction, line) => lines.Enqueue((direction, line)) });
        bench.Options = bench.Options with { QuietTransfers = true };
        Tree.Make(bench.Root, files: 3, folders: 0);

        await bench.CopyAsync(bench.Pull());

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(3, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Assert.Equal(0, bench.Device.Counters.CountOf("NOOP"));

        // Each command comes after the answer to the one before.
        Assert.DoesNotContain(lines.Where(line => line.Direction == ">" || !line.Line.StartsWith('1')).Pairwise(), pair => pair is { First.Direction: ">", Second.Direction: ">" });
    }
}

/// <summary>What the tests look at in pairs.</summary>
internal static class Pairs
{
    public static IEnumerable<(T First, T Second)> Pairwise<T>(this IEnumerable<T> items)
    {
        var list = items.ToList();
        return list.Zip(list.Skip(1));
    }
}
