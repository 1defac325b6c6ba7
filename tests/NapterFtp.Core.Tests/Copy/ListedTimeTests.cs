using System.Globalization;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>Times and lengths as devices list them: a second run over unchanged files copies nothing.</summary>
public sealed class ListedTimeTests
{
    // Local time of a device with summer time, an hour or two ahead of UTC.
    private static readonly Func<DateTime, int> Central = utc => utc >= LastSunday(utc.Year, 3).AddHours(1) && utc < LastSunday(utc.Year, 10).AddHours(1) ? 2 : 1;

    [Fact]
    public async Task Winter_and_summer_files_are_unchanged_whatever_the_season()
    {
        var times = new Dictionary<string, DateTime>();
        await using var bench = new OddBench(Serve(times, Central, "yyyy-MM-dd HH:mm"));
        foreach (var (name, utc) in new[]
        {
            ("winter", "2024-01-15 10:22"), ("december", "2023-12-31 23:30"), ("summer", "2024-07-15 10:22"), ("june", "2023-06-01 00:10"),
            ("march before", "2024-03-30 12:00"), ("march after", "2024-03-31 12:00"), ("october before", "2023-10-28 12:00"), ("october after", "2023-10-30 12:00"),
        })
        {
            times["/" + name] = DateTime.Parse(utc, CultureInfo.InvariantCulture);
            bench.Server.With("/" + name);
        }

        await AssertSecondRunCopiesNothingAsync(bench, 8);
        Assert.All(times, file => Assert.Equal(file.Value, File.GetLastWriteTimeUtc(bench.LocalPath(file.Key[1..]))));
        Assert.InRange(bench.Server.Verbs.Count(verb => verb == "MDTM"), 1, 8);
    }

    [Fact]
    public async Task A_device_without_summer_time_is_asked_for_two_times_at_most()
    {
        var times = new Dictionary<string, DateTime>();
        await using var bench = new OddBench(Serve(times, _ => 9, "yyyy-MM-dd HH:mm"));
        for (var month = 1; month <= 12; month++)
        {
            times[$"/{month}"] = new DateTime(2023, month, 20, 1, 2, 0, DateTimeKind.Utc);
            bench.Server.With($"/{month}");
        }

        var found = await bench.FindAsync("/");

        Assert.All(found, entry => Assert.Equal(times[entry.FullName], entry.Modified!.Value.UtcDateTime));
        Assert.Equal(2, bench.Server.Verbs.Count(verb => verb == "MDTM"));
        await bench.FindAsync("/");
        Assert.Equal(2, bench.Server.Verbs.Count(verb => verb == "MDTM"));
    }

