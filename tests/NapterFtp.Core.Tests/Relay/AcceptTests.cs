using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using NapterFtp.Relay;

namespace NapterFtp.Core.Tests.Relay;

public sealed class AcceptTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly RecordedLog _log = new();
    private readonly Queue<SocketError> _failures = new();
    private readonly LocalListener _listener;
    private int _asked;

    public AcceptTests() => _listener = new LocalListener(new IPEndPoint(IPAddress.Loopback, 2121), Accept, null, _time, _log);

    public void Dispose() => _listener.Dispose();

    [Theory]
    [InlineData(SocketError.TooManyOpenSockets, "may open no more files")]
    [InlineData(SocketError.NetworkDown, "cannot be taken")]
    public async Task An_error_that_lasts_is_told_once_and_waited_out(SocketError error, string told)
    {
        for (var i = 0; i < 20; i++)
        {
            _failures.Enqueue(error);
        }

        var accepting = _listener.AcceptAsync(default).AsTask();
        await ProxyBench.UntilAsync(() => _log.Warnings.Any());
        var asked = Volatile.Read(ref _asked);
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.InRange(asked, 1, 2);
        Assert.Equal(asked, Volatile.Read(ref _asked));

        var waited = TimeSpan.Zero;
        await ProxyBench.UntilAsync(() =>
        {
            waited += TimeSpan.FromSeconds(1);
            _time.Advance(TimeSpan.FromSeconds(1));
            return accepting.IsCompleted;
        });
        Assert.NotNull(await accepting);
        Assert.Equal(21, _asked);
        Assert.InRange(waited, TimeSpan.FromSeconds(40), TimeSpan.FromDays(1));
        Assert.Contains(told, Assert.Single(_log.Warnings), StringComparison.Ordinal);
        Assert.Contains(_log.All, text => text.Contains("taken again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_peer_that_was_gone_before_its_connection_was_taken_holds_up_nobody()
    {
        _failures.Enqueue(SocketError.ConnectionAborted);
        Assert.NotNull(await _listener.AcceptAsync(default));
        Assert.Empty(_log.All);
    }

    [Fact]
    public async Task A_listener_that_waits_for_a_file_handle_can_be_stopped()
    {
        _failures.Enqueue(SocketError.TooManyOpenSockets);
        var accepting = _listener.AcceptAsync(default).AsTask();
        await ProxyBench.UntilAsync(() => _log.Warnings.Any());
        _listener.Dispose();
        Assert.Null(await accepting);
    }

    private ValueTask<Socket> Accept(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        return _failures.TryDequeue(out var error)
            ? ValueTask.FromException<Socket>(new SocketException((int)error))
            : ValueTask.FromResult(new Socket(SocketType.Stream, ProtocolType.Tcp));
    }
}
