using NapterFtp.Pulls;

namespace NapterFtp.Core.Tests.Pulls;

public sealed class PullTriggerTests
{
    public static TheoryData<string, string, string, string[]> Times => new()
    {
        // Cron; the zone; from; the next times, in UTC.
        { "30 2 * * *", "Asia/Tokyo", "2026-11-01T00:00Z", ["2026-11-01T17:30Z", "2026-11-02T17:30Z"] },
        { "*/15 * * * *", "UTC", "2026-11-01T00:50Z", ["2026-11-01T01:00Z", "2026-11-01T01:15Z"] },
        { "0 6 * * 1-5", "UTC", "2026-11-06T06:00Z", ["2026-11-09T06:00Z", "2026-11-10T06:00Z"] },
        { "0 0 1 * 7", "UTC", "2026-11-02T00:00Z", ["2026-11-08T00:00Z", "2026-11-15T00:00Z", "2026-11-22T00:00Z", "2026-11-29T00:00Z", "2026-12-01T00:00Z"] },
        { "@daily", "UTC", "2026-11-01T00:00Z", ["2026-11-02T00:00Z"] },

        // The clocks go forward on 29 March at 2:00, back on 25 October at 3:00.
        { "30 2 * * *", "Europe/Berlin", "2026-03-28T00:00Z", ["2026-03-28T01:30Z", "2026-03-29T01:00Z", "2026-03-30T00:30Z"] },
        { "30 2 * * *", "Europe/Berlin", "2026-10-24T00:00Z", ["2026-10-24T00:30Z", "2026-10-25T00:30Z", "2026-10-26T01:30Z"] },
        { "0,30 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z", ["2026-10-25T00:00Z", "2026-10-25T00:30Z", "2026-10-26T01:00Z"] },
        { "30 * * * *", "Europe/Berlin", "2026-10-24T23:00Z", ["2026-10-24T23:30Z", "2026-10-25T00:30Z", "2026-10-25T01:30Z", "2026-10-25T02:30Z"] },
        { "30 * * * *", "Europe/Berlin", "2026-03-29T00:00Z", ["2026-03-29T00:30Z", "2026-03-29T01:00Z", "2026-03-29T01:30Z"] },

        // By half an hour only; at midnight; where summer is the zone's standard time.
        { "45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00Z", ["2026-04-04T14:45Z", "2026-04-05T15:15Z"] },
        { "15 0 * * *", "Africa/Cairo", "2026-04-23T00:00Z", ["2026-04-23T22:00Z", "2026-04-24T21:15Z"] },
        { "*/20 0-3 * * *", "Africa/Casablanca", "2019-06-09T01:00Z", ["2019-06-09T01:20Z", "2019-06-09T01:40Z", "2019-06-09T02:00Z", "2019-06-09T02:20Z", "2019-06-09T02:40Z", "2019-06-09T23:00Z"] },
        { "0 2 * * *", "Africa/Casablanca", "2026-02-14T12:00Z", ["2026-02-15T01:00Z", "2026-02-16T02:00Z"] },

        // Names of months and days of the week.
        { "0 0 1 feb-DEC/4 *", "UTC", "2026-01-01T00:00Z", ["2026-02-01T00:00Z", "2026-06-01T00:00Z", "2026-10-01T00:00Z", "2027-02-01T00:00Z"] },
        { "0 0 1 may-12/3 *", "UTC", "2026-01-01T00:00Z", ["2026-05-01T00:00Z", "2026-08-01T00:00Z", "2026-11-01T00:00Z"] },
        { "0 0 * * FRI-SUN", "UTC", "2026-11-05T00:00Z", ["2026-11-06T00:00Z", "2026-11-07T00:00Z", "2026-11-08T00:00Z", "2026-11-13T00:00Z"] },
        { "0 0 * * mon,THU", "UTC", "2026-11-01T00:00Z", ["2026-11-02T00:00Z", "2026-11-05T00:00Z", "2026-11-09T00:00Z"] },
    };

    [Theory]
    [MemberData(nameof(Times))]
    public void The_next_times_are_those_of_the_zones_clock(string cron, string zone, string from, string[] expected)
    {
        var trigger = PullTrigger.Of(Pull(cron) with { TimeZone = zone });
        var time = DateTimeOffset.Parse(from, null);
        foreach (var next in expected)
        {
            time = trigger.NextAfter(time)!.Value;
            Assert.Equal(DateTimeOffset.Parse(next, null), time);
        }
    }

    [Theory]
    [MemberData(nameof(Times))]
    public void The_last_time_is_the_one_before_the_next(string cron, string zone, string from, string[] expected)
    {
        var trigger = PullTrigger.Of(Pull(cron) with { TimeZone = zone });
        foreach (var text in expected)
        {
            var time = DateTimeOffset.Parse(text, null);
            Assert.Equal(time, trigger.LastUpTo(time));
            Assert.Equal(time, trigger.LastUpTo(trigger.NextAfter(time)!.Value.AddSeconds(-1)));
        }

        Assert.NotEqual(DateTimeOffset.MinValue, DateTimeOffset.Parse(from, null));
    }

