using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.RealPeers;

/// <summary>Real clients against real servers with nothing between: what fails through the relay alone is the relay's fault.</summary>
public sealed class DirectTransferTests
{
    // The servers here speak no TLS.
    public static TheoryData<string, string> Pairs => PairsOf(client => client != RealClient.LftpTls);

    public static TheoryData<string, string> MirrorPairs => PairsOf(client => client != RealClient.LftpTls && client.CanMirror);

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_real_client_lists_gets_and_puts_on_a_real_server(string clientName, string serverName)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var client = RealClient.Find(clientName);
        var kind = RealServerKind.Find(serverName);
        Peers.Require(kind);
        await Peers.RequireAsync(client);

        using var device = new ScratchFolder();
        using var local = new ScratchFolder();
        FileTree.Create(device, files: 3, maxLength: 100_000);
        TestData.WriteFile(local.File("up.bin"), 200_000, seed: 42);
        await using var server = await RealServer.StartAsync(kind, device, cancellation);

        var listed = await client.ListAsync(server.EndPoint, server.User, server.Password, "", cancellation);
        Assert.Contains("log00001.csv", listed.Output, StringComparison.Ordinal);

        var got = await client.GetAsync(server.EndPoint, server.User, server.Password, "log00001.csv", local.File("down.bin"), cancellation);
        Assert.True(got.Succeeded, got.ToString());
        Assert.Equal(TestData.HashFile(device.File("log00001.csv")), TestData.HashFile(local.File("down.bin")));

        if (client.CanPut)
        {
            var put = await client.PutAsync(server.EndPoint, server.User, server.Password, local.File("up.bin"), "up.bin", cancellation);
            Assert.True(put.Succeeded, put.ToString());
            Assert.Equal(TestData.HashFile(local.File("up.bin")), TestData.HashFile(device.File("up.bin")));
        }
    }

    [Theory]
    [MemberData(nameof(MirrorPairs))]
    public async Task A_real_client_mirrors_a_tree(string clientName, string serverName)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var client = RealClient.Find(clientName);
        var kind = RealServerKind.Find(serverName);
        Peers.Require(kind);
        await Peers.RequireAsync(client);

        using var device = new ScratchFolder();
        using var local = new ScratchFolder();
        FileTree.Create(device.Folder("log"), files: 20, folders: 3);
        await using var server = await RealServer.StartAsync(kind, device, cancellation);

        var mirrored = await client.MirrorAsync(server.EndPoint, server.User, server.Password, "log", local, cancellation);
        Assert.True(mirrored.Succeeded, mirrored.ToString());

        // Some put the folder itself into the local one, some what is in it.
        var actual = Directory.Exists(local.File("log")) ? local.File("log") : local.Path;
        Assert.Empty(FileTree.Differences(device.File("log"), actual));
    }

    [Theory]
    [InlineData("vsftpd")]
    [InlineData("proftpd")]
    [InlineData("pure-ftpd")]
    public async Task A_server_keeps_to_its_passive_ports_and_ends_with_all_it_started(string serverName)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var kind = RealServerKind.Find(serverName);
        Peers.Require(kind);
        await Peers.RequireAsync(RealClient.CurlPasv);

        using var device = new ScratchFolder();
        FileTree.Create(device, files: 1);
        var server = await RealServer.StartAsync(kind, new RealServerOptions { RootPath = device, PassivePortCount = 4 }, cancellation);
        await using (server)
        {
            var listed = await RealClient.CurlPasv.ListAsync(server.EndPoint, server.User, server.Password, "", cancellation);
            Assert.True(listed.Succeeded, listed.ToString());
        }

        var refused = await RealClient.CurlPasv.ListAsync(server.EndPoint, server.User, server.Password, "", cancellation);
        Assert.Equal(7, refused.ExitCode);
    }

    private static TheoryData<string, string> PairsOf(Func<RealClient, bool> wanted)
    {
        var pairs = new TheoryData<string, string>();
        foreach (var client in RealClient.All.Where(wanted))
        {
            foreach (var server in RealServerKind.All)
            {
                pairs.Add(client.Name, server.Name);
            }
        }

        return pairs;
    }
}
