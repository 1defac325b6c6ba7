using Microsoft.Extensions.Logging;

namespace NapterFtp.Routers;

/// <summary>How the router hears that its rules are still needed, and how what lasts longer than it should gets away.</summary>
internal sealed partial class RouterSession
{
    /// <summary>A third of the rules' life before their end at the latest.</summary>
    private async Task RenewAsync()
    {
        try
        {
            await RemoveLateAsync();
            lock (_lock)
            {
                if (!Wanted().Any())
                {
                    // What is left the router is to remove by itself.
                    return;
                }
            }

            var shell = await ShellAsync(_stop.Token);
            var result = await RunAsync(shell, (_state ?? throw RouterErrors.Unreachable(router, new InvalidOperationException("the session has ended"))).Script.Renew(owner.Id, router.RuleDuration), _stop.Token);
            if (result.Status != 0)
            {
                throw RouterErrors.RuleRefused(router, result.Error.Length > 0 ? result.Error : $"exit status {result.Status}");
            }

            if (result.Output.Contains(RuleScript.LapsedMark, StringComparison.Ordinal))
            {
                Wish[] anew;
                lock (_lock)
                {
                    anew = [.. Wanted().Select(rule => new Wish(rule, Adds: true))];
                    Array.ForEach(anew, Enqueue);
                }

                logger.LogWarning("Router {Router} had removed {Count} of our rules, for it had not heard from us; they are made anew.", router, anew.Length);
                await Task.WhenAll(anew.Select(wish => wish.Done.Task));
            }
        }
        catch (NapterFtpException exception)
        {
            logger.LogWarning("Router {Router} could not be told that its rules are still needed: {Error}", router, exception.Message);
            await DropShellAsync();
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The end.
        }
    }

    /// <summary>Removes what could not be removed when that was asked for.</summary>
    private async Task RemoveLateAsync()
    {
        ForwardRule[] late;
        lock (_lock)
        {
            // While something goes on, it may be just that.
            late = _working.IsCompleted ? [.. _unwanted.Select(number => _held[number])] : [];
        }

        await Task.WhenAll(late.Select(RemoveAsync));
    }

    private IEnumerable<ForwardRule> Wanted() => _held.Values.Where(rule => !_unwanted.Contains(rule.Tag.Number));
}
