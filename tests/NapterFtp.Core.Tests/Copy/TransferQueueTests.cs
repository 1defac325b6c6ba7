using NapterFtp.Copy;
using NapterFtp.Core.Tests.Entries;

namespace NapterFtp.Core.Tests.Copy;

public sealed class TransferQueueTests
{
    [Theory]
    [InlineData(-9)]
    [InlineData(9)]
    public async Task A_file_that_waits_to_be_tried_again_waits_as_long_where_the_clock_is_set_meanwhile(int hours)
    {
        var time = new WatchedTimeProvider();
        var queue = new TransferQueue([new TransferJob(new PlannedTransfer { ToDevice = false, RemotePath = "/a.csv", LocalPath = "a.csv" }, time)], time);
        var job = await queue.TakeAsync(TestContext.Current.CancellationToken);
        queue.TryAgain(job!, TimeSpan.FromMinutes(1));
        time.SetClock(TimeSpan.FromHours(hours));

        var again = queue.TakeAsync(TestContext.Current.CancellationToken);
        Assert.False(again.IsCompleted);
        await time.AdvanceToTimerAsync(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));

        Assert.Same(job, await again);
    }
}
