using Microsoft.Extensions.Time.Testing;
using NapterFtp.Entries;

namespace NapterFtp.Core.Tests.Entries;

public sealed class EntryWatchTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void The_rate_is_what_moved_between_two_looks()
    {
        var watch = new EntryWatch(_time);
        _time.Advance(TimeSpan.FromSeconds(1));
        watch.Look([Port("1", 500, 0)]);
        _time.Advance(TimeSpan.FromSeconds(2));

        var seen = Assert.Single(watch.Look([Port("1", 2_500, 100)]));

        Assert.Equal((1_000, 50, 2_500), (seen.RateFromDevice, seen.RateToDevice, seen.BytesFromDevice));
    }

    [Fact]
    public void What_a_new_port_has_moved_counts_since_the_look_before()
    {
        var watch = new EntryWatch(_time);
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(25, Assert.Single(watch.Look([Port("1", 100, 0)])).RateFromDevice);
    }

    [Fact]
    public void A_port_that_went_away_is_forgotten_and_no_time_gives_no_rate()
    {
        var watch = new EntryWatch(_time);
        watch.Look([Port("1", 100, 0)]);
        Assert.Empty(watch.Look([]));
        Assert.Equal(0, Assert.Single(watch.Look([Port("1", 100, 0)])).RateFromDevice);
    }

    [Fact]
    public void The_age_counts_from_the_entry_and_is_never_negative()
    {
        var watch = new EntryWatch(_time);
        var port = Port("1", 0, 0) with { CreatedAt = _time.GetUtcNow() + TimeSpan.FromSeconds(5) };
        Assert.Equal(TimeSpan.Zero, watch.Look([port])[0].Age);
        _time.Advance(TimeSpan.FromSeconds(65));
        Assert.Equal(TimeSpan.FromMinutes(1), watch.Look([port])[0].Age);
    }

    private static NapterPort Port(string id, long fromDevice, long toDevice) =>
        new() { PortId = id, DevicePort = 21, BytesFromDevice = fromDevice, BytesToDevice = toDevice };
}