    [Fact]
    public void Times_of_the_day_are_those_of_each_day()
    {
        var trigger = PullTrigger.Of(Pull(null) with { At = ["18:00", "2:30"], TimeZone = "Asia/Tokyo" });
        var start = new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.FromHours(9));
        var first = trigger.NextAfter(start)!.Value;
        Assert.Equal(start.AddHours(2.5), first);
        Assert.Equal(start.AddHours(18), trigger.NextAfter(first));
        Assert.Equal(start.AddHours(-6), trigger.LastUpTo(start));
    }

    [Fact]
    public void An_interval_comes_at_the_same_moments_whoever_counts()
    {
        var trigger = PullTrigger.Of(Pull(null) with { Every = TimeSpan.FromMinutes(15) });
        var at = new DateTimeOffset(2026, 11, 1, 10, 7, 12, TimeSpan.Zero);
        Assert.Equal(new DateTimeOffset(2026, 11, 1, 10, 15, 0, TimeSpan.Zero), trigger.NextAfter(at));
        Assert.Equal(new DateTimeOffset(2026, 11, 1, 10, 0, 0, TimeSpan.Zero), trigger.LastUpTo(at));
        Assert.Equal(new DateTimeOffset(2026, 11, 1, 10, 15, 0, TimeSpan.Zero), trigger.NextAfter(trigger.LastUpTo(at)!.Value));
    }

    [Fact]
    public void A_day_that_comes_in_leap_years_only_is_found_both_ways()
    {
        var trigger = PullTrigger.Of(Pull("0 0 29 2 *") with { TimeZone = "UTC" });
        var now = new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(new DateTimeOffset(2028, 2, 29, 0, 0, 0, TimeSpan.Zero), trigger.NextAfter(now));
        Assert.Equal(new DateTimeOffset(2024, 2, 29, 0, 0, 0, TimeSpan.Zero), trigger.LastUpTo(now));
    }

    [Fact]
    public void A_computer_that_slept_through_several_times_makes_one_run_of_them_or_none()
    {
        var trigger = PullTrigger.Of(Pull("30 2 * * *") with { TimeZone = "UTC" });
        var last = new DateTimeOffset(2026, 11, 1, 2, 30, 0, TimeSpan.Zero);
        var woke = new DateTimeOffset(2026, 11, 4, 9, 0, 0, TimeSpan.Zero);
        Assert.Equal(new DateTimeOffset(2026, 11, 4, 2, 30, 0, TimeSpan.Zero), trigger.DueAt(last, woke, NapterMissedRun.Now));
        Assert.Null(trigger.DueAt(last, woke, NapterMissedRun.Skip));
        var onTime = last.AddDays(1).AddSeconds(4);
        Assert.Equal(last.AddDays(1), trigger.DueAt(last, onTime, NapterMissedRun.Skip));
        Assert.Null(trigger.DueAt(last.AddDays(1), onTime, NapterMissedRun.Now));
    }

    [Fact]
    public void A_clock_that_is_set_back_runs_what_comes_then_and_makes_up_for_nothing()
    {
        var trigger = PullTrigger.Of(Pull("30 2 * * *") with { TimeZone = "UTC" });
        var last = new DateTimeOffset(2030, 1, 1, 2, 30, 0, TimeSpan.Zero);
        var due = new DateTimeOffset(2026, 11, 4, 2, 30, 0, TimeSpan.Zero);
        Assert.Equal(due, trigger.DueAt(last, due.AddSeconds(4), NapterMissedRun.Now));
        Assert.Null(trigger.DueAt(last, due.AddHours(4), NapterMissedRun.Now));

        // A clock that is half a minute behind another's is not set back.
        Assert.Null(trigger.DueAt(due.AddSeconds(30), due, NapterMissedRun.Now));
    }

    [Fact]
    public void Devices_are_spread_over_the_window_each_always_at_its_place()
    {
        var pull = Pull("0 0 * * *") with { Window = TimeSpan.FromHours(4), Jitter = TimeSpan.FromMinutes(5) };
        var spread = Enumerable.Range(0, 1_000)
            .Select(number => new DeviceKey($"89811000000000{number:00000}", SimService.Air, null, 21))
            .Select(device => PullTrigger.SpreadOf(pull, device)).ToList();
        Assert.All(spread, span => Assert.InRange(span, TimeSpan.Zero, TimeSpan.FromHours(4)));
        Assert.All(Enumerable.Range(0, 4), hour => Assert.InRange(spread.Count(span => (int)span.TotalHours == hour), 180, 320));
        Assert.Equal(PullTrigger.SpreadOf(pull, HistoryBench.Station), PullTrigger.SpreadOf(pull with { Name = "NIGHTLY" }, HistoryBench.Station));
        Assert.Equal(TimeSpan.Zero, PullTrigger.SpreadOf(pull with { Window = null }, HistoryBench.Station));

        var day = HistoryBench.Written;
        Assert.InRange(PullTrigger.JitterOf(pull, day), TimeSpan.Zero, TimeSpan.FromMinutes(5));
        Assert.NotEqual(PullTrigger.JitterOf(pull, day), PullTrigger.JitterOf(pull, day.AddDays(1)));
    }

    [Theory]
    [InlineData("61 * * * *", "cron")]
    [InlineData("99 * * * *", "cron")]
    [InlineData("0 98 * * *", "cron")]
    [InlineData("0 0 100000000000000000000 * *", "cron")]
    [InlineData("* * *", "cron")]
    [InlineData("0 0 30 2 *", "cron")]
    [InlineData("* * * * * *", "cron")]
    [InlineData("H 2 * * *", "cron")]
    [InlineData("", "cron")]
    public void A_cron_line_that_is_none_is_refused(string cron, string property)
    {
        var error = Assert.Throws<NapterFtpException>(() => PullTrigger.Of(Pull(cron)));
        Assert.Equal(("InvalidPull", property), (error.ErrorId, error.Target));
        Assert.DoesNotContain("Quartz", error.Message, StringComparison.Ordinal);
    }

    internal static NapterPull Pull(string? cron) => new() { Name = "nightly", Imsi = ["001010000000001"], Path = ["/log/*"], Destination = "/in", Cron = cron };
}
