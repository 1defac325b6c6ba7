using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using NapterFtp.Entries;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Entries;

public sealed class EntryManagerTests : IAsyncDisposable
{
    private static readonly EntryRequest Request = new()
    {
        Device = DeviceTarget.FromImsi("001010000000001"),
        DevicePort = 40001,
        Kind = NapterPortKind.Data,
        Proxy = "line-1",
        SessionId = "7",
    };

    private readonly WatchedTimeProvider _time = new();
    private readonly FakePortMappingApi _api;
    private readonly EntryManager _ports;
    private readonly EventLog _log;

    public EntryManagerTests()
    {
        _api = new FakePortMappingApi(_time);
        _ports = new EntryManager(_api, new EntryManagerOptions(), _time, NullLoggerFactory.Instance);
        _log = new EventLog(_ports);
    }

    public async ValueTask DisposeAsync() => await _ports.DisposeAsync();

    [Fact]
    public async Task A_port_opens_connects_and_closes_with_one_event_per_step()
    {
        var lease = await _ports.OpenAsync(Request, default);
        var client = new IPEndPoint(IPAddress.Loopback, 1234);
        lease.SetCommand("RETR log.csv");
        lease.Connected(null, client);
        lease.Counters.AddFromDevice(5);
        lease.Counters.AddToDevice(2);
        _time.Advance(TimeSpan.FromSeconds(3));
        lease.Release();

        var end = await _log.FirstAsync(NapterPortState.Closed);
        Assert.Equal("Opening Open Connected Closing Closed", _log.States);
        Assert.Equal((5, 2), (end.BytesFromDevice, end.BytesToDevice));
        Assert.Equal(TimeSpan.FromSeconds(3), end.Duration);
        Assert.Equal("RETR log.csv", end.Command);
        Assert.Equal(client, end.Client);
        Assert.Null(end.Error);
        Assert.All(_log.Events, step => Assert.Equal((lease.PortId, "line-1", "7"), (step.PortId, step.Proxy, step.SessionId)));
        Assert.Empty(_api.Entries);
        Assert.Empty(_ports.Snapshot());
    }

    [Fact]
    public async Task An_api_error_reaches_the_caller_and_ends_the_port_as_failed()
    {
        _api.BeforeCreate = (_, _) => throw FakePortMappingApi.Refused();
        var error = await Assert.ThrowsAsync<SoracomApiException>(() => _ports.OpenAsync(Request, default));
        Assert.Equal("SoracomRefused", error.ErrorId);
        Assert.Equal("No permission.", (await _log.FirstAsync(NapterPortState.Failed)).Error);
        Assert.Equal("Opening Failed", _log.States);
    }

    [Fact]
    public async Task A_failed_port_is_closed_with_its_reason_and_never_lingers()
    {
        var lease = await _ports.OpenAsync(Request with { Linger = TimeSpan.FromMinutes(1) }, default);
        lease.Fail("The gateway reset the connection.");
        lease.Release();
        Assert.Equal("The gateway reset the connection.", (await _log.FirstAsync(NapterPortState.Failed)).Error);
        Assert.Equal("Opening Open Closing Failed", _log.States);
        Assert.Empty(_api.Entries);
    }

    [Fact]
    public async Task A_lingering_port_is_handed_out_again_for_the_same_device_port_and_ranges_only()
    {
        var request = Request with { Linger = TimeSpan.FromMinutes(1) };
        var first = await _ports.OpenAsync(request, default);
        first.Connected(null, null);
        first.Release();
        var other = await _ports.OpenAsync(request with { DevicePort = 40002 }, default);
        var ranged = await _ports.OpenAsync(request with { SourceRanges = ["198.51.100.0/24"] }, default);
        var second = await _ports.OpenAsync(request with { SessionId = "8" }, default);
        var third = await _ports.OpenAsync(request, default);

        Assert.Equal((false, false, true, false), (other.Reused, ranged.Reused, second.Reused, third.Reused));
        Assert.Equal(first.PortId, second.PortId);
        Assert.Equal(4, _api.Creates);
        second.Connected(null, null);
        Assert.Equal("8", (await _log.FirstAsync(step => step.State == NapterPortState.Connected && step.SessionId == "8")).SessionId);
    }

