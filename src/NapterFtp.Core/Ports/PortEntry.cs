using NapterFtp.Soracom;

namespace NapterFtp.Ports;

/// <summary>An entry of ours at SORACOM.</summary>
/// <param name="Mapping">What SORACOM says of it.</param>
/// <param name="Record">Its number in the journal.</param>
/// <param name="ExpiresAt">When SORACOM ends it by itself.</param>
internal sealed record PortEntry(PortMapping Mapping, long Record, DateTimeOffset ExpiresAt);
