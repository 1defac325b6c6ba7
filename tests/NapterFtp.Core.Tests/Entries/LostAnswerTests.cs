using NapterFtp.Entries;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Entries;

public sealed class LostAnswerTests : LostAnswerBench
{
    [Fact]
    public async Task An_entry_whose_answer_was_lost_is_found_and_used()
    {
        LoseAnswers(1);
        var lease = await Ports.OpenAsync(Request, default);
        Assert.Equal(Assert.Single(Api.Entries).EndPoint, lease.Gateway.EndPoint);
        Assert.Equal(1, Api.Creates);
        lease.Release();
        await Log.FirstAsync(NapterPortState.Closed);
        Assert.Empty(Api.Entries);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(-36_000)]
    public async Task The_first_entry_of_all_is_found_where_the_clocks_differ(int seconds)
    {
        (Api.ClockAhead, Api.TellsClock) = (TimeSpan.FromSeconds(seconds), true);
        LoseAnswers(1);
        var lease = await Ports.OpenAsync(Request, default);
        Assert.Equal(Assert.Single(Api.Entries).EndPoint, lease.Gateway.EndPoint);
        Assert.Equal(1, Api.Creates);
    }

    [Fact]
    public async Task Entries_of_others_are_never_taken_for_the_lost_one()
    {
        var earlier = Api.Add(Device, 40001, createdAt: Time.GetUtcNow() - TimeSpan.FromMinutes(10));
        var otherPort = Api.Add(Device, 40002);
        var otherLife = Api.Add(Device, 40001, duration: TimeSpan.FromHours(3));
        LoseAnswers(1);
        var lease = await Ports.OpenAsync(Request, default);
        Assert.DoesNotContain(lease.Gateway.EndPoint, new[] { earlier.EndPoint, otherPort.EndPoint, otherLife.EndPoint });
        lease.Release();
        await Log.FirstAsync(NapterPortState.Closed);
        Assert.Equal(3, Api.Entries.Count);
    }

    [Fact]
    public async Task A_port_of_our_own_is_never_taken_for_the_lost_one()
    {
        var first = await Ports.OpenAsync(Request, default);
        LoseAnswers(1);
        var second = await Ports.OpenAsync(Request, default);
        Assert.NotEqual(first.Gateway.EndPoint, second.Gateway.EndPoint);
    }

    [Fact]
    public async Task A_create_that_never_took_effect_is_asked_again_while_somebody_waits()
    {
        var failures = 1;
        Api.BeforeCreate = (_, _) => failures-- > 0 ? throw FakePortMappingApi.LostAnswer() : Task.CompletedTask;
        var opening = Ports.OpenAsync(Request, default);
        await Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        var lease = await opening;
        Assert.Equal(2, Api.Creates);
        Assert.Equal(lease.Gateway.EndPoint, Assert.Single(Api.Entries).EndPoint);
    }

