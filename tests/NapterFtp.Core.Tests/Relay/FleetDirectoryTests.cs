using Microsoft.Extensions.Time.Testing;
using NapterFtp.Relay;

namespace NapterFtp.Core.Tests.Relay;

/// <summary>Which device a login names, and what it costs to know.</summary>
public sealed class FleetDirectoryTests
{
    private readonly FakeSims _sims = new();
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task An_IMSI_is_used_as_it_is_and_a_name_by_its_SIM_ID()
    {
        var directory = Directory();
        Assert.Equal(DeviceTarget.FromImsi(FakeSims.Pump), (await FindAsync(directory, FakeSims.Pump)).Device);
        Assert.Equal(DeviceTarget.FromSimId(FakeSims.SimIdOf(FakeSims.Pump)), (await FindAsync(directory, FakeSims.SimIdOf(FakeSims.Pump))).Device);
        Assert.Equal(DeviceTarget.FromSimId(FakeSims.SimIdOf(FakeSims.Pump)), (await FindAsync(directory, "PUMP 7")).Device);
        Assert.Equal(DeviceTarget.FromSimId(FakeSims.SimIdOf(FakeSims.Gate)), (await FindAsync(directory, "水門")).Device);
    }

    [Fact]
    public async Task A_name_that_two_devices_have_is_neither_of_them_unless_their_case_differs()
    {
        _sims.Sims.Add(FakeSims.Sim("001010000000005", "Gate"));
        _sims.Sims.Add(FakeSims.Sim("001010000000006", "gate"));
        var directory = Directory();
        Assert.Equal(FleetMatch.Several, (await FindAsync(directory, "twin")).Match);
        Assert.Equal(FleetMatch.Several, (await FindAsync(directory, "GATE")).Match);
        Assert.Equal(FakeSims.SimIdOf("001010000000006"), (await FindAsync(directory, "gate")).Device?.SimId);
    }

    [Fact]
    public async Task A_number_is_never_taken_for_the_name_of_another_device()
    {
        _sims.Sims.Add(FakeSims.Sim("001010000000005", FakeSims.Pump));
        Assert.Equal(DeviceTarget.FromImsi(FakeSims.Pump), (await FindAsync(Directory(), FakeSims.Pump)).Device);
    }

    [Theory]
    [InlineData("00101000000000[12]")]
    [InlineData("PUMP*")]
    [InlineData("8981100000*1")]
    [InlineData("tag:line")]
    [InlineData("tag:site=no*")]
    [InlineData("TAG:S?te=NORTH")]
    public async Task A_device_is_allowed_by_wildcards_over_its_numbers_its_name_and_its_tags(string pattern)
    {
        var directory = Directory(pattern);
        Assert.Equal(FleetMatch.One, (await FindAsync(directory, FakeSims.Pump)).Match);
        Assert.Equal(FleetMatch.One, (await FindAsync(directory, "pump 7")).Match);
        Assert.Equal(FleetMatch.NotAllowed, (await FindAsync(directory, FakeSims.Twin)).Match);
        Assert.Equal(FleetMatch.NotAllowed, (await FindAsync(directory, "twin")).Match);
    }

    [Theory]
    [InlineData("tag:site=west")]
    [InlineData("tag:north")]
    [InlineData("pump")]
    [InlineData("north")]
    public async Task A_pattern_that_does_not_fit_lets_nothing_in(string pattern) =>
        Assert.Equal(FleetMatch.NotAllowed, (await FindAsync(Directory(pattern), "pump 7")).Match);

    [Fact]
    public async Task Of_two_devices_of_one_name_the_one_that_is_allowed_is_meant() =>
        Assert.Equal(FakeSims.SimIdOf(FakeSims.Twin), (await FindAsync(Directory(FakeSims.Twin), "twin")).Device?.SimId);

    [Fact]
    public async Task The_list_is_read_once_a_minute_and_once_more_for_a_name_that_is_not_on_it()
    {
        var directory = Directory();
        await FindAsync(directory, "pump 7");
        await FindAsync(directory, "水門");
        Assert.Equal(1, _sims.Lists);

        _time.Advance(TimeSpan.FromSeconds(10));
        _sims.Sims.Add(FakeSims.Sim("001010000000009", "new"));
        Assert.Equal(FleetMatch.One, (await FindAsync(directory, "new")).Match);
        Assert.Equal(2, _sims.Lists);

        // Names that are made up do not cost a reading each.
        Assert.Equal(FleetMatch.None, (await FindAsync(directory, "made up")).Match);
        Assert.Equal(FleetMatch.None, (await FindAsync(directory, "made up too")).Match);
        Assert.Equal(2, _sims.Lists);

        _time.Advance(TimeSpan.FromSeconds(61));
        await FindAsync(directory, "pump 7");
        Assert.Equal(3, _sims.Lists);
    }

    [Fact]
    public async Task A_number_costs_one_call_and_no_reading_of_the_list()
    {
        var directory = Directory();
        await FindAsync(directory, FakeSims.Pump);
        await FindAsync(directory, FakeSims.Pump);
        Assert.Equal((1, 0), (_sims.LookUps, _sims.Lists));
        _time.Advance(TimeSpan.FromSeconds(61));
        await FindAsync(directory, FakeSims.Pump);
        Assert.Equal((2, 0), (_sims.LookUps, _sims.Lists));
    }

    [Fact]
    public async Task What_could_not_be_read_is_asked_for_again()
    {
        var directory = Directory();
        _sims.Failure = new NapterFtpException("SoracomUnreachable", NapterFtpErrorKind.Connection, "No way.");
        await Assert.ThrowsAsync<NapterFtpException>(() => FindAsync(directory, "pump 7"));
        await Assert.ThrowsAsync<NapterFtpException>(() => FindAsync(directory, FakeSims.Pump));
        _sims.Failure = null;
        Assert.Equal(FleetMatch.One, (await FindAsync(directory, "pump 7")).Match);
        Assert.Equal(FleetMatch.One, (await FindAsync(directory, FakeSims.Pump)).Match);
    }

    private FleetDirectory Directory(params string[] allowed) => new(_sims, new AllowedDevices(allowed), _time);

    private static Task<FleetFinding> FindAsync(FleetDirectory directory, string text) => directory.FindAsync(text, TestContext.Current.CancellationToken);
}