    [Fact]
    public async Task A_zone_that_the_user_tells_is_believed_summer_and_winter_and_nothing_is_asked()
    {
        var times = new Dictionary<string, DateTime>();
        await using var bench = new OddBench(Serve(times, Central, "yyyy-MM-dd HH:mm"));
        bench.Options = bench.Options with { TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin") };
        foreach (var (name, utc) in new[] { ("winter", "2024-01-15 10:22"), ("summer", "2024-07-15 10:22"), ("october", "2023-10-30 12:00") })
        {
            times["/" + name] = DateTime.Parse(utc, CultureInfo.InvariantCulture);
            bench.Server.With("/" + name);
        }

        var found = await bench.FindAsync("/");

        Assert.All(found, entry => Assert.Equal(times[entry.FullName], entry.Modified!.Value.UtcDateTime));
        Assert.DoesNotContain("MDTM", bench.Server.Verbs);
    }

    [Theory]
    [InlineData(-8)]
    [InlineData(-11)]
    [InlineData(9)]
    [InlineData(13)]
    public async Task Files_listed_with_days_only_are_unchanged_in_any_zone(int hours)
    {
        var times = new Dictionary<string, DateTime>();
        await using var bench = new OddBench(Serve(times, _ => hours, "MMM dd  yyyy"));
        foreach (var hour in new[] { 0, 7, 12, 20, 23 })
        {
            times[$"/{hour}"] = new DateTime(2021, 5, 6, hour, 30, 0, DateTimeKind.Utc);
            bench.Server.With($"/{hour}");
        }

        await AssertSecondRunCopiesNothingAsync(bench, 5);
    }

    [Theory]
    [InlineData("dd/MM/yy HH:mm")]
    [InlineData("MM-dd-yy hh:mm tt")]
    [InlineData("yy-MM-dd HH:mm")]
    [InlineData("dd-MMM-yy HH:mm")]
    [InlineData("MMM dd HH:mm:ss yyyy")]
    public async Task Dates_of_any_order_with_years_of_two_digits_are_unchanged(string format)
    {
        var times = new Dictionary<string, DateTime>();
        await using var bench = new OddBench(Serve(times, _ => 9, format));
        foreach (var (name, utc) in new[] { ("a", "2024-01-02 23:30"), ("b", "2024-03-15 13:05"), ("c", "2023-11-30 03:00"), ("d", "2022-12-25 12:59") })
        {
            times["/" + name] = DateTime.Parse(utc, CultureInfo.InvariantCulture);
            bench.Server.With("/" + name);
        }

        await AssertSecondRunCopiesNothingAsync(bench, 4);
        Assert.All(times, file => Assert.Equal(file.Value, File.GetLastWriteTimeUtc(bench.LocalPath(file.Key[1..]))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(-3)]
    public async Task At_the_turn_of_the_year_nothing_changes_whatever_the_devices_clock(int daysAhead)
    {
        var times = new Dictionary<string, DateTime>();
        await using var bench = new OddBench(Serve(times, _ => 9, "MMM dd HH:mm"));
        var eve = new DateTime(2023, 12, 31, 20, 0, 0, DateTimeKind.Utc);
        foreach (var hours in new[] { 0, 2, 30, 300 })
        {
            times[$"/{hours}"] = eve.AddDays(daysAhead).AddHours(-hours);
            bench.Server.With($"/{hours}");
        }

        await bench.ForgetAsync(eve.AddHours(1));
        await bench.CopyAsync(bench.Mirror());
        Assert.Equal(4, bench.Log.Count(NapterFtpTransferStatus.Copied));

        foreach (var days in new[] { 0, 1, 5 })
        {
            await bench.ForgetAsync(eve.AddHours(1).AddDays(days));
            await bench.CopyAsync(bench.Mirror());
            Assert.DoesNotContain(bench.Log.Transfers, transfer => transfer.Status != NapterFtpTransferStatus.Skipped);
        }
    }

    [Theory]
    [InlineData(512)]
    [InlineData(1024)]
    public async Task Lengths_listed_in_blocks_are_unknown_and_the_files_unchanged(int block)
    {
        await using var bench = new OddBench(new OddServer().With("/a.txt", "/b.txt", "/c.txt"));
        bench.Server.Lines = (verb, folder) => verb == "LIST"
            ? bench.Server.Files.Select(file => $"-rw-r--r-- 1 ftp ftp {(file.Value.Length + block - 1) / block} Jan  2  2024 {file.Key[1..]}")
            : null;

        await AssertSecondRunCopiesNothingAsync(bench, 3);
        Assert.All(await bench.FindAsync("/"), entry => Assert.Null(entry.Length));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("-2147483648")]
    [InlineData("1.2K")]
    public async Task Files_whose_length_the_listing_does_not_tell_are_copied_whole(string length)
    {
        await using var bench = new OddBench(new OddServer().With("/a.txt", "/b.txt"));
        bench.Server.Lines = (verb, folder) => verb == "LIST" ? bench.Server.Files.Keys.Select(path => $"-rw-r--r-- 1 ftp ftp {length} Jan  2  2024 {path[1..]}") : null;

        await AssertSecondRunCopiesNothingAsync(bench, 2);
        Assert.All(bench.Server.Files, file => Assert.Equal(file.Value, File.ReadAllBytes(bench.LocalPath(file.Key[1..]))));
        Assert.Empty(bench.Warnings);
    }

    private static async Task AssertSecondRunCopiesNothingAsync(OddBench bench, int files)
    {
        await bench.CopyAsync(bench.Mirror());
        Assert.Empty(bench.Log.Errors);
        Assert.Equal(files, bench.Log.Count(NapterFtpTransferStatus.Copied));

        // With and without what was learnt.
        await bench.CopyAsync(bench.Mirror());
        Assert.Equal(files, bench.Log.Count(NapterFtpTransferStatus.Skipped));
        await bench.ForgetAsync();
        await bench.CopyAsync(bench.Mirror());
        Assert.Equal(files, bench.Log.Count(NapterFtpTransferStatus.Skipped));
    }

    private static OddServer Serve(Dictionary<string, DateTime> times, Func<DateTime, int> offset, string format) => new()
    {
        Mdtm = path => times[path].ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture),
        ListTime = path => times[path].AddHours(offset(times[path])).ToString(format, CultureInfo.InvariantCulture),
    };

    private static DateTime LastSunday(int year, int month)
    {
        var last = new DateTime(year, month, DateTime.DaysInMonth(year, month), 0, 0, 0, DateTimeKind.Utc);
        return last.AddDays(-(int)last.DayOfWeek);
    }
}
