using Microsoft.Extensions.Logging;

namespace NapterFtp.Routers;

/// <summary>Our rules on one router: adds and removes them, several by one command where they are wanted at once, and has the router know that
/// we are still there. Logs in when first needed, and out when no rule has been there for a while.</summary>
/// <param name="router">The router; which device behind it does not matter.</param>
/// <param name="owner">Who the rules say made them.</param>
/// <param name="open">Logs in.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of each command.</param>
internal sealed partial class RouterSession(
    NapterRouter router, RouterOwner owner, Func<CancellationToken, Task<IRouterShell>> open, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    /// <summary>How many forwardings one command changes at the most.</summary>
    private const int LargestBatch = 16;

    private static readonly TimeSpan s_idleTime = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan[] s_removalPauses = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)];

    private readonly object _lock = new();
    private readonly List<Wish> _wishes = [];

    // By number: what may be there, and what of it is not wanted any more.
    private readonly Dictionary<int, ForwardRule> _held = [];
    private readonly HashSet<int> _unwanted = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _opening = new(1, 1);
    private Task _working = Task.CompletedTask;
    private IRouterShell? _shell;
    private RouterState? _state;
    private long _clockAhead;
    private ITimer? _renewal;
    private ITimer? _idle;
    private bool _closed;

    /// <summary>Commands run so far.</summary>
    public int Commands { get; private set; }

    /// <summary>Adds a forwarding; returns when it works.</summary>
    /// <exception cref="NapterFtpException">Nothing was changed: <c>RouterPortTaken</c>, <c>RouterNotRoot</c>, … or that of the login.</exception>
    public Task AddAsync(ForwardRule rule, CancellationToken cancellationToken) => WishAsync(new Wish(rule, Adds: true)).WaitAsync(cancellationToken);

    /// <summary>Adds a way back and has the router's SSH server listen there; returns when a device's connection comes to us.</summary>
    /// <exception cref="NapterFtpException">As <see cref="AddAsync"/>; or <c>RouterListenRefused</c>. What was asked for is to be removed then.</exception>
    public async Task<Listening> AddReturnAsync(ForwardRule rule, CancellationToken cancellationToken)
    {
        var rules = AddAsync(rule, cancellationToken);
        var listening = ListenAsync(rule.RouterPort, rule.Address, cancellationToken);
        try
        {
            await Task.WhenAll(rules, listening);
            return await listening;
        }
        catch
        {
            if (listening.IsCompletedSuccessfully)
            {
                await (await listening).DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>Removes a forwarding that <see cref="AddAsync"/> was asked for. Never throws: where the router cannot be reached, that is tried
    /// again with the next renewal, and once nothing is wanted any more the router does it by itself in time.</summary>
    public async Task RemoveAsync(ForwardRule rule)
    {
        try
        {
            await WishAsync(new Wish(rule, Adds: false));
        }
        catch (Exception exception)
        {
            logger.LogWarning(
                "Rules on router {Router} for port {Port} could not be removed ({Error}). That is tried again; once no other of ours is needed there, the router removes them itself within {Life}.",
                router, rule.RouterPort, exception.Message, router.RuleDuration);
        }
    }

    /// <summary>What is on the router now.</summary>
    public async Task<RouterState> LookAsync(CancellationToken cancellationToken) => await LookAsync(await OpenAsync(cancellationToken), cancellationToken);

    /// <summary>Whose process has ended, of the owners of rules there.</summary>
    public IReadOnlyList<string> GoneIn(RouterState state) =>
        [.. state.Owners().Where(other => owner.HasGone(other.Key, other.Value, state.Clock)).Select(other => other.Key)];

    /// <summary>Whether a rule is this process's.</summary>
    public bool Owns(ForwardRule rule) => rule.Tag.Owner == owner.Id;

    /// <summary>Removes what owners left who have gone.</summary>
    public async Task RemoveOrphansAsync(CancellationToken cancellationToken) => await CleanAsync(await OpenAsync(cancellationToken), cancellationToken);

    /// <summary>Whether rules may still be there.</summary>
    public bool LeavesRules
    {
        get
        {
            lock (_lock)
            {
                return _held.Count > 0;
            }
        }
    }

    private Task WishAsync(Wish wish)
    {
        lock (_lock)
        {
            if (wish.Adds)
            {
                // From here on it may be there.
                _held[wish.Rule.Tag.Number] = wish.Rule;
            }
            else if (_held.ContainsKey(wish.Rule.Tag.Number))
            {
                _unwanted.Add(wish.Rule.Tag.Number);
            }
            else
            {
                return Task.CompletedTask;
            }

            Enqueue(wish);
        }

        return wish.Done.Task;
    }

    private void Enqueue(Wish wish)
    {
        _wishes.Add(wish);
        StopIdle();
        if (_working.IsCompleted)
        {
            _working = Task.Run(WorkAsync);
        }
    }

    /// <summary>Fulfils what is wished for, as much of it at a time as has come meanwhile.</summary>
    private async Task WorkAsync()
    {
        while (true)
        {
            List<Wish> batch;
            lock (_lock)
            {
                batch = [.. _wishes.Take(LargestBatch)];
                if (batch.Count == 0)
                {
                    StartIdle();
                    _working = Task.CompletedTask;
                    return;
                }

                _wishes.RemoveRange(0, batch.Count);
            }

            await FulfilAsync(batch);
        }
    }

    private async Task FulfilAsync(List<Wish> batch)
    {
        try
        {
            await ChangeAsync(batch);
            batch.ForEach(wish => wish.Done.TrySetResult());
        }
        catch (NapterFtpException exception) when (batch.Count > 1 && exception.ErrorId is "RouterPortTaken" or "RouterRuleRefused" or "RouterLoopbackClosed" or "RouterCommandTooLong")
        {
            // One of them is what is wrong, or there are too many.
            foreach (var part in batch.Chunk(exception.ErrorId == "RouterCommandTooLong" ? (batch.Count + 1) / 2 : 1))
            {
                await FulfilAsync([.. part]);
            }
        }
        catch (NapterFtpException exception) when (batch.Exists(wish => wish.Adds) && batch.Exists(wish => !wish.Adds))
        {
            // What is to go is tried for longer.
            Fail(batch.FindAll(wish => wish.Adds), exception);
            await FulfilAsync(batch.FindAll(wish => !wish.Adds));
        }
        catch (Exception exception)
        {
            Fail(batch, exception);
        }
    }

    private void Fail(List<Wish> wishes, Exception exception)
    {
        if (exception is NapterFtpException { ErrorId: not ("RouterUnreachable" or "RouterCommandTimeout" or "RouterApiLimitExceeded") })
        {
            // What was to be added is not there.
            Let(wishes.Where(wish => wish.Adds).Select(wish => wish.Rule.Tag.Number));
        }

        wishes.ForEach(wish => wish.Done.TrySetException(exception));
    }

    private async Task ChangeAsync(List<Wish> batch)
    {
        ForwardRule[] add;
        int[] remove = [.. batch.Where(wish => !wish.Adds).Select(wish => wish.Rule.Tag.Number)];
        bool isLast;
        lock (_lock)
        {
            // What was given up meanwhile is not added: its removal comes behind, or is in this very command, which removes first.
            add = [.. batch.Where(wish => wish.Adds && !_unwanted.Contains(wish.Rule.Tag.Number)).Select(wish => wish.Rule)];
            isLast = add.Length == 0 && _held.Keys.All(number => remove.Contains(number));
        }

        if (add.Length == 0 && remove.Length == 0)
        {
            return;
        }

        var change = new RuleChange { Owner = owner.Id, Add = add, Remove = remove, IsLast = isLast, Life = router.RuleDuration };
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await ApplyAsync(change);
                break;
            }
            catch (NapterFtpException exception) when (
                (add.Length == 0 ? exception.ErrorId != "RouterApiLimitExceeded" : exception.ErrorId is "RouterUnreachable" or "RouterCommandTimeout")
                && attempt < (add.Length > 0 ? 1 : s_removalPauses.Length))
            {
                // The session broke, or another program changed the rules at that moment; the script may be run twice.
                logger.LogDebug(exception, "Logging in to router {Router} anew.", router);
                await DropShellAsync();
                if (add.Length == 0)
                {
                    await Task.Delay(s_removalPauses[attempt], time, _stop.Token);
                }
            }
        }

        Let(remove);
        lock (_lock)
        {
            if (_held.Count > 0 && _renewal is null && !_closed)
            {
                var every = router.RuleDuration / 3;
                _renewal = time.CreateTimer(static session => _ = ((RouterSession)session!).RenewAsync(), this, every, every);
            }
        }
    }

    private void Let(IEnumerable<int> numbers)
    {
        lock (_lock)
        {
            foreach (var number in numbers)
            {
                _held.Remove(number);
                _unwanted.Remove(number);
            }

            if (_held.Count == 0)
            {
                _renewal?.Dispose();
                _renewal = null;
            }
        }
    }

    private async Task ApplyAsync(RuleChange change)
    {
        var shell = await ShellAsync(_stop.Token);
        var state = _state ?? throw RouterErrors.Unreachable(router, new InvalidOperationException("the session has ended"));
        foreach (var rule in change.Add)
        {
            if (state.TakenBy(rule.RouterPort) is { } other)
            {
                throw RouterErrors.PortTaken(router, rule.RouterPort, other);
            }
        }

        var result = await RunAsync(shell, state.Script.Change(change with { Add = [.. change.Add.Select(InRoutersTime)] }), _stop.Token);
        if (result.Status == RuleScript.Taken)
        {
            throw RouterErrors.PortTaken(router, change.Add[0].RouterPort, result.Output[(result.Output.IndexOf(RuleScript.TakenMark, StringComparison.Ordinal) + RuleScript.TakenMark.Length)..]);
        }

        if (result.Status == RuleScript.Closed)
        {
            throw RouterErrors.LoopbackClosed(router, result.Error);
        }

        if (result.Status != 0)
        {
            throw RouterErrors.RuleRefused(router, result.Error.Length > 0 ? result.Error : $"exit status {result.Status}");
        }
    }

    /// <summary>With the expiry by the router's clock, by which others judge it.</summary>
    private ForwardRule InRoutersTime(ForwardRule rule) => rule with { Tag = rule.Tag with { Expires = rule.Tag.Expires + _clockAhead } };

    private void StartIdle()
    {
        if (_held.Count == 0 && _shell is not null && !_closed)
        {
            StopIdle();
            _idle = time.CreateTimer(static session => ((RouterSession)session!).IdleEnded(), this, s_idleTime, Timeout.InfiniteTimeSpan);
        }
    }

    private void IdleEnded()
    {
        lock (_lock)
        {
            if (_idle is null || _held.Count > 0 || _wishes.Count > 0 || !_working.IsCompleted || _closed)
            {
                return;
            }

            _working = Task.Run(async () =>
            {
                await StopListeningAsync();
                await DropShellAsync();
                await WorkAsync();
            });
        }
    }

    private void StopIdle()
    {
        _idle?.Dispose();
        _idle = null;
    }

    private void StopTimers()
    {
        StopIdle();
        _renewal?.Dispose();
        _renewal = null;
    }

    /// <summary>A forwarding to add or remove.</summary>
    private sealed record Wish(ForwardRule Rule, bool Adds)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
