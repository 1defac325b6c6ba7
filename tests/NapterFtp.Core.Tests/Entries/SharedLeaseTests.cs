using Microsoft.Extensions.Logging.Abstractions;
using NapterFtp.Entries;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Entries;

public sealed class SharedLeaseTests : IAsyncDisposable
{
    private readonly WatchedTimeProvider _time = new();
    private readonly FakePortMappingApi _api;
    private readonly EntryManager _ports;
    private readonly EventLog _log;
    private readonly SharedLease _shared;

    public SharedLeaseTests()
    {
        _api = new FakePortMappingApi(_time);
        _ports = new EntryManager(_api, new EntryManagerOptions(), _time, NullLoggerFactory.Instance);
        _log = new EventLog(_ports);
        _shared = new SharedLease(
            _ports,
            new EntryRequest { Device = DeviceTarget.FromImsi("001010000000001"), DevicePort = 21, Kind = NapterPortKind.Control },
            new SharedLeaseOptions(),
            _time);
    }

    public async ValueTask DisposeAsync()
    {
        await _shared.DisposeAsync();
        await _ports.DisposeAsync();
    }

    [Fact]
    public async Task Connections_that_come_at_once_share_one_opening()
    {
        var uses = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _shared.AcquireAsync(default)));
        Assert.Equal(1, _api.Creates);
        Assert.Single(uses.Select(use => use.PortId).Distinct());
    }

    [Fact]
    public async Task The_port_is_idle_between_connections_and_closes_after_the_idle_time()
    {
        var (one, two) = (await _shared.AcquireAsync(default), await _shared.AcquireAsync(default));
        one.Connected(null, null);
        two.Connected(null, null);
        one.Release();
        one.Release();
        Assert.Equal("Opening Open Connected", _log.States);
        two.Release();
        _time.Advance(TimeSpan.FromSeconds(59));
        var three = await _shared.AcquireAsync(default);
        three.Connected(null, null);
        three.Release();
        _time.Advance(TimeSpan.FromSeconds(60));
        await _log.FirstAsync(NapterPortState.Closed);
        Assert.Equal("Opening Open Connected Idle Connected Idle Closing Closed", _log.States);
        Assert.Empty(_api.Entries);
        await _shared.AcquireAsync(default);
        Assert.Equal(2, _api.Creates);
    }

    [Fact]
    public async Task Ahead_of_expiry_new_connections_get_a_fresh_entry_and_old_ones_stay()
    {
        var old = await _shared.AcquireAsync(default);
        old.Connected(null, null);
        _time.Advance(TimeSpan.FromMinutes(56));
        var fresh = await _shared.AcquireAsync(default);
        Assert.NotEqual(old.PortId, fresh.PortId);
        Assert.False(old.Closing.IsCompleted);
        old.Release();
        Assert.Equal(old.PortId, (await _log.FirstAsync(NapterPortState.Closed)).PortId);
        Assert.Equal(fresh.PortId, Assert.Single(_ports.Snapshot()).PortId);
    }

    [Fact]
    public async Task Where_renewing_fails_the_old_entry_serves_until_it_ends()
    {
        var old = await _shared.AcquireAsync(default);
        _api.BeforeCreate = (_, _) => throw FakePortMappingApi.Unavailable();
        _time.Advance(TimeSpan.FromMinutes(56));
        Assert.Equal(old.PortId, (await _shared.AcquireAsync(default)).PortId);
        _time.Advance(TimeSpan.FromMinutes(4));
        await Assert.ThrowsAsync<SoracomApiException>(() => _shared.AcquireAsync(default));
    }

    [Fact]
    public async Task A_failed_entry_is_replaced_and_ends_when_its_other_connections_have()
    {
        var (one, two) = (await _shared.AcquireAsync(default), await _shared.AcquireAsync(default));
        one.Connected(null, null);
        two.Fail("The gateway refused the connection.");
        var fresh = await _shared.AcquireAsync(default);
        Assert.NotEqual(one.PortId, fresh.PortId);
        Assert.Equal(2, _api.Entries.Count);
        one.Release();
        Assert.Equal("The gateway refused the connection.", (await _log.FirstAsync(NapterPortState.Failed)).Error);
        Assert.Single(_api.Entries);
    }

    [Fact]
    public async Task A_port_closed_from_elsewhere_is_opened_again()
    {
        var first = await _shared.AcquireAsync(default);
        await _ports.CloseAllAsync(null, TimeSpan.FromSeconds(5));
        Assert.True(first.Closing.IsCompleted);
        Assert.NotEqual(first.PortId, (await _shared.AcquireAsync(default)).PortId);
    }

    [Fact]
    public async Task A_failed_opening_is_told_to_all_who_wait_and_tried_again_by_the_next()
    {
        _api.BeforeCreate = (_, _) => throw FakePortMappingApi.Refused();
        await Assert.ThrowsAsync<SoracomApiException>(() => _shared.AcquireAsync(default));
        _api.BeforeCreate = (_, _) => Task.CompletedTask;
        await _shared.AcquireAsync(default);
    }

    [Fact]
    public async Task A_port_that_all_who_waited_for_have_left_closes_after_the_idle_time()
    {
        var answer = new TaskCompletionSource();
        _api.BeforeCreate = (_, _) => answer.Task;
        using var cancel = new CancellationTokenSource();
        var acquiring = _shared.AcquireAsync(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => acquiring);
        answer.SetResult();
        await _time.AdvanceToTimerAsync(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(60));
        await _log.FirstAsync(NapterPortState.Closed);
    }

    [Fact]
    public async Task Disposal_closes_the_port_in_use()
    {
        var use = await _shared.AcquireAsync(default);
        await _shared.DisposeAsync();
        await _log.FirstAsync(NapterPortState.Closed);
        use.Release();
        Assert.Equal("PortsClosed", (await Assert.ThrowsAsync<NapterFtpException>(() => _shared.AcquireAsync(default))).ErrorId);
    }
}
