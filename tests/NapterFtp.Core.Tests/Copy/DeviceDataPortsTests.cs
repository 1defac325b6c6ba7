using Microsoft.Extensions.Logging.Abstractions;
using NapterFtp.Copy;
using NapterFtp.Core.Tests.Entries;
using NapterFtp.Core.Tests.Relay;
using NapterFtp.Entries;

namespace NapterFtp.Core.Tests.Copy;

public sealed class DeviceDataPortsTests
{
    private static readonly DeviceTarget Device = DeviceTarget.FromImsi("001010000000001");

    [Fact]
    public async Task A_port_whose_user_gives_up_just_when_it_is_open_is_closed_too()
    {
        var answer = new TaskCompletionSource();
        var api = new FakePortMappingApi(TimeProvider.System) { BeforeCreate = (_, _) => answer.Task };
        await using var manager = new EntryManager(api, new EntryManagerOptions(), TimeProvider.System, NullLoggerFactory.Instance);
        using var stop = new CancellationTokenSource();
        await using (var ports = new DeviceDataPorts(manager, Device, new FtpClientOptions(), new Activity(TimeProvider.System), TimeProvider.System))
        {
            // A busy machine may run what was caused last before what was caused first.
            var taken = LatestFirst.Run(context =>
            {
                var taking = ports.TakeAsync(40001, 1, stop.Token);
                answer.SetResult();
                context.RunUntil(() => manager.Snapshot() is [{ State: NapterPortState.Open }]);
#pragma warning disable CA1849, VSTHRD103 // Here and now.
                stop.Cancel();
#pragma warning restore CA1849, VSTHRD103
                context.RunUntil(() => taking.IsCompleted);
                return taking;
            });
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => taken);
        }

        await ProxyBench.UntilAsync(() => manager.Snapshot().Count == 0);
        Assert.Empty(api.Entries);
    }

    /// <summary>Runs one thing at a time, the latest of those that wait; afterwards all as usual.</summary>
    private sealed class LatestFirst : SynchronizationContext
    {
        private readonly Lock _lock = new();
        private readonly Stack<(SendOrPostCallback Callback, object? State)> _waiting = new();
        private bool _over;

        public static T Run<T>(Func<LatestFirst, T> work)
        {
            var before = Current;
            var context = new LatestFirst();
            SetSynchronizationContext(context);
            try
            {
                return work(context);
            }
            finally
            {
                context.RunUntil(() => false, orEnd: true);
                SetSynchronizationContext(before);
            }
        }

        public override void Post(SendOrPostCallback d, object? state)
        {
            lock (_lock)
            {
                if (!_over)
                {
                    _waiting.Push((d, state));
                    return;
                }
            }

            base.Post(d, state);
        }

        public void RunUntil(Func<bool> condition, bool orEnd = false)
        {
            while (!condition() && TakeNext(orEnd) is { } next)
            {
                next.Callback(next.State);
            }
        }

        // What other threads post is neither lost nor left behind.
        private (SendOrPostCallback Callback, object? State)? TakeNext(bool orEnd)
        {
            lock (_lock)
            {
                if (_waiting.TryPop(out var next))
                {
                    return next;
                }

                _over |= orEnd;
                return null;
            }
        }
    }
}
