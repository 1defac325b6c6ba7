using NapterFtp.Simulator.Api;

namespace NapterFtp.Simulator;

/// <summary>The account's SIMs.</summary>
internal sealed class SimDirectory(IReadOnlyList<SimulatedSim> sims)
{
    private readonly Dictionary<string, SimulatedSim> _byImsi = sims.ToDictionary(sim => sim.Imsi);
    private readonly Dictionary<string, SimulatedSim> _bySimId = sims.ToDictionary(sim => sim.SimId);

    /// <summary>All of them, in the order of their SIM IDs.</summary>
    public IReadOnlyList<SimulatedSim> All { get; } = [.. sims.OrderBy(sim => sim.SimId, StringComparer.Ordinal)];

    /// <exception cref="ApiErrorException">404.</exception>
    public SimulatedSim ByImsi(string imsi) => _byImsi.GetValueOrDefault(imsi) ?? throw ApiErrorException.NoSuchSim(imsi);

    /// <exception cref="ApiErrorException">404.</exception>
    public SimulatedSim BySimId(string simId) => _bySimId.GetValueOrDefault(simId) ?? throw ApiErrorException.NoSuchSim(simId);
}
