using NapterFtp.Copy;
using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>Logs that grow, and files that are kept in all their versions.</summary>
public sealed class AppendTests
{
    [Theory]
    [InlineData(100_000, 20_000)]
    [InlineData(3000, 200)]
    public async Task Only_what_was_added_to_a_log_is_fetched(int before, int added)
    {
        await using var bench = await ClientBench.StartAsync();
        var source = Path.Combine(bench.Root, "log.csv");
        File.WriteAllText(source, new string('a', before));
        var pull = bench.Pull() with { IfExists = NapterFtpIfExists.Append };
        await bench.CopyAsync(pull);

        File.AppendAllText(source, new string('b', added));
        await bench.CopyAsync(pull);

        Assert.Empty(bench.Log.Errors);
        Assert.InRange(Assert.Single(bench.Log.Transfers).Transferred, added, added + 4096);
        Tree.AssertSame(bench.Root, bench.Local, TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData(50_000)]
    [InlineData(500)]
    [InlineData(300_000)]
    public async Task A_log_that_was_rotated_begins_a_new_file_and_the_old_one_is_kept(int length)
    {
        await using var bench = await ClientBench.StartAsync();
        var source = Path.Combine(bench.Root, "log.csv");
        File.WriteAllText(source, new string('a', 100_000));
        var pull = bench.Pull() with { IfExists = NapterFtpIfExists.Append };
        await bench.CopyAsync(pull);

        File.WriteAllText(source, new string('c', length));
        await bench.CopyAsync(pull);

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["log (1).csv", "log.csv"], Tree.Names(bench.Local));
        Assert.Equal(new string('a', 100_000), File.ReadAllText(Path.Combine(bench.Local, "log (1).csv")));
        Assert.Equal(new string('c', length), File.ReadAllText(Path.Combine(bench.Local, "log.csv")));
    }

    [Fact]
    public async Task A_log_that_grows_while_it_is_fetched_is_had_as_far_as_it_went_and_its_source_stays()
    {
        await using var bench = await ClientBench.StartAsync();
        var source = Path.Combine(bench.Root, "log.csv");
        File.WriteAllText(source, new string('a', 100_000));
        bench.Device.Faults.Arm(DeviceFault.ChangeFile(path => File.AppendAllText(path, new string('b', 300)), "RETR") with { Count = int.MaxValue });
        var pull = bench.Pull() with { IfExists = NapterFtpIfExists.Append, Retry = RetryPolicy.None };

        await bench.CopyAsync(pull);
        Assert.Empty(bench.Log.Errors);
        Assert.Equal(NapterFtpTransferStatus.Copied, Assert.Single(bench.Log.Transfers).Status);
        Assert.StartsWith(new string('a', 100_000), File.ReadAllText(Path.Combine(bench.Local, "log.csv")), StringComparison.Ordinal);

        File.AppendAllText(source, new string('c', 50_000));
        await bench.CopyAsync(pull with { RemoveSource = true });
        Assert.Equal("SourceNotRemoved", Assert.Single(bench.Log.Errors).ErrorId);
        Assert.Equal(["log.csv"], Tree.Names(bench.Root));
    }

    [Fact]
    public async Task An_unchanged_log_is_not_asked_for()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "log.csv"), 5000);
        var pull = bench.Pull() with { IfExists = NapterFtpIfExists.Append };
        await bench.CopyAsync(pull);
        await bench.CopyAsync(pull);

        Assert.Equal(NapterFtpTransferStatus.Skipped, Assert.Single(bench.Log.Transfers).Status);
    }

    [Fact]
    public async Task Each_version_of_a_file_gets_a_name_of_its_own_and_none_comes_twice()
    {
        await using var bench = await ClientBench.StartAsync();
        var source = Path.Combine(bench.Root, "report.csv");
        var pull = bench.Pull() with { IfExists = NapterFtpIfExists.Rename };
        foreach (var length in new[] { 500, 600, 700 })
        {
            Tree.Add(source, length, new DateTime(2026, 1, length / 100, 0, 0, 0, DateTimeKind.Utc));
            await bench.CopyAsync(pull);
            await bench.CopyAsync(pull);
            Assert.Equal(NapterFtpTransferStatus.Skipped, Assert.Single(bench.Log.Transfers).Status);
        }

        Assert.Equal(["report (1).csv", "report (2).csv", "report.csv"], Tree.Names(bench.Local));
        Assert.Equal(500, new FileInfo(Path.Combine(bench.Local, "report.csv")).Length);
        Assert.Equal(700, new FileInfo(Path.Combine(bench.Local, "report (2).csv")).Length);
    }

    [Theory]
    [InlineData("a.csv", "a (1).csv")]
    [InlineData("a", "a (1)")]
    [InlineData(".profile", ".profile (1)")]
    [InlineData("a.tar.gz", "a.tar (1).gz")]
    public void A_number_comes_before_the_extension(string name, string expected) => Assert.Equal(expected, NumberedName.With(name, 1));
}
