using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using NapterFtp.Entries;

namespace NapterFtp.Core.Tests.Entries;

/// <summary>A router that was told to forward, and does not answer.</summary>
public sealed class SilentRouterTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_is_the_router_that_is_said_not_to_answer_and_not_SORACOM(bool isReturn)
    {
        var time = new WatchedTimeProvider();
        var device = DeviceTarget.FromImsi("001010000000001");
        var router = new NapterRouter(device, IPAddress.Parse("192.168.1.20"), new RouterLogin("root", null, null, null));
        var forwarder = new Silent();
        await using var ports = new EntryManager(new FakePortMappingApi(time), new EntryManagerOptions { Forwarder = forwarder }, time, NullLoggerFactory.Instance);
        var request = new EntryRequest { Device = device, DevicePort = 21, Kind = NapterPortKind.Control, PortMap = router.Ports, IsReturn = isReturn };

        var opening = ports.OpenAsync(request, TestContext.Current.CancellationToken);
        await forwarder.Asked;
        await time.AdvanceToTimerAsync(request.Patience, request.Patience);

        var error = await Assert.ThrowsAsync<NapterFtpException>(() => opening);
        forwarder.End();
        Assert.Equal("RouterCommandTimeout", error.ErrorId);
        Assert.Same(router, error.Target);
    }

    private sealed class Silent : IPortForwarder
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;

        public Task<IForwarding> OpenAsync(NapterRouter router, int devicePort, TimeSpan life, CancellationToken cancellationToken) =>
            AskAsync<IForwarding>(cancellationToken);

        public Task<IReturnPort> ListenAsync(NapterRouter router, TimeSpan life, CancellationToken cancellationToken) => AskAsync<IReturnPort>(cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        public void End() => _end.SetResult();

        private async Task<T> AskAsync<T>(CancellationToken cancellationToken)
        {
            _asked.TrySetResult();
            await _end.Task.WaitAsync(cancellationToken);
            throw new InvalidOperationException("The router has gone.");
        }
    }
}