    [Fact]
    public async Task An_old_lease_has_no_power_over_a_port_that_was_handed_on()
    {
        var request = Request with { Linger = TimeSpan.FromMinutes(1) };
        var first = await _ports.OpenAsync(request, default);
        first.Release();
        var second = await _ports.OpenAsync(request, default);
        first.Fail("late");
        first.Release();
        first.Connected(null, null);
        second.Connected(null, null);
        Assert.Equal("Opening Open Idle Connected", _log.States);
    }

    [Fact]
    public async Task A_lingering_port_closes_when_its_time_is_up()
    {
        var lease = await _ports.OpenAsync(Request with { Linger = TimeSpan.FromMinutes(1) }, default);
        lease.Release();
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(NapterPortState.Idle, Assert.Single(_ports.Snapshot()).State);
        _time.Advance(TimeSpan.FromSeconds(1));
        await _log.FirstAsync(NapterPortState.Closed);
        Assert.Empty(_api.Entries);
    }

    [Fact]
    public async Task An_entry_about_to_expire_is_not_handed_out_again()
    {
        var request = Request with { Linger = TimeSpan.FromHours(1), Duration = TimeSpan.FromMinutes(10) };
        (await _ports.OpenAsync(request, default)).Release();
        _time.Advance(TimeSpan.FromMinutes(9.5));
        Assert.False((await _ports.OpenAsync(request, default)).Reused);
        _time.Advance(TimeSpan.FromMinutes(0.5));
        await _log.FirstAsync(NapterPortState.Closed);
    }

    [Fact]
    public async Task A_port_is_closed_although_the_clock_has_been_set_on_past_its_end()
    {
        var lease = await _ports.OpenAsync(Request, default);
        _time.SetClock(TimeSpan.FromDays(3));
        lease.Release();
        Assert.Null((await _log.FirstAsync(NapterPortState.Closed)).Error);
        Assert.Empty(_api.Entries);
    }

    [Fact]
    public async Task An_end_point_that_another_entry_got_while_the_computer_slept_is_left_alone()
    {
        var lease = await _ports.OpenAsync(Request, default);
        _time.SetClock(TimeSpan.FromHours(9));
        _api.Replace(Assert.Single(_api.Entries) with { CreatedAt = _time.GetUtcNow() });
        lease.Release();
        await _log.FirstAsync(NapterPortState.Closed);
        Assert.Single(_api.Entries);
        Assert.Equal(0, _api.Deletes);
    }

