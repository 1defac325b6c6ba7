using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NapterFtp.Copy;
using NapterFtp.Core.Tests.Entries;
using NapterFtp.Core.Tests.Relay;
using NapterFtp.Entries;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>A device that does not stop giving replies.</summary>
public sealed class NeverSilentTests
{
    [Fact(Timeout = 60_000)]
    public async Task A_device_that_gives_replies_without_end_is_not_waited_for_for_ever()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var device = new ScriptedDevice();
        var api = new FakePortMappingApi(TimeProvider.System);
        await using var ports = new EntryManager(api, new EntryManagerOptions(), TimeProvider.System, NullLoggerFactory.Instance);
        var options = new FtpClientOptions { QuietTime = TimeSpan.FromSeconds(20) };
        var activity = new Activity(time);
        await using var client = new DeviceClient(
            DeviceTarget.FromImsi("001010000000001"), 21, options, ports, new DirectDialer(api, device.Port), activity, time, NullLoggerFactory.Instance);
        var session = await client.OpenSessionAsync(forTransfer: false, TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        var talking = Task.CompletedTask;
        device.OnCommand = async (talker, _) =>
        {
            client.Traits.RepeatsReplies = true;
            await talker.SendAsync("200 Ok.\r\n");
            talking = TalkAsync(talker);
        };

        var error = await Assert.ThrowsAsync<NapterFtpException>(() => session.AskAsync(session.Command("NOOP"), TestContext.Current.CancellationToken));

        Assert.Equal("UnexpectedFtpReply", error.ErrorId);
        Assert.Contains("without a pause", error.Message, StringComparison.Ordinal);
        await stop.CancelAsync();
        await talking;
        await session.DisposeAsync();

        async Task TalkAsync(DeviceSession talker)
        {
            while (!stop.IsCancellationRequested)
            {
                // Each is seen before the clock goes on.
                time.Advance(options.QuietTime / 2);
                await talker.SendAsync("200 Again.\r\n");
                await ProxyBench.UntilAsync(() => activity.Silence == TimeSpan.Zero || stop.IsCancellationRequested);
            }
        }
    }
}
