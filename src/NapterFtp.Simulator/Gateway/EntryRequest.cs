namespace NapterFtp.Simulator.Gateway;

/// <summary>What an entry is made of.</summary>
/// <param name="Sim">The SIM.</param>
/// <param name="DevicePort">The port on the device.</param>
/// <param name="Duration">How long it lives.</param>
/// <param name="SourceRanges">The CIDR ranges let in.</param>
/// <param name="Tls">Whether the gateway terminates TLS.</param>
/// <param name="Strategy">How the SIM was chosen: SORACOM's <c>destinationChoosingStrategy</c>.</param>
internal sealed record EntryRequest(
    SimulatedSim Sim, int DevicePort, TimeSpan Duration, IReadOnlyList<string> SourceRanges, bool Tls, string Strategy)
{
    public const string ByImsi = "IMSI_PRIORITIZED";

    /// <summary>The strategy of an entry made for a SIM and its Air session.</summary>
    public const string ForAir = "AIR_PRIORITIZED";

    public bool IsControl => Sim.IsControlPort(DevicePort);
}
