using System.Globalization;
using NapterFtp.Routers;

namespace NapterFtp.Diagnosis;

/// <summary>The steps at a router that is told what to forward, before the device behind it is tried.</summary>
internal static class RouterSteps
{
    /// <summary>Whether an SSH server answers. No login is sent.</summary>
    public static async Task<CheckOutcome> ReachAsync(CheckState state, NapterRouter router, CancellationToken cancellationToken)
    {
        if (router.Via == NapterRouterVia.Api)
        {
            return CheckOutcome.Skipped("SORACOM connects to the router (-Via Api).");
        }

        state.RouterHostKey = await state.Connection.Routers.AskHostKeyAsync(router, cancellationToken);
        return CheckOutcome.Passed(Line($"An SSH server answers on port {router.Port} of the router."), router);
    }

    /// <summary>Whether it is the router that was meant.</summary>
    public static Task<CheckOutcome> CompareHostKeyAsync(CheckState state, NapterRouter router) => Task.FromResult(
        state.RouterHostKey is not { } seen ? CheckOutcome.Skipped("SORACOM logs in, and no host key can be verified (-Via Api).")
        : router.HostKeyFingerprint is not { } known ? CheckOutcome.Of(RouterErrors.HostKeyUnknown(router, seen))
        : known == seen ? CheckOutcome.Passed($"Its host key is the one that is trusted: {seen}.", router)
        : CheckOutcome.Of(RouterErrors.HostKeyChanged(router, known, seen)));

    /// <summary>Whether the login is let in, and can run commands.</summary>
    public static async Task<CheckOutcome> LogInAsync(CheckState state, NapterRouter router, CancellationToken cancellationToken)
    {
        state.Router = await state.Connection.Routers.Of(router).ExamineAsync(cancellationToken);
        return CheckOutcome.Passed($"'{router.UserName}' is let in{(router.Via == NapterRouterVia.Api ? ", by way of SORACOM" : "")}.", router);
    }

    /// <summary>Whether the login may change rules.</summary>
    public static Task<CheckOutcome> CheckRootAsync(CheckState state, NapterRouter router) => Task.FromResult(
        state.Router!.IsRoot ? CheckOutcome.Passed($"'{router.UserName}' is root there.", router) : CheckOutcome.Of(RouterErrors.NotRoot(router)));

    /// <summary>Whether there is a firewall that we know, and what else is needed.</summary>
    public static Task<CheckOutcome> FindFirewallAsync(CheckState state, NapterRouter router)
    {
        var found = state.Router!;
        if (found.Refusal(router) is { } error)
        {
            return Task.FromResult(CheckOutcome.Of(error));
        }

        var chains = found.ForwardChains.Count == 0 ? "" : $" What it forwards may be dropped in {string.Join(", ", found.ForwardChains)}, where ours is let through.";
        var left = found.OurRules().Count;
        return Task.FromResult(CheckOutcome.Passed(
            $"{found.Backend} filters there, and it forwards.{chains}{(left == 0 ? "" : Line($" {left} forwardings of this module are there: Get-NapterRouterRule."))}", router));
    }

    /// <summary>Whether rules can be added and removed: a forwarding to the device's control port, which goes at once.</summary>
    public static async Task<CheckOutcome> TryRuleAsync(CheckState state, NapterRouter router, CancellationToken cancellationToken)
    {
        var routers = state.Connection.Routers;
        var forwarding = await routers.OpenAsync(router, state.Options.DevicePort, state.Options.PortDuration, cancellationToken);
        var port = forwarding.RouterPort;
        var added = await routers.Of(router).HasAsync(port, cancellationToken);
        await forwarding.CloseAsync();
        return !added ? CheckOutcome.Of(RouterErrors.RuleRefused(router, "it took them, but does not show them."))
            : await routers.Of(router).HasAsync(port, cancellationToken) ? CheckOutcome.Of(RouterErrors.RuleRefused(router, "it does not remove them."))
            : CheckOutcome.Passed(Line($"Its port {port} was led to the device, and no longer is."), router);
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
