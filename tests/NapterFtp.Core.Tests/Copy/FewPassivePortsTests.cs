using NapterFtp.Copy;
using NapterFtp.Simulator.Device;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>More sessions than the device has passive ports: those without a port end, and their files are the others'.</summary>
public sealed class FewPassivePortsTests
{
    private const int Files = 40;

    // For the first session alone: a server may see the end of an earlier one late (pure-ftpd takes half as many as it has ports).
    private static readonly RetryPolicy Retry = new(8, TimeSpan.FromMilliseconds(50));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task More_sessions_than_a_device_has_passive_ports_copy_everything_at_the_first_attempt(int ports)
    {
        await using var bench = await ClientBench.StartAsync(DeviceProfiles.Default with { PassivePortCount = ports });
        Tree.Make(bench.Root, Files, folders: 0);

        await AssertCopiedAsync(bench, transfer => Assert.Equal(1, transfer.Attempts));
    }

    [Theory]
    [InlineData("vsftpd")]
    [InlineData("proftpd")]
    [InlineData("pure-ftpd")]
    [InlineData("pyftpdlib")]
    public async Task More_sessions_than_a_real_server_has_passive_ports_copy_everything(string name)
    {
        var kind = RealServerKind.Find(name);
        Peers.Require(kind);
        using var device = new ScratchFolder();
        Tree.Make(device, Files, folders: 0);
        await using var server = await RealServer.StartAsync(
            kind, new RealServerOptions { RootPath = device, PassivePortCount = 2 }, TestContext.Current.CancellationToken);
        await using var bench = ClientBench.For(device, server);

        // vsftpd ends a session that asks for a port when none is free, also one that has just been given a file.
        await AssertCopiedAsync(bench, transfer => Assert.InRange(transfer.Attempts, 1, 2));
    }

    private static async Task AssertCopiedAsync(ClientBench bench, Action<NapterFtpTransfer> assert)
    {
        foreach (var options in new[] { bench.Pull(), bench.Push("/pushed") })
        {
            await bench.CopyAsync(options with { SessionLimit = 8, Retry = Retry });

            Assert.Empty(bench.Log.Errors);
            Assert.Equal(Files, bench.Log.Transfers.Count);
            Assert.All(bench.Log.Transfers, assert);
        }

        Tree.AssertSame(bench.Local, Path.Combine(bench.Root, "pushed"));
        Directory.Delete(Path.Combine(bench.Root, "pushed"), recursive: true);
        Tree.AssertSame(bench.Root, bench.Local);
    }
}
