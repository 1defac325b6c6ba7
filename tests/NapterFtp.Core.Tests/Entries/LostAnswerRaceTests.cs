using NapterFtp.Entries;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Entries;

/// <summary>Lost answers, where something else happens at the same moment: each entry is closed nevertheless.</summary>
public sealed class LostAnswerRaceTests : LostAnswerBench
{
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override ValueTask DisposeAsync()
    {
        _goOn.TrySetResult();
        return base.DisposeAsync();
    }

    [Fact]
    public async Task An_entry_is_found_although_its_caller_leaves_while_the_listing_fails()
    {
        await LoseAsync(FakePortMappingApi.Unavailable());
        _goOn.SetResult();
        await Log.FirstAsync(NapterPortState.Failed);
        Assert.Equal("Opening Closing Failed", Log.States);
        Assert.Empty(Api.Entries);
    }

    [Fact]
    public async Task A_port_that_nobody_wants_any_more_is_not_asked_for_again()
    {
        Api.BeforeCreate = (_, _) => throw FakePortMappingApi.LostAnswer();
        using var caller = new CancellationTokenSource();
        var opening = Ports.OpenAsync(Request, caller.Token);

        // The looks for the first and the second, then the pause before the third.
        await Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        await Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        await Time.TimerAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        await Log.FirstAsync(NapterPortState.Failed);
        Assert.Equal(2, Api.Creates);
    }

    [Fact]
    public async Task A_search_whose_list_is_older_than_the_call_that_took_its_entry_finds_that_calls_entry()
    {
        var first = await LoseAsync(read: true);
        Time.Advance(TimeSpan.FromSeconds(5));
        Api.BeforeCreate = (_, _) =>
        {
            Time.Advance(TimeSpan.FromSeconds(10));
            return Task.CompletedTask;
        };
        var second = await TakeAsync(first);
        Time.Advance(EntrySearch.Long);
        _goOn.SetResult();
        await AllEndAsync(second);
    }

    [Fact]
    public async Task A_search_whose_entry_was_taken_waits_for_one_that_turns_up_late()
    {
        var first = await LoseAsync();
        Time.Advance(TimeSpan.FromSeconds(20));
        var made = Time.GetUtcNow();
        Api.BeforeCreate = (_, _) => throw FakePortMappingApi.LostAnswer();
        var second = await TakeAsync(first);
        Time.Advance(EntrySearch.Long - TimeSpan.FromSeconds(5));
        var read = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Api.AfterList = (_, _) =>
        {
            read.TrySetResult();
            return Task.CompletedTask;
        };
        _goOn.SetResult();
        await read.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Api.Add(Device, Request.DevicePort, createdAt: made);
        await AllEndAsync(second);
    }

    [Fact]
    public async Task A_search_whose_entry_was_taken_finds_the_other_though_SORACOM_answered_no_list_for_long()
    {
        var first = await LoseAsync();
        Time.Advance(TimeSpan.FromSeconds(50));
        Api.BeforeCreate = (_, _) =>
        {
            Time.Advance(TimeSpan.FromSeconds(40));
            throw FakePortMappingApi.LostAnswer();
        };
        var second = await TakeAsync(first);
        Api.Add(Device, Request.DevicePort);
        Time.Advance(TimeSpan.FromMinutes(11));

        // The search for another device's is over long before.
        Api.BeforeCreate = (_, _) => Task.CompletedTask;
        var other = await Ports.OpenAsync(Request with { Device = DeviceTarget.FromImsi("001010000000002") }, default);
        other.Release();
        await Log.FirstAsync(step => step.PortId == other.PortId && step.State == NapterPortState.Closed);
        _goOn.SetResult();
        await AllEndAsync(second);
    }

    /// <summary>Makes an entry whose answer is lost and whose caller leaves, and holds the search that goes on in the background.</summary>
    /// <param name="failure">What the listing that the caller left during ends with; null for its cancellation.</param>
    /// <param name="read">Whether the search is held when its list has been read already.</param>
    private async Task<PortMapping> LoseAsync(Exception? failure = null, bool read = false)
    {
        Api.AfterCreate = (_, _) => throw FakePortMappingApi.LostAnswer();
        var searching = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var caller = new CancellationTokenSource();
        Api.BeforeList = async (_, listing) =>
        {
            Api.BeforeList = read ? Pass : Hold;
            Api.AfterList = read ? Hold : Pass;
            await caller.CancelAsync();
            var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = listing.Register(left.SetResult);
            await left.Task;
            throw failure ?? new OperationCanceledException(listing);
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Ports.OpenAsync(Request, caller.Token));
        await Task.WhenAny(searching.Task, Log.FirstAsync(NapterPortState.Failed));
        return Assert.Single(Api.Entries);

        static Task Pass(DeviceTarget? device, CancellationToken cancellationToken) => Task.CompletedTask;

        async Task Hold(DeviceTarget? device, CancellationToken cancellationToken)
        {
            (Api.BeforeList, Api.AfterList) = (Pass, Pass);
            searching.SetResult();
            await _goOn.Task;
        }
    }

    /// <summary>Opens a like port, which takes the first's entry for its own.</summary>
    private async Task<EntryLease> TakeAsync(PortMapping first)
    {
        var second = await Ports.OpenAsync(Request, default).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(first.EndPoint, second.Gateway.EndPoint);
        return second;
    }

    /// <summary>Waits until the search for the first has ended, then ends the second.</summary>
    private async Task AllEndAsync(EntryLease second)
    {
        await Time.StepUntilAsync(Log.FirstAsync(step => step.PortId == "1" && step.State == NapterPortState.Failed));
        second.Release();
        await Log.FirstAsync(step => step.PortId == second.PortId && step.State == NapterPortState.Closed);
        Assert.Empty(Api.Entries);
    }
}
