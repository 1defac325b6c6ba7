using NapterFtp.Simulator.Api;

namespace NapterFtp.Simulator;

/// <summary>What the simulated account's user may do. As at SORACOM, a token has the rights that held when it was issued.</summary>
public sealed record SimulatedRights
{
    /// <summary>The operations that are answered with 403.</summary>
    public IReadOnlyCollection<ApiOperation> Denied { get; init; } = [];

    /// <summary>The SIM IDs that operations with one in their path are permitted for; null for all.</summary>
    public IReadOnlyCollection<string>? SimIds { get; init; }

    internal bool Permit(ApiOperation operation, HttpRequest request) =>
        !Denied.Contains(operation) && (SimIds is null || SimIdOf(request.Segments) is not { } simId || SimIds.Contains(simId));

    private static string? SimIdOf(string[] path) => path switch
    {
        ["v1", "port_mappings", "sims", var simId] => simId,
        ["v1", "sims", var simId, ..] => simId,
        _ => null,
    };
}
