using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using NapterFtp.Core.Tests.Entries;
using NapterFtp.Relay;

namespace NapterFtp.Core.Tests.Relay;

public sealed class AcceptTests : IDisposable
{
    private readonly WatchedTimeProvider _time = new();
    private readonly RecordedLog _log = new();
    private readonly Queue<SocketError> _failures = new();
    private readonly ConcurrentQueue<DateTimeOffset> _asked = new();
    private readonly LocalListener _listener;
    private int _full;

    public AcceptTests() => _listener = new LocalListener(new IPEndPoint(IPAddress.Loopback, 2121), Accept, null, _time, _log, HasRoom);

    public void Dispose() => _listener.Dispose();

    [Theory]
    [InlineData(SocketError.TooManyOpenSockets, 0, "may open no more files")]
    [InlineData(SocketError.NetworkDown, 1, "cannot be taken")]
    public async Task An_error_that_lasts_is_told_once_and_waited_out(SocketError error, int atOnce, string told)
    {
        var expected = Enumerable.Repeat(_time.GetUtcNow(), 1 + atOnce).ToList();
        while (expected.Count < 21)
        {
            var wait = Math.Min(0.1 * Math.Pow(2, expected.Count - 1 - atOnce), 5);
            expected.Add(expected[^1] + TimeSpan.FromSeconds(wait));
        }

        for (var i = 0; i < 20; i++)
        {
            _failures.Enqueue(error);
        }

        using var taken = new CancellationTokenSource();
        var clock = _time.RunAsync(TimeSpan.FromMinutes(1), taken.Token);
        Assert.NotNull(await _listener.AcceptAsync(default));
        await taken.CancelAsync();
        await clock;

        // The time stands still but for waits of the listener's own: who asks between them asks twice at one time.
        Assert.Equal(expected, _asked);
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

    [Fact]
    public async Task A_connection_for_which_few_handles_are_left_is_held_until_there_is_room()
    {
        _full = 20;
        using var taken = new CancellationTokenSource();
        var clock = _time.RunAsync(TimeSpan.FromMinutes(1), taken.Token);
        Assert.NotNull(await _listener.AcceptAsync(default));
        await taken.CancelAsync();
        await clock;

        // The one connection was held: no other was taken in its place.
        Assert.Single(_asked);
        Assert.Contains("may open no more files", Assert.Single(_log.Warnings), StringComparison.Ordinal);
        Assert.Contains(_log.All, text => text.Contains("taken again", StringComparison.Ordinal));

        // One place became free and was taken at once: that is no news.
        _full = 1;
        using var takenNext = new CancellationTokenSource();
        clock = _time.RunAsync(TimeSpan.FromMinutes(1), takenNext.Token);
        Assert.NotNull(await _listener.AcceptAsync(default));
        await takenNext.CancelAsync();
        await clock;
        Assert.Single(_log.Warnings);
    }

    [Fact]
    public async Task A_listener_that_holds_a_connection_can_be_stopped()
    {
        _full = int.MaxValue;
        var accepting = _listener.AcceptAsync(default).AsTask();
        await ProxyBench.UntilAsync(() => _log.Warnings.Any());
        _listener.Dispose();
        Assert.Null(await accepting);
    }

    private bool HasRoom() => Interlocked.Decrement(ref _full) < 0;

    private ValueTask<Socket> Accept(CancellationToken cancellationToken)
    {
        _asked.Enqueue(_time.GetUtcNow());
        return _failures.TryDequeue(out var error)
            ? ValueTask.FromException<Socket>(new SocketException((int)error))
            : ValueTask.FromResult(new Socket(SocketType.Stream, ProtocolType.Tcp));
    }
}
