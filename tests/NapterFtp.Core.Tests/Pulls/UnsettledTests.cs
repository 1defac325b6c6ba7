using System.Security.Cryptography;
using System.Text;
using NapterFtp.Pulls;
using static NapterFtp.Core.Tests.Pulls.HistoryBench;

namespace NapterFtp.Core.Tests.Pulls;

/// <summary>A pull that ended between any two steps of a file's arrival.</summary>
public sealed class UnsettledTests(Stores stores)
{
    private static readonly DateTimeOffset Intended = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<bool, bool, string?, int, bool, bool> Places => new()
    {
        // The partial file is there; hash known; the destination's content; its age against the intent, in hours; whether the file had its name.
        { true, false, null, 0, false, false },
        { true, false, "hello", -1, false, false },
        { true, false, "other!", 1, false, false },
        { true, true, null, 0, false, false },
        { true, true, "hello", 0, false, true },
        { true, true, "HELLO", 1, false, false },
        { false, false, null, 0, false, true },
        { false, true, null, 0, false, true },
        { false, false, "hello", -1, false, true },
        { false, true, "hello", -1, false, true },
        { false, true, "HELLO", -1, false, false },
        { false, false, "other!", -1, false, false },
        { false, false, "other!", 1, false, true },
        { false, true, "HELLO", 1, false, true },
        { false, false, "hello!", -1, true, true },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public void What_lies_there_tells_whether_the_file_had_its_name(bool partial, bool hashed, string? content, int age, bool changedLater, bool expected)
    {
        var hash = Convert.ToHexString(SHA256.HashData("hello"u8));
        var file = new UnsettledFile("p", "d", 5, hashed ? hash : null, Intended);
        var appeared = Intended.AddHours(age);
        var placed = content is null
            ? null
            : new PlacedFile(
                content.Length, appeared, changedLater ? Intended.AddHours(1) : appeared.AddDays(-30),
                wanted => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(content))) == wanted);
        Assert.Equal(expected, UnsettledFile.HadItsName(file, new PlacesNow(partial, placed)));
    }

    public static TheoryData<string, string> Steps
    {
        get
        {
            var steps = new TheoryData<string, string>();
            foreach (var kind in new[] { Stores.Sqlite, Stores.PostgreSql })
            {
                foreach (var step in new[] { "before the intent", "before the name", "before the settling", "before the settling, and moved away", "before the settling, and replaced", "at the end" })
                {
                    steps.Add(kind, step);
                }
            }

            return steps;
        }
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_pull_that_is_killed_between_two_steps_brings_each_file_once(string kind, string killed)
    {
        await using var bench = await StartAsync(stores, kind);
        var version = Version("/log.csv");
        var dead = await bench.WriterAsync();
        var arrival = bench.Arrival(version);
        if (killed != "before the intent")
        {
            var intent = await dead.IntendAsync(arrival, Token);
            if (killed != "before the name")
            {
                TakeName(arrival);
                if (killed.EndsWith("moved away", StringComparison.Ordinal))
                {
                    File.Delete(arrival.Destination);
                }
                else if (killed.EndsWith("replaced", StringComparison.Ordinal))
                {
                    await Task.Run(() => File.Delete(arrival.Destination), Token);
                    await File.WriteAllTextAsync(arrival.Destination, "another version", Token);
                }
                else if (killed == "at the end")
                {
                    await dead.SettleAsync(intent, Result("/log.csv", arrival.Destination, NapterFtpTransferStatus.Copied), Token);
                }
            }
        }

        bench.Kill(dead);

        var next = await bench.WriterAsync();
        var known = (await next.FindAsync(Station, [version], Token)).Contains(version);
        Assert.Equal(killed is not ("before the intent" or "before the name"), known);
        if (!known)
        {
            await bench.CopyAsync(next, version);
        }

        var records = await bench.RecordsAsync();
        Assert.Single(records, record => record.Outcome == NapterPullOutcome.Copied);
        Assert.DoesNotContain(records, record => record.Outcome == NapterPullOutcome.Intended);
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task What_another_computer_has_left_unsettled_is_its_own_to_settle(string kind)
    {
        await using var bench = await StartAsync(stores, kind);
        var other = await bench.WriterAsync("there");
        await other.IntendAsync(bench.Arrival(Version("/log.csv")), Token);
        bench.Kill(other);

        Assert.Empty(await (await bench.WriterAsync("here")).FindAsync(Station, [Version("/log.csv")], Token));
        Assert.Equal(NapterPullOutcome.Intended, Assert.Single(await bench.RecordsAsync()).Outcome);

        // Whoever looks is told who would know, once it is no matter of seconds any more.
        Assert.Null(Assert.Single(await bench.RecordsAsync()).Error);
        bench.Time.Advance(TimeSpan.FromMinutes(3));
        Assert.Contains($"'{Environment.MachineName}'", Assert.Single(await bench.RecordsAsync()).Error, StringComparison.Ordinal);

        await (await bench.WriterAsync("there")).FindAsync(Station, [], Token);
        Assert.Equal(NapterPullOutcome.Failed, Assert.Single(await bench.RecordsAsync()).Outcome);
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task What_a_living_process_is_about_to_settle_is_left_to_it(string kind)
    {
        await using var bench = await StartAsync(stores, kind);
        var version = Version("/log.csv");
        var living = await bench.WriterAsync();
        var arrival = bench.Arrival(version);
        var intent = await living.IntendAsync(arrival, Token);

        Assert.Empty(await (await bench.WriterAsync()).FindAsync(Station, [version], Token));
        Assert.Equal(NapterPullOutcome.Intended, Assert.Single(await bench.RecordsAsync()).Outcome);

        TakeName(arrival);
        await living.SettleAsync(intent, Result("/log.csv", arrival.Destination, NapterFtpTransferStatus.Copied), Token);
        Assert.Equal([version], await (await bench.WriterAsync()).FindAsync(Station, [version], Token));
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task A_file_that_cannot_be_looked_at_stops_the_pull(string kind)
    {
        await using var bench = await StartAsync(stores, kind);
        var dead = await bench.WriterAsync();
        var arrival = bench.Arrival(Version("/log.csv"), hash: "00");
        await dead.IntendAsync(arrival, Token);
        TakeName(arrival);
        bench.Kill(dead);
        using var held = new FileStream(arrival.Destination, FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        var history = await bench.WriterAsync();
        var error = await Assert.ThrowsAsync<NapterFtpException>(() => history.FindAsync(Station, [], Token));
        Assert.Equal("UnsettledFileUnreadable", error.ErrorId);
        Assert.Equal(NapterPullOutcome.Intended, Assert.Single(await bench.RecordsAsync()).Outcome);
    }
}