    [Fact]
    public async Task An_entry_that_turns_up_after_it_was_asked_for_again_is_deleted()
    {
        var failures = 1;
        Api.BeforeCreate = (_, _) => failures-- > 0 ? throw FakePortMappingApi.LostAnswer() : Task.CompletedTask;
        var opening = Ports.OpenAsync(Request, default);
        await Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        var lease = await opening;
        var late = Api.Add(Device, 40001, createdAt: Time.GetUtcNow() - TimeSpan.FromSeconds(1));
        var deleted = new TaskCompletionSource();
        Api.BeforeDelete = (endPoint, _) =>
        {
            deleted.TrySetResult();
            Assert.Equal(late.EndPoint, endPoint);
            return Task.CompletedTask;
        };
        await Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3));
        await deleted.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Api.BeforeDelete = (_, _) => Task.CompletedTask;
        lease.Release();
    }

    [Fact]
    public async Task A_lost_entry_is_deleted_in_the_background_when_nobody_waits_any_more()
    {
        var asked = new TaskCompletionSource();
        var created = new TaskCompletionSource();
        Api.AfterCreate = async (_, _) =>
        {
            asked.SetResult();
            await created.Task;
            throw FakePortMappingApi.LostAnswer();
        };
        using var cancel = new CancellationTokenSource();
        var opening = Ports.OpenAsync(Request, cancel.Token);
        await asked.Task;
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        created.SetResult();
        await Log.FirstAsync(NapterPortState.Failed);
        Assert.Equal("Opening Closing Failed", Log.States);
        Assert.Empty(Api.Entries);
    }

    [Fact]
    public async Task An_answer_that_does_not_come_is_not_waited_for_long_once_nobody_wants_it()
    {
        var asked = new TaskCompletionSource();
        Api.AfterCreate = (_, cancel) =>
        {
            asked.SetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, cancel);
        };
        using var cancel = new CancellationTokenSource();
        var opening = Ports.OpenAsync(Request, cancel.Token);
        await asked.Task;
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        await Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5));
        await Log.FirstAsync(NapterPortState.Failed);
        Assert.Empty(Api.Entries);
    }

    [Fact]
    public async Task While_a_like_call_is_out_its_entry_is_not_taken()
    {
        var firstAsked = new TaskCompletionSource();
        var firstAnswer = new TaskCompletionSource();
        Api.AfterCreate = async (_, _) =>
        {
            firstAsked.SetResult();
            await firstAnswer.Task;
        };
        var first = Ports.OpenAsync(Request, default);
        await firstAsked.Task;
        LoseAnswers(1);
        var listed = new TaskCompletionSource();
        Api.BeforeList = (_, _) =>
        {
            listed.TrySetResult();
            return Task.CompletedTask;
        };
        var second = Ports.OpenAsync(Request, default);
        await listed.Task;
        firstAnswer.SetResult();
        var one = await first;
        await Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        Assert.NotEqual(one.Gateway.EndPoint, (await second).Gateway.EndPoint);
        Assert.Equal(2, Api.Entries.Count);
    }

    [Fact]
    public async Task A_difference_between_the_clocks_is_learned_from_the_answers()
    {
        Api.ClockAhead = TimeSpan.FromMinutes(7);
        var first = await Ports.OpenAsync(Request, default);
        LoseAnswers(1);
        var second = await Ports.OpenAsync(Request with { DevicePort = 40002 }, default);
        Assert.Equal(2, Api.Creates);
        Assert.Equal(Time.GetUtcNow() + TimeSpan.FromHours(1), first.ExpiresAt);
        Assert.Equal(first.ExpiresAt, second.ExpiresAt);
    }

    [Fact]
    public async Task Who_waits_is_told_within_20_seconds_that_every_create_fails()
    {
        Api.BeforeCreate = (_, _) => throw FakePortMappingApi.LostAnswer();
        var (took, error) = await TimeAsync(() => Assert.ThrowsAsync<SoracomApiException>(() => Ports.OpenAsync(Request with { Patience = Waits }, default)));
        Assert.Equal("The connection was reset.", error.Message);
        Assert.InRange(took.TotalSeconds, 10, 20);
        Assert.InRange(Api.Creates, 4, 6);
    }

    [Fact]
    public async Task Who_waits_is_told_in_time_even_where_the_ports_cannot_be_listed_either()
    {
        Api.BeforeCreate = (_, _) => throw FakePortMappingApi.LostAnswer();
        Api.BeforeList = (_, cancel) => Task.Delay(TimeSpan.FromSeconds(30), Time, cancel);
        var (took, _) = await TimeAsync(() => Assert.ThrowsAnyAsync<NapterFtpException>(() => Ports.OpenAsync(Request with { Patience = Waits }, default)));
        Assert.InRange(took.TotalSeconds, 0, 20);
    }

    [Fact]
    public async Task Two_failures_cost_who_waits_a_few_seconds()
    {
        var failures = 2;
        Api.BeforeCreate = (_, _) => failures-- > 0 ? throw FakePortMappingApi.LostAnswer() : Task.CompletedTask;
        var (took, lease) = await TimeAsync(() => Ports.OpenAsync(Request with { Patience = Waits }, default));
        Assert.InRange(took.TotalSeconds, 0, 5);
        Assert.Equal(lease.Gateway.EndPoint, Assert.Single(Api.Entries).EndPoint);
    }

    [Fact]
    public async Task The_wait_for_the_rate_limit_does_not_count_as_one_for_SORACOM()
    {
        Api.BeforeCreate = async (request, cancel) =>
        {
            using (request.Limit!.WaitForTurn())
            {
                await Task.Delay(TimeSpan.FromSeconds(90), Time, cancel);
            }

            await Task.Delay(TimeSpan.FromSeconds(4), Time, cancel);
        };
        var (took, _) = await TimeAsync(() => Ports.OpenAsync(Request with { Patience = TimeSpan.FromSeconds(5) }, default));
        Assert.InRange(took.TotalSeconds, 94, 100);
    }

    /// <summary>As long as an FTP client's request.</summary>
    private static TimeSpan Waits => new EntryRequest { Device = Device, DevicePort = 1, Kind = NapterPortKind.Data }.Patience;

    private async Task<(TimeSpan Took, T Result)> TimeAsync<T>(Func<Task<T>> work)
    {
        var started = Time.GetTimestamp();
        var result = work();
        await Time.StepUntilAsync(result);
        var took = Time.GetElapsedTime(started);
        return (took, await result);
    }

    private void LoseAnswers(int count) =>
        Api.AfterCreate = (_, _) => count-- > 0 ? throw FakePortMappingApi.LostAnswer() : Task.CompletedTask;
}
