using Xunit;

namespace NapterFtp.Testing;

/// <summary>First line of a test with real servers and clients: gets them onto the machine, or skips the test with the reason.</summary>
public static class Peers
{
    public static void Require(params IEnumerable<RealServerKind> servers)
    {
        if (servers.Any() && PeerPackages.Obstacle is { } obstacle)
        {
            Assert.Skip($"running {string.Join(", ", servers)} {obstacle}");
        }
    }

    public static async Task RequireAsync(params IEnumerable<RealClient> clients)
    {
        if (await PeerPackages.EnsureAsync(clients.Select(client => client.Package)) is { } reason)
        {
            Assert.Skip(reason);
        }
    }
}
