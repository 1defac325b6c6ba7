using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NapterFtp.Core.Tests.Relay;
using NapterFtp.Routers;

namespace NapterFtp.Core.Tests.Routers;

/// <summary>A router that takes rules, and then cannot be reached any more.</summary>
public sealed class RouterSessionTests
{
    private static readonly IPAddress s_device = IPAddress.Parse("192.168.1.20");

    private static readonly TimeSpan s_real = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new();
    private readonly Warnings _warnings = new();
    private readonly FakeShell _shell = new();

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

    [Fact]
    public async Task Where_a_port_of_several_is_taken_the_others_work_and_are_removed_in_the_end()
    {
        using var owner = new RouterOwner(null);
        await using var session = Begin(owner);
        var (first, taken, third) = (Rule(owner, 1), Rule(owner, 2, FakeShell.TakenPort), Rule(owner, 3));
        var adding = await WhileAddingAsync(session, first, () => [session.AddAsync(taken, Token), session.AddAsync(third, Token)]);

        Assert.Equal("RouterPortTaken", (await Assert.ThrowsAsync<NapterFtpException>(() => adding[0])).ErrorId);
        await adding[1];
        Assert.Equal([1, 3], _shell.Rules);

        await Task.WhenAll(session.RemoveAsync(third), session.RemoveAsync(first));
        Assert.Empty(_shell.Rules);
        Assert.False(session.LeavesRules);
    }

    [Fact]
    public async Task What_is_given_up_before_the_router_was_told_is_not_added()
    {
        using var owner = new RouterOwner(null);
        await using var session = Begin(owner);
        var (first, second) = (Rule(owner, 1), Rule(owner, 2));
        using var given = new CancellationTokenSource();
        await WhileAddingAsync(session, first, () =>
        {
            var adding = session.AddAsync(second, given.Token);
            given.Cancel();
            return [Assert.ThrowsAnyAsync<OperationCanceledException>(() => adding), session.RemoveAsync(second)];
        });

        Assert.Equal([1], _shell.Rules);
        await session.RemoveAsync(first);
        Assert.Empty(_shell.Rules);
        Assert.False(session.LeavesRules);
    }

    [Fact]
    public async Task What_cannot_be_added_does_not_keep_what_is_to_go()
    {
        using var owner = new RouterOwner(null);
        await using var session = Begin(owner);
        var (first, second, third) = (Rule(owner, 1), Rule(owner, 2), Rule(owner, 3));
        await session.AddAsync(first, Token);
        Task removing = Task.CompletedTask;
        var adding = await WhileAddingAsync(session, second, () =>
        {
            removing = session.RemoveAsync(first);
            return [session.AddAsync(third, Token)];
        }, breaks: 3);

        Assert.Equal("RouterUnreachable", (await Assert.ThrowsAsync<NapterFtpException>(() => adding[0])).ErrorId);
        await PassAsync(removing);
        Assert.Equal([2], _shell.Rules);
    }

    [Fact]
    public async Task What_could_not_be_removed_is_removed_when_the_router_is_heard_of_again()
    {
        using var owner = new RouterOwner(null);
        await using var session = Begin(owner);
        var (first, second) = (Rule(owner, 1), Rule(owner, 2));
        await Task.WhenAll(session.AddAsync(first, Token), session.AddAsync(second, Token));
        _shell.Breaks = int.MaxValue;
        await PassAsync(session.RemoveAsync(first));
        Assert.Contains(_warnings.Texts, text => text.Contains("tried again", StringComparison.Ordinal));
        Assert.Equal([1, 2], _shell.Rules);

        _shell.Breaks = 0;
        await BeginRenewalAsync();
        await session.RemoveAsync(second);

        Assert.Empty(_shell.Rules);
        Assert.False(session.LeavesRules);
    }

    [Fact]
    public async Task Where_nothing_is_wanted_any_more_and_cannot_be_removed_the_router_is_not_told_to_keep_it()
    {
        using var owner = new RouterOwner(null);
        await using var session = Begin(owner);
        var rule = Rule(owner, 1);
        await session.AddAsync(rule, Token);
        _shell.Refuses = true;
        await PassAsync(session.RemoveAsync(rule));

        var before = session.Commands;
        await BeginRenewalAsync();
        await PassAsync(ProxyBench.UntilAsync(() => _warnings.Texts.Count == 2));

        Assert.True(session.Commands > before);
        Assert.DoesNotContain(_shell.Commands, command => command.Contains(RuleScript.LapsedMark, StringComparison.Ordinal));
    }

    private RouterSession Begin(RouterOwner owner) => new(
        new NapterRouter(DeviceTarget.FromImsi("001010000000001"), s_device, new RouterLogin("root", null, null, null)),
        owner,
        _ => Task.FromResult<IRouterShell>(_shell),
        _time,
        _warnings);

    private static ForwardRule Rule(RouterOwner owner, int number, int? port = null) =>
        new(new RuleTag(owner.Id, 1800003600, number), port ?? 50000 + number, s_device, 21);

    /// <summary>Asks for more while the router adds a rule, so that all of it is told to the router at once.</summary>
    /// <param name="session">The session.</param>
    /// <param name="rule">The rule that is added meanwhile.</param>
    /// <param name="more">Asks for more.</param>
    /// <param name="breaks">How often the router is not reached then.</param>
    private async Task<Task[]> WhileAddingAsync(RouterSession session, ForwardRule rule, Func<Task[]> more, int breaks = 0)
    {
        var answer = new TaskCompletionSource();
        _shell.Answer = answer.Task;
        var asked = _shell.Next();
        var adding = session.AddAsync(rule, Token);
        await asked.WaitAsync(s_real, Token);
        var tasks = more();
        _shell.Answer = Task.CompletedTask;
        _shell.Breaks = breaks;
        answer.SetResult();
        await adding;
        await Task.WhenAny(Task.WhenAll(tasks)).WaitAsync(s_real, Token);
        return tasks;
    }

    /// <summary>Lets the time of a renewal come; returns with its first command.</summary>
    private async Task BeginRenewalAsync()
    {
        var begun = _shell.Next();
        _time.Advance(TimeSpan.FromMinutes(10) / 3);
        await begun.WaitAsync(s_real, Token);
    }

    /// <summary>Lets time pass, but less than a renewal is away, until something is done.</summary>
    private async Task PassAsync(Task task)
    {
        for (var seconds = 0; !task.IsCompleted && seconds < 180; seconds++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(task, Task.Delay(TimeSpan.FromMilliseconds(10), Token));
        }

        await task.WaitAsync(s_real, Token);
    }

    /// <summary>A session with a rule whose removal gets no answer.</summary>
    private async Task<(RouterSession Session, Task Removing)> LeaveAsync(RouterOwner owner)
    {
        var session = Begin(owner);
        var rule = Rule(owner, 1);
        await session.AddAsync(rule, Token);
        _shell.IsSilent = true;
        var asked = _shell.Next();
        var removing = session.RemoveAsync(rule);
        await asked.WaitAsync(s_real, Token);
        return (session, removing);
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