    [Fact]
    public async Task SORACOM_is_not_asked_about_a_port_whose_time_has_gone_by()
    {
        var lease = await _ports.OpenAsync(Request, default);
        _time.Advance(TimeSpan.FromHours(9));
        lease.Release();
        await _log.FirstAsync(NapterPortState.Closed);
        Assert.Equal((0, 0), (_api.Deletes, _api.Lists));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1.2, 2)]
    [InlineData(100_000, 28_800)]
    public async Task The_life_asked_for_is_whole_seconds_up_to_eight_hours(double asked, double expected)
    {
        await _ports.OpenAsync(Request with { Duration = TimeSpan.FromSeconds(asked) }, default);
        Assert.Equal(TimeSpan.FromSeconds(expected), _api.LastRequest!.Duration);
    }

    [Fact]
    public async Task Impatience_gets_an_error_at_once_and_the_late_entry_is_deleted()
    {
        var answer = new TaskCompletionSource();
        _api.BeforeCreate = (_, _) => answer.Task;
        var opening = _ports.OpenAsync(Request with { Patience = TimeSpan.FromSeconds(5) }, default);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("PortOpenTimeout", (await Assert.ThrowsAsync<NapterFtpException>(() => opening)).ErrorId);

        answer.SetResult();
        await _log.FirstAsync(NapterPortState.Failed);
        Assert.Equal("Opening Closing Failed", _log.States);
        Assert.Empty(_api.Entries);
    }

    [Fact]
    public async Task A_cancelled_open_leaves_no_entry()
    {
        var answer = new TaskCompletionSource();
        _api.BeforeCreate = (_, _) => answer.Task;
        using var cancel = new CancellationTokenSource();
        var opening = _ports.OpenAsync(Request, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        answer.SetResult();
        await _log.FirstAsync(NapterPortState.Failed);
        Assert.Empty(_api.Entries);
    }

    [Fact]
    public async Task A_delete_is_repeated_until_it_is_done()
    {
        var failures = 3;
        _api.BeforeDelete = (_, _) => failures-- > 0 ? throw FakePortMappingApi.Unavailable() : Task.CompletedTask;
        var lease = await _ports.OpenAsync(Request, default);
        lease.Release();
        for (var delay = TimeSpan.FromSeconds(1); delay <= TimeSpan.FromSeconds(4); delay *= 2)
        {
            await _time.AdvanceToTimerAsync(delay / 2, delay);
        }

        await _log.FirstAsync(NapterPortState.Closed);
        Assert.Equal(4, _api.Deletes);
        Assert.Empty(_api.Entries);
    }

    [Fact]
    public async Task A_subscriber_that_throws_harms_nobody()
    {
        _ports.Subscribe(_ => throw new InvalidOperationException());
        var later = new EventLog(_ports);
        (await _ports.OpenAsync(Request, default)).Release();
        await later.FirstAsync(NapterPortState.Closed);
        Assert.Equal(_log.States, later.States);
    }

    [Fact]
    public async Task A_subscriber_may_release_the_lease_it_hears_of()
    {
        EntryLease? lease = null;
        using var subscription = _ports.Subscribe(step =>
        {
            if (step.State == NapterPortState.Connected)
            {
                lease!.Release();
            }
        });
        lease = await _ports.OpenAsync(Request, default);
        lease.Connected(null, null);
        await _log.FirstAsync(NapterPortState.Closed);
        Assert.Equal("Opening Open Connected Closing Closed", _log.States);
    }

    [Fact]
    public async Task Closing_a_proxys_ports_leaves_the_others_open()
    {
        var mine = await _ports.OpenAsync(Request, default);
        var other = await _ports.OpenAsync(Request with { Proxy = "line-2" }, default);
        await _ports.CloseAllAsync("line-1", TimeSpan.FromSeconds(5));
        Assert.True(mine.Closing.IsCompleted);
        Assert.Equal(other.PortId, Assert.Single(_ports.Snapshot()).PortId);
        Assert.Equal(mine.PortId, _log.Events[^1].PortId);
    }

    [Fact]
    public async Task Disposal_closes_leased_ports_and_refuses_new_ones()
    {
        await _ports.OpenAsync(Request, default);
        await _ports.DisposeAsync();
        Assert.Equal("Opening Open Closing Closed", _log.States);
        Assert.Empty(_api.Entries);
        Assert.Equal("PortsClosed", (await Assert.ThrowsAsync<NapterFtpException>(() => _ports.OpenAsync(Request, default))).ErrorId);
    }

    [Fact]
    public async Task Disposal_gives_up_on_a_delete_that_fails_and_says_so()
    {
        _api.BeforeDelete = (_, _) => throw FakePortMappingApi.Unavailable();
        await _ports.OpenAsync(Request, default);
        var disposal = _ports.DisposeAsync().AsTask();
        await _time.AdvanceToTimerAsync(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10));
        await disposal;
        Assert.Equal("Opening Open Closing Failed", _log.States);
        Assert.Contains("SORACOM ends it at", _log.Events[^1].Error, StringComparison.Ordinal);
    }
}
