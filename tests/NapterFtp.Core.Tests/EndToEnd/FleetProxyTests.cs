using NapterFtp.Core.Tests.Transport;
using NapterFtp.Relay;
using NapterFtp.Simulator;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.EndToEnd;

/// <summary>Real clients at one address, each of which names its device in the login.</summary>
public sealed class FleetProxyTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public static TheoryData<string> Clients => ["curl", "curl-active", "lftp", "lftp-pipelined", "lftp-ftps", "tnftp", "ftplib"];

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task A_client_gets_and_puts_files_of_the_device_of_its_login(string clientName)
    {
        var client = RealClient.All.Single(one => one.Name == clientName);
        await Peers.RequireAsync(client);
        using var folder = new ScratchFolder();
        await using var bench = await RelayBench.StartAsync(new SimulatorOptions
        {
            Sims =
            [
                Sim("001010000000001", "8981100000000000001", "pump", folder.Folder("pump")),
                Sim("001010000000002", "8981100000000000002", "gate", folder.Folder("gate")),
                Sim("001010000000003", "8981100000000000003", "twin", folder.Folder("twin")),
            ],
        });
        using var certificate = _certificates.Issue("relay.test");
        var proxy = await bench.StartProxyAsync(configure: options => options with
        {
            Device = null,
            Fleet = new FleetOptions { Allowed = new AllowedDevices(["pump", "gate"]) },

            // Where TLS is offered, lftp insists on trusting the certificate.
            TlsCertificate = client == RealClient.LftpTls ? certificate : null,
        });
        Assert.Empty(bench.Simulator.PortMappings);

        var hashes = new[] { "pump", "gate" }.ToDictionary(
            root => root, root => TestData.WriteFile(Path.Combine(folder.File(root), $"{root}.bin"), 200_000, seed: root[0]));
        foreach (var (device, root) in new[] { ("001010000000001", "pump"), ("8981100000000000002", "gate"), ("gate", "gate") })
        {
            var local = folder.File($"got.{device}");
            var got = await client.GetAsync(
                proxy.ListenEndPoint, $"anonymous@{device}", "guest", $"{root}.bin", local, TestContext.Current.CancellationToken);
            Assert.True(File.Exists(local), got.ToString());
            Assert.Equal(hashes[root], TestData.HashFile(local));
            var put = await client.PutAsync(
                proxy.ListenEndPoint, $"anonymous@{device}", "guest", local, $"{device}.back", TestContext.Current.CancellationToken);
            Assert.True(File.Exists(Path.Combine(folder.File(root), $"{device}.back")), put.ToString());
            Assert.Equal(hashes[root], TestData.HashFile(Path.Combine(folder.File(root), $"{device}.back")));
        }

        // Not among the allowed ones.
        var refused = await client.GetAsync(
            proxy.ListenEndPoint, "anonymous@twin", "guest", "a", folder.File("refused"), TestContext.Current.CancellationToken, TimeSpan.FromSeconds(60));
        Assert.False(File.Exists(folder.File("refused")), refused.ToString());
        Assert.DoesNotContain(bench.Events, step => step.Imsi == "001010000000003" || step.SimId == "8981100000000000003");

        await bench.DataPortsClosedAsync();
        var shown = proxy.Snapshot();
        Assert.Equal((null, null), (shown.Imsi, shown.SimId));
        Assert.True(shown.BytesFromDevice >= 600_000, $"{shown.BytesFromDevice} bytes");
        await proxy.StopAsync(TimeSpan.Zero, TestContext.Current.CancellationToken);
        Assert.Empty(bench.Simulator.PortMappings);
    }

    private static SimulatedSimOptions Sim(string imsi, string simId, string name, string root) =>
        new() { Imsi = imsi, SimId = simId, Name = name, RootPath = root };
}
