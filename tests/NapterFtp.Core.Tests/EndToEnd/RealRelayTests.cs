using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.EndToEnd;

/// <summary>The main job with real servers and clients at both ends: large files, many files, many clients.</summary>
public sealed class RealRelayTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    /// <summary>Far more than all buffers on the way hold.</summary>
    private static readonly long s_length = (long)Campaign.Count("FILE_MEBIBYTES", usual: 32, full: 256) << 20;

    private static readonly int s_files = Campaign.Count("TREE_FILES", usual: 60, full: 200);

    public static TheoryData<string> Servers => [.. RealServerKind.All.Select(kind => kind.Name)];

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task A_large_file_arrives_with_the_same_hash_both_ways(string serverName)
    {
        await using var setup = await Setup.StartAsync(serverName, RealClient.CurlEpsv);
        var hash = TestData.WriteFile(setup.Remote.File("big.bin"), s_length, seed: 5);
        await setup.Server.OwnTreeAsync(Cancellation);
        var got = await RealClient.CurlEpsv.GetAsync(
            setup.Proxy.ListenEndPoint, setup.Server.User, setup.Server.Password, "big.bin", setup.Local.File("big.bin"), Cancellation, s_limit);
        Assert.True(got.Succeeded, got.ToString());
        Assert.Equal(hash, TestData.HashFile(setup.Local.File("big.bin")));
        Assert.Null(await setup.Bench.FindOpenDataPortAsync());

        var put = await RealClient.CurlEpsv.PutAsync(
            setup.Proxy.ListenEndPoint, setup.Server.User, setup.Server.Password, setup.Local.File("big.bin"), "back.bin", Cancellation, s_limit);
        Assert.True(put.Succeeded, put.ToString());
        Assert.Equal(hash, TestData.HashFile(setup.Remote.File("back.bin")));
        Assert.Null(await setup.Bench.FindOpenDataPortAsync());
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task A_tree_of_small_files_is_mirrored_four_at_a_time(string serverName)
    {
        await using var setup = await Setup.StartAsync(serverName, RealClient.Lftp);
        FileTree.Create(setup.Remote.Folder("tree"), s_files, folders: 8);
        await setup.Server.OwnTreeAsync(Cancellation);
        var mirrored = await RealClient.Lftp.MirrorAsync(
            setup.Proxy.ListenEndPoint, setup.Server.User, setup.Server.Password, "tree", setup.Local.Folder("tree"), Cancellation, s_limit);
        Assert.True(mirrored.Succeeded, mirrored.ToString());
        Assert.Empty(FileTree.Differences(setup.Remote.File("tree"), setup.Local.File("tree")));
        Assert.Null(await setup.Bench.FindOpenDataPortAsync());
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Files_arrive_whole_where_the_next_port_is_asked_for_ahead_of_the_client(string serverName)
    {
        RealClient[] clients = [RealClient.CurlEpsv, RealClient.CurlPasv, RealClient.Lftp, RealClient.Tnftp, RealClient.PythonFtplib];
        await using var setup = await Setup.StartAsync(serverName, prefetch: true, clients);
        var hashes = RealClient.SeriesNames.ToDictionary(
            name => name, name => TestData.WriteFile(Path.Combine(setup.Remote.Folder("series"), name), 20_000 + name.Length, seed: name[^5]));
        await setup.Server.OwnTreeAsync(Cancellation);
        foreach (var client in clients)
        {
            var folder = setup.Local.Folder(client.Name);
            var got = await client.FolderAsync(
                setup.Proxy.ListenEndPoint, setup.Server.User, setup.Server.Password, "series", folder, Cancellation, s_limit);
            foreach (var (name, hash) in hashes)
            {
                Assert.True(File.Exists(Path.Combine(folder, name)), got.ToString());
                Assert.Equal(hash, TestData.HashFile(Path.Combine(folder, name)));
            }

            var put = await client.PutAsync(
                setup.Proxy.ListenEndPoint, setup.Server.User, setup.Server.Password, Path.Combine(folder, hashes.First().Key), $"{client.Name}.back", Cancellation, s_limit);
            Assert.True(put.Succeeded, put.ToString());
            Assert.Equal(hashes.First().Value, TestData.HashFile(setup.Remote.File($"{client.Name}.back")));
        }

        Assert.Null(await setup.Bench.FindOpenDataPortAsync());
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Four_clients_at_once_each_get_their_own_files(string serverName)
    {
        RealClient[] clients = [RealClient.CurlEpsv, RealClient.Lftp, RealClient.Tnftp, RealClient.PythonFtplib];
        await using var setup = await Setup.StartAsync(serverName, clients);
        var hashes = clients.ToDictionary(
            client => client, client => TestData.WriteFile(setup.Remote.File($"{client.Name}.bin"), 3_000_000, seed: client.Name.Length));
        await setup.Server.OwnTreeAsync(Cancellation);
        await Task.WhenAll(clients.Select(async client =>
        {
            for (var turn = 0; turn < 3; turn++)
            {
                var target = setup.Local.File($"{client.Name}.{turn}");
                var got = await client.GetAsync(
                    setup.Proxy.ListenEndPoint, setup.Server.User, setup.Server.Password, $"{client.Name}.bin", target, Cancellation, s_limit);
                Assert.True(File.Exists(target), got.ToString());
                Assert.Equal(hashes[client], TestData.HashFile(target));
            }
        }));
        Assert.Null(await setup.Bench.FindOpenDataPortAsync());
    }

    // vsftpd and pure-ftpd look for ABOR only once their client takes the data or closes its connection; proftpd leaves a client that
    // closes first without an answer, with and without a relay.
    [Theory]
    [InlineData("vsftpd", true)]
    [InlineData("pure-ftpd", true)]
    [InlineData("pyftpdlib", true)]
    [InlineData("pyftpdlib", false)]
    public async Task A_download_that_Pythons_ftplib_aborts_is_answered_and_the_session_goes_on_in_step(string serverName, bool closesFirst)
    {
        await using var setup = await Setup.StartAsync(serverName, RealClient.PythonFtplib);
        TestData.WriteFile(setup.Remote.File("big.bin"), 64 << 20, seed: 3);
        var hash = TestData.WriteFile(setup.Remote.File("small.csv"), 20_000, seed: 4);
        await setup.Server.OwnTreeAsync(Cancellation);

        var direct = await RealClient.GiveUpAsync(
            setup.Server.EndPoint, setup.Server.User, setup.Server.Password, "big.bin", Path.Combine(setup.Local.Folder("direct"), "small.csv"), closesFirst, Cancellation);
        var relayed = await RealClient.GiveUpAsync(
            setup.Proxy.ListenEndPoint, setup.Server.User, setup.Server.Password, "big.bin", setup.Local.File("small.csv"), closesFirst, Cancellation);

        Assert.True(direct.Succeeded, direct.ToString());
        Assert.True(relayed.Succeeded, relayed.ToString());
        if (!closesFirst)
        {
            // Otherwise it is a race, with and without a relay, what the server notices first.
            Assert.Equal(direct.Output, relayed.Output);
        }

        Assert.Equal(hash, TestData.HashFile(setup.Local.File("small.csv")));
        Assert.Null(await setup.Bench.FindOpenDataPortAsync());
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private sealed class Setup : IAsyncDisposable
    {
        public required ScratchFolder Remote { get; init; }

        public required ScratchFolder Local { get; init; }

        public required RealServer Server { get; init; }

        public required RelayBench Bench { get; init; }

        public required NapterFtp.Relay.FtpProxy Proxy { get; init; }

        public static Task<Setup> StartAsync(string serverName, params RealClient[] clients) => StartAsync(serverName, prefetch: false, clients);

        public static async Task<Setup> StartAsync(string serverName, bool prefetch, params RealClient[] clients)
        {
            var kind = RealServerKind.Find(serverName);
            Peers.Require(kind);
            await Peers.RequireAsync(clients);
            var remote = new ScratchFolder();
            var server = await RealServer.StartAsync(kind, remote, Cancellation);
            var bench = await RelayBench.StartAsync(server.EndPoint);
            var proxy = await bench.StartProxyAsync(configure: options => options with { Prefetch = prefetch });
            return new Setup { Remote = remote, Local = new ScratchFolder(), Server = server, Bench = bench, Proxy = proxy };
        }

        public async ValueTask DisposeAsync()
        {
            await Bench.DisposeAsync();
            await Server.DisposeAsync();
            Remote.Dispose();
            Local.Dispose();
        }
    }
}
