using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NapterFtp.Routers;

namespace NapterFtp.Core.Tests.Routers;

/// <summary>A router that takes rules, and then cannot be reached any more.</summary>
public sealed class RouterSessionTests
{
    private const string State =
        """
        napterftp:uid 0
        napterftp:clock 1800000000
        napterftp:forward 1
        napterftp:has nft
        napterftp:has awk
        napterftp:has grep
        napterftp:backend nft
        """;

    private static readonly TimeSpan s_real = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new();
    private readonly Warnings _warnings = new();
    private readonly SilentShell _shell = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_end_waits_ten_seconds_for_it_and_says_that_it_removes_the_rules_itself()
    {
        using var owner = new RouterOwner(null);
        var (session, removing) = await LeaveAsync(owner);

        var ending = session.DisposeAsync().AsTask();
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(ending.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await ending.WaitAsync(s_real, Token);
        await removing.WaitAsync(s_real, Token);

        Assert.True(session.LeavesRules);
        Assert.Contains(_warnings.Texts, text => text.Contains("removes the rules itself within 00:10:00", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_the_process_ends_it_has_less_time_so_that_the_port_to_it_is_closed_too()
    {
        using var owner = new RouterOwner(null);
        var (session, removing) = await LeaveAsync(owner);

        session.EndWithin(TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(2));
        await removing.WaitAsync(s_real, Token);
        await session.DisposeAsync().AsTask().WaitAsync(s_real, Token);

        Assert.True(_shell.IsDisposed);
        Assert.Contains(_warnings.Texts, text => text.Contains("could not be removed", StringComparison.Ordinal));
    }

    /// <summary>A session with a rule whose removal gets no answer.</summary>
    private async Task<(RouterSession Session, Task Removing)> LeaveAsync(RouterOwner owner)
    {
        var router = new NapterRouter(DeviceTarget.FromImsi("001010000000001"), IPAddress.Parse("192.168.1.20"), new RouterLogin("root", null, null, null));
        var session = new RouterSession(router, owner, _ => Task.FromResult<IRouterShell>(_shell), _time, _warnings);
        var rule = new ForwardRule(new RuleTag(owner.Id, 1800003600, 1), 50001, router.DeviceAddress, 21);
        await session.AddAsync(rule, Token);
        _shell.IsSilent = true;
        var removing = session.RemoveAsync(rule);
        await _shell.Asked.Task.WaitAsync(s_real, Token);
        return (session, removing);
    }

    private sealed class SilentShell : IRouterShell
    {
        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsSilent { get; set; }

        public bool IsDisposed { get; private set; }

        public int LongestCommand => 30_000;

        public async Task<ShellResult> RunAsync(string command, CancellationToken cancellationToken)
        {
            if (IsSilent)
            {
                Asked.TrySetResult();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return new ShellResult(0, State, "");
        }

        public Task<ReturnListener> ListenAsync(int port, IPAddress device, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Warnings : ILogger
    {
        private readonly List<string> _texts = [];

        public IReadOnlyList<string> Texts
        {
            get
            {
                lock (_texts)
                {
                    return [.. _texts];
                }
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                lock (_texts)
                {
                    _texts.Add(formatter(state, exception));
                }
            }
        }
    }
}
