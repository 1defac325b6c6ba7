namespace NapterFtp.Soracom;

/// <summary>What to ask SORACOM for in <c>POST /port_mappings</c> (by IMSI) or <c>POST /port_mappings/sims/{sim_id}</c> (by SIM ID).</summary>
/// <param name="Device">The device.</param>
/// <param name="DevicePort">The TCP port on the device, 1 to 65535.</param>
/// <param name="Duration">How long the entry lives; whole seconds, at most 8 hours.</param>
/// <param name="SourceRanges">CIDR ranges allowed to connect; empty: the address SORACOM sees the call come from.</param>
/// <param name="Tls">Whether the gateway requires TLS.</param>
internal sealed record PortMappingRequest(
    DeviceTarget Device,
    int DevicePort,
    TimeSpan Duration,
    IReadOnlyList<string> SourceRanges,
    bool Tls = true)
{
    /// <summary>How long the caller can bear to wait, waits for SORACOM's limits and repetitions included.</summary>
    public TimeSpan Patience { get; init; } = ApiCall.DefaultPatience;
}
