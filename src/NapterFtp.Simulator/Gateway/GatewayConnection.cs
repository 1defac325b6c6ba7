using System.Net;

namespace NapterFtp.Simulator.Gateway;

/// <summary>One connection from a user.</summary>
/// <param name="Entry">The entry it came to.</param>
/// <param name="Id">The audit log's connection ID.</param>
/// <param name="Source">Where it came from.</param>
internal sealed record GatewayConnection(GatewayEntry Entry, string Id, IPEndPoint Source)
{
    /// <summary>What is to go wrong with it.</summary>
    public GatewayFault? Fault { get; init; }
}
