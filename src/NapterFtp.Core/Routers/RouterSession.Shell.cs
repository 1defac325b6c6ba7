using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;

namespace NapterFtp.Routers;

/// <summary>How the session logs in, looks and runs commands.</summary>
internal sealed partial class RouterSession
{
    private readonly ConcurrentDictionary<IPAddress, ReturnWay> _ways = new();
    private readonly SemaphoreSlim _openingListening = new(1, 1);
    private readonly List<ListeningLogin> _listening = [];

    /// <summary>As <see cref="LookAsync(CancellationToken)"/>, also where no rules can be made there.</summary>
    public async Task<RouterState> ExamineAsync(CancellationToken cancellationToken) => await ExamineAsync(await OpenAsync(cancellationToken), cancellationToken);

    /// <summary>Whether a port of the router leads somewhere by a rule of this process.</summary>
    public async Task<bool> HasAsync(int routerPort, CancellationToken cancellationToken) =>
        (await LookAsync(cancellationToken)).OurRules().Any(rule => Owns(rule) && rule.RouterPort == routerPort);

    /// <summary>The commands for a forwarding, from the first to the last, by what is there now; changes nothing.</summary>
    public async Task<IReadOnlyList<string>> PreviewAsync(ForwardRule rule, CancellationToken cancellationToken)
    {
        var state = await LookAsync(cancellationToken);
        var change = new RuleChange { Owner = owner.Id, Life = router.RuleDuration };
        var gone = GoneIn(state);
        return
        [
            RouterState.Look(router.Backend),
            .. gone.Count == 0 ? Array.Empty<string>() : [state.Script.RemoveOwners(gone)],
            state.Script.Change(change with { Add = [rule] }),
            state.Script.Renew(owner.Id, router.RuleDuration),
            state.Script.Change(change with { Remove = [rule.Tag.Number], IsLast = true }),
        ];
    }

    /// <summary>The command that removes what owners left who have gone; null where there is none.</summary>
    public string? PreviewRemoval(RouterState state) => GoneIn(state) is { Count: > 0 } gone ? state.Script.RemoveOwners(gone) : null;

    /// <summary>The session with the router, begun where there is none: then what is there is looked at, and what dead processes left is
    /// removed.</summary>
    private async Task<IRouterShell> ShellAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            var shell = await OpenAsync(cancellationToken);
            if (_state is null)
            {
                try
                {
                    await CleanAsync(shell, cancellationToken);
                }
                catch
                {
                    await DropShellAsync();
                    throw;
                }
            }

            return shell;
        }
        finally
        {
            _opening.Release();
        }
    }

    private async Task<IRouterShell> OpenAsync(CancellationToken cancellationToken)
    {
        if (_shell is { } known)
        {
            return known;
        }

        var shell = await open(cancellationToken);
        if (Interlocked.CompareExchange(ref _shell, shell, null) is not { } other)
        {
            return shell;
        }

        // Somebody looked at the same time.
        await shell.DisposeAsync();
        return other;
    }

    private async Task CleanAsync(IRouterShell shell, CancellationToken cancellationToken)
    {
        var state = await LookAsync(shell, cancellationToken);
        var gone = GoneIn(state);
        if (gone.Count > 0)
        {
            logger.LogInformation("Router {Router}: rules of {Count} processes that have ended are removed.", router, gone.Count);
            await RunAsync(shell, state.Script.RemoveOwners(gone), cancellationToken);
            foreach (var ended in gone)
            {
                owner.Forget(ended);
            }

            state = await LookAsync(shell, cancellationToken);
        }

        _clockAhead = state.Clock - time.GetUtcNow().ToUnixTimeSeconds();
        _state = state;
    }

    private async Task<RouterState> LookAsync(IRouterShell shell, CancellationToken cancellationToken)
    {
        var state = await ExamineAsync(shell, cancellationToken);
        return state.Refusal(router) is { } error ? throw error : state;
    }

    private async Task<RouterState> ExamineAsync(IRouterShell shell, CancellationToken cancellationToken)
    {
        var result = await RunAsync(shell, RouterState.Look(router.Backend), cancellationToken);
        return RouterState.IsAnswer(result.Output) ? RouterState.Read(result.Output) : throw RouterErrors.ShellUnusable(router, RouterTexts.Excerpt($"{result.Error}\n{result.Output}"));
    }

    private async Task<ShellResult> RunAsync(IRouterShell shell, string command, CancellationToken cancellationToken)
    {
        if (Encoding.UTF8.GetByteCount(command) > shell.LongestCommand)
        {
            throw RouterErrors.CommandTooLong(router, shell.LongestCommand);
        }

        Commands++;
        logger.LogDebug("Router {Router} runs: {Command}", router, command);
        var started = time.GetTimestamp();
        var result = await shell.RunAsync(command, cancellationToken);
        logger.LogDebug(
            "Router {Router}: exit status {Status} after {Milliseconds:0} ms. {Error}", router, result.Status, time.GetElapsedTime(started).TotalMilliseconds, result.Error);
        return result;
    }

    /// <summary>Has the router's SSH server listen for the device, by a login of its own: data that somebody does not take hold up all of a login,
    /// and rules are not to wait for them.</summary>
    private async Task<Listening> ListenAsync(int port, IPAddress device, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var login = await ListeningLoginAsync(cancellationToken);
            try
            {
                return await login.ListenAsync(port, device, cancellationToken);
            }
            catch (NapterFtpException exception) when (exception.ErrorId == "RouterUnreachable" && attempt == 1)
            {
                await login.DisposeAsync();
            }
        }
    }

    /// <summary>A login that listens on one port more.</summary>
    private async Task<ListeningLogin> ListeningLoginAsync(CancellationToken cancellationToken)
    {
        await _openingListening.WaitAsync(cancellationToken);
        try
        {
            lock (_listening)
            {
                _listening.RemoveAll(known => known.HasEnded);
                if (_listening.Find(known => known.TryTake()) is { } login)
                {
                    return login;
                }
            }

            // Of a router's ports too few must not be left for others.
            var fresh = new ListeningLogin(await open(cancellationToken), Math.Clamp((router.LastPort - router.FirstPort + 1) / 4, 1, 16));
            fresh.TryTake();
            lock (_listening)
            {
                _listening.Add(fresh);
            }

            return fresh;
        }
        finally
        {
            _openingListening.Release();
        }
    }

    /// <summary>Where a device sees the router; asked for once in a session.</summary>
    public async Task<ReturnWay> WayBackAsync(IPAddress device, CancellationToken cancellationToken)
    {
        var shell = await ShellAsync(cancellationToken);
        if (_ways.TryGetValue(device, out var known))
        {
            return known;
        }

        var result = await RunAsync(shell, ReturnWay.Ask(device), cancellationToken);
        return _ways[device] = ReturnWay.Read(result.Output) ?? throw RouterErrors.NoWayBack(router);
    }

    private async Task DropShellAsync()
    {
        _ways.Clear();
        _state = null;
        if (Interlocked.Exchange(ref _shell, null) is { } shell)
        {
            await shell.DisposeAsync();
        }
    }

    private async Task StopListeningAsync()
    {
        ListeningLogin[] logins;
        lock (_listening)
        {
            logins = [.. _listening];
            _listening.Clear();
        }

        await Task.WhenAll(logins.Select(login => login.DisposeAsync().AsTask()));
    }
}
