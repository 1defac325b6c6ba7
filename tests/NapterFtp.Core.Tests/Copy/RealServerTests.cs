using System.Net;
using NapterFtp.Copy;
using NapterFtp.Simulator.Device;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Copy;

public sealed class RealServerTests
{
    private static readonly int Files = Campaign.Count("TREE_FILES", usual: 120, full: 1000);
    private static readonly int Folders = Files / 20;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData("vsftpd")]
    [InlineData("proftpd")]
    [InlineData("pure-ftpd")]
    public async Task A_tree_of_files_is_pulled_pushed_and_mirrored_with_their_times(string name)
    {
        var kind = RealServerKind.Find(name);
        Peers.Require(kind);
        using var device = new ScratchFolder();
        Tree.Make(device, Files, Folders);
        await using var server = await RealServer.StartAsync(kind, device, TestContext.Current.CancellationToken);
        await using var bench = ClientBench.For(device, server);

        await RunAsync(bench, server.OwnTreeAsync);
    }

    [Fact]
    public async Task A_tree_of_files_is_pulled_pushed_and_mirrored_by_several_sessions()
    {
        await using var bench = await ClientBench.StartAsync(DeviceProfiles.Default with { PassivePortCount = 31 });
        Tree.Make(bench.Root, Files, Folders);

        await RunAsync(bench, _ => Task.CompletedTask, sessions: 4);
    }

    /// <summary>All that begins a session goes to a server that is known in one packet, login and all.</summary>
    [Theory]
    [InlineData("vsftpd")]
    [InlineData("proftpd")]
    [InlineData("pure-ftpd")]
    public async Task A_server_that_is_known_takes_the_beginning_of_a_session_at_once(string name)
    {
        var kind = RealServerKind.Find(name);
        Peers.Require(kind);
        using var device = new ScratchFolder();
        Tree.Make(device, files: 3, folders: 0);
        await using var server = await RealServer.StartAsync(kind, device, TestContext.Current.CancellationToken);
        await using var bench = ClientBench.For(device, server);
        bench.Options = bench.Options with { Learned = await PullAsync(bench) };

        var second = await PullAsync(bench);

        Assert.True(bench.Options.Learned.Pipelines);
        Assert.True(second is { Pipelines: true, EntersStepByStep: null });
        bench.Options = bench.Options with { Login = new FtpLogin("stranger", new NetworkCredential("", "wrong").SecurePassword) };
        await using var stranger = bench.NewClient();
        var refusal = await Assert.ThrowsAsync<NapterFtpException>(() => stranger.OpenSessionAsync(forTransfer: true, TestContext.Current.CancellationToken));
        Assert.Equal("FtpLoginRefused", refusal.ErrorId);
        Assert.False(stranger.Traits.EntersStepByStep);
    }

    /// <summary>Else Remove-NapterFtpItem -Recurse would empty the folder that it leads to: MLST and CWD follow links.</summary>
    [Theory]
    [InlineData("vsftpd")]
    [InlineData("proftpd")]
    [InlineData("pure-ftpd")]
    [InlineData("pyftpdlib")]
    public async Task A_link_that_is_to_be_deleted_is_not_taken_for_the_folder_it_leads_to(string name)
    {
        var kind = RealServerKind.Find(name);
        Peers.Require(kind);
        using var device = new ScratchFolder();
        Tree.Add(Path.Combine(device, "kept", "precious.dat"), 10);
        Directory.CreateSymbolicLink(Path.Combine(device, "link"), "kept");
        await using var server = await RealServer.StartAsync(kind, device, TestContext.Current.CancellationToken);
        await using var bench = ClientBench.For(device, server);
        await using var client = bench.NewClient();
        await using var keeper = new SessionKeeper(client, RetryPolicy.None);

        foreach (var (path, type) in new[] { ("/link", NapterFtpItemType.SymbolicLink), ("/kept", NapterFtpItemType.Directory) })
        {
            var query = new RemoteQuery { Path = path, ItemOnly = true, SparesLinked = true };
            var found = await new ItemFinder(keeper, bench.Log.Failed).FindAsync(query, TestContext.Current.CancellationToken).SingleAsync(TestContext.Current.CancellationToken);
            Assert.Equal((path, type), (found.Entry.FullName, found.Entry.Type));
        }
    }

    private static async Task<NapterFtp.Ftp.LearnedTraits> PullAsync(ClientBench bench)
    {
        await using var client = bench.NewClient();
        await DeviceCopy.RunAsync(client, bench.Pull() with { SessionLimit = 2, IfExists = NapterFtpIfExists.Overwrite }, bench.Log, TestContext.Current.CancellationToken);
        Assert.Empty(bench.Log.Errors);
        return NapterFtp.Ftp.LearnedTraits.Of(client.Traits);
    }

    private static async Task RunAsync(ClientBench bench, Func<CancellationToken, Task> own, int sessions = 1)
    {
        var pull = bench.Pull("/") with { Sync = NapterFtpSyncMode.Mirror, SessionLimit = sessions };
        await bench.CopyAsync(pull);
        Assert.Empty(bench.Log.Errors);
        Assert.Equal(Files, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Tree.AssertSame(bench.Root, bench.Local, Second);

        await bench.CopyAsync(pull);
        Assert.Equal(Files, bench.Log.Count(NapterFtpTransferStatus.Skipped));
        Assert.Equal(Files, bench.Log.Transfers.Count);

        var push = bench.Push("/pushed") with { Recurse = true, SessionLimit = sessions };
        await bench.CopyAsync(push);
        Assert.Empty(bench.Log.Errors);
        Tree.AssertSame(bench.Local, Path.Combine(bench.Root, "pushed"), Second);

        File.Delete(Path.Combine(bench.Local, Tree.Names(bench.Local)[0]));
        Tree.Add(Path.Combine(bench.Local, "f001", "extra.dat"), 5000);
        await own(TestContext.Current.CancellationToken);
        var mirror = push with { Sync = NapterFtpSyncMode.Mirror };
        await bench.CopyAsync(mirror);
        Assert.Empty(bench.Log.Errors);
        Assert.Equal(1, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Assert.Equal(1, bench.Log.Count(NapterFtpTransferStatus.Deleted));
        Tree.AssertSame(bench.Local, Path.Combine(bench.Root, "pushed"), Second);

        await bench.CopyAsync(mirror);
        Assert.Equal(Files, bench.Log.Count(NapterFtpTransferStatus.Skipped));
        Assert.Equal(Files, bench.Log.Transfers.Count);
    }
}
