using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Relay;

/// <summary>SORACOM's SIMs in memory.</summary>
internal sealed class FakeSims : ISimSource
{
    public const string Pump = "001010000000001";
    public const string Gate = "001010000000002";
    public const string Twin = "001010000000003";
    public const string OtherTwin = "001010000000004";

    public List<NapterSim> Sims { get; } =
    [
        Sim(Pump, "pump 7", ("site", "north"), ("line", "1")),
        Sim(Gate, "水門", ("site", "south")),
        Sim(Twin, "twin"),
        Sim(OtherTwin, "twin"),
    ];

    public int Lists { get; private set; }

    public int LookUps { get; private set; }

    public NapterFtpException? Failure { get; set; }

    public static string SimIdOf(string imsi) => "8981100000" + imsi[^9..];

    public static NapterSim Sim(string imsi, string name, params (string Name, string Value)[] tags) =>
        new() { Imsi = imsi, SimId = SimIdOf(imsi), Name = name, Tags = tags.ToDictionary(tag => tag.Name, tag => tag.Value) };

    public async IAsyncEnumerable<NapterSim> SearchSimsAsync(
        SimSearch search, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Lists++;
        await Task.Yield();
        if (Failure is not null)
        {
            throw Failure;
        }

        foreach (var sim in Sims.ToArray())
        {
            yield return sim;
        }
    }

    public Task<NapterSim?> FindSimAsync(DeviceTarget device, CancellationToken cancellationToken)
    {
        LookUps++;
        return Failure is null ? Task.FromResult(Sims.FirstOrDefault(sim => sim.SimId == device.SimId || (sim.Imsi is not null && sim.Imsi == device.Imsi))) : Task.FromException<NapterSim?>(Failure);
    }
}
