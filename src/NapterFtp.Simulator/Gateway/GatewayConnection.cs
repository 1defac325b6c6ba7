using System.Net;

namespace NapterFtp.Simulator.Gateway;

/// <summary>One connection from a user.</summary>
/// <param name="Id">The audit log's connection ID.</param>
/// <param name="Source">Where it came from.</param>
internal sealed record GatewayConnection(string Id, IPEndPoint Source);
