using System.Net;
using System.Net.Sockets;
using NapterFtp.Core.Tests.Entries;
using NapterFtp.Transport;

namespace NapterFtp.Core.Tests.Transport;

public sealed class HostDialerTests
{
    private static readonly IPAddress[] Addresses = [IPAddress.Parse("2001:db8::1"), IPAddress.Parse("192.0.2.1")];

    private readonly WatchedTimeProvider _time = new();
    private readonly Dictionary<IPAddress, TaskCompletionSource<Line>> _lines = Addresses.ToDictionary(address => address, _ => new TaskCompletionSource<Line>());
    private readonly List<IPAddress> _tried = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_address_that_does_not_answer_does_not_keep_the_next_waiting_and_is_given_up()
    {
        var connecting = ConnectAsync(Cancellation);
        await _time.AdvanceToTimerAsync(HostDialer.HeadStart, HostDialer.HeadStart);
        using var answered = new Line();
        _lines[Addresses[1]].SetResult(answered);
        Assert.Same(answered, await connecting);

        var late = new Line();
        _lines[Addresses[0]].SetResult(late);
        await late.Ended.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task An_address_that_answers_is_the_only_one_tried()
    {
        using var line = new Line();
        _lines[Addresses[0]].SetResult(line);
        Assert.Same(line, await ConnectAsync(Cancellation));
        Assert.Equal(Addresses[..1], _tried);
    }

    [Fact]
    public async Task Where_all_refuse_the_last_says_why_without_a_wait()
    {
        _lines[Addresses[0]].SetException(new SocketException((int)SocketError.NetworkUnreachable));
        _lines[Addresses[1]].SetException(new SocketException((int)SocketError.ConnectionRefused));
        var error = await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(Cancellation));
        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
    }

    [Fact]
    public async Task A_caller_who_gives_up_does_not_wait_for_any()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var connecting = ConnectAsync(stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
    }

    private Task<Line> ConnectAsync(CancellationToken cancellationToken) => HostDialer.FirstAsync(
        Addresses,
        (address, _) =>
        {
            _tried.Add(address);
            return _lines[address].Task;
        },
        _time,
        cancellationToken);

    private sealed class Line : IDisposable
    {
        private readonly TaskCompletionSource _ended = new();

        public Task Ended => _ended.Task;

        public void Dispose() => _ended.TrySetResult();
    }
}
