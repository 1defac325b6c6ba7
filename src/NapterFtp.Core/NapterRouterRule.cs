using System.Net;

namespace NapterFtp;

/// <summary>A forwarding of ours on a router: the rules that lead one of its ports to a device.</summary>
public sealed record NapterRouterRule
{
    /// <summary>The router's port.</summary>
    public required int RouterPort { get; init; }

    /// <summary>The device's address behind the router.</summary>
    public required IPAddress DeviceAddress { get; init; }

    /// <summary>The device's port; null where it is the device that connects to the router (active mode).</summary>
    public required int? DevicePort { get; init; }

    /// <summary>What stands for the process that made it.</summary>
    public required string Owner { get; init; }

    /// <summary>When nobody can want it any more, by the router's clock. The router removes it earlier where it does not hear from its owner.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Whether this process made it.</summary>
    public required bool Owned { get; init; }

    /// <summary>Whether its owner has gone.</summary>
    public required bool Orphaned { get; init; }
}
