using System.Management.Automation;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>A cmdlet about our rules on routers.</summary>
public abstract class RouterRuleCmdlet : ConnectedCmdlet
{
    /// <summary>The router, as New-NapterRouter describes it. Which device behind it does not matter.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNull]
    public NapterRouter Router { get; set; } = null!;

    /// <summary>Our rules on the router; changes nothing.</summary>
    private protected async Task<IReadOnlyList<NapterRouterRule>> LookAsync(NapterConnection connection, CancellationToken cancellationToken)
    {
        var session = connection.Routers.Of(Router);
        return Describe(session, await session.LookAsync(cancellationToken));
    }

    private protected static IReadOnlyList<NapterRouterRule> Describe(Routers.RouterSession session, Routers.RouterState state)
    {
        var gone = session.GoneIn(state);
        return
        [
            .. state.OurRules().Select(rule => new NapterRouterRule
            {
                RouterPort = rule.RouterPort,
                DeviceAddress = rule.Address,
                DevicePort = rule.Back is null ? rule.DevicePort : null,
                Owner = rule.Tag.Owner,
                ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(rule.Tag.Expires),
                Owned = session.Owns(rule),
                Orphaned = gone.Contains(rule.Tag.Owner),
            }),
        ];
    }
}
