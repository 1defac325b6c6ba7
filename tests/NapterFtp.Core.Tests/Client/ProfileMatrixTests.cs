using NapterFtp.Client;
using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Client;

public sealed class ProfileMatrixTests
{
    public static TheoryData<string> Profiles => [.. DeviceProfiles.Names];

    [Theory]
    [MemberData(nameof(Profiles))]
    public async Task Every_profile_is_pulled_pushed_and_mirrored_and_second_runs_copy_nothing(string name)
    {
        var profile = DeviceProfiles.Find(name)!;
        profile = profile with { ReplyDelay = profile.ReplyDelay / 10 };
        await using var bench = await ClientBench.StartAsync(profile);
        bench.Options = bench.Options with { Names = NameCodec.Find(profile.NameEncoding), FinalReplyGrace = TimeSpan.FromSeconds(2) };

        // A device without folders has its files at the top; of a slow one a few files show as much as many.
        var isFlat = profile.Commands?.Contains("CWD") == false;
        var files = profile.ReplyDelay > TimeSpan.Zero || profile.Final is FinalReply.Late or FinalReply.Missing ? 2 : 6;
        Tree.Make(bench.Root, files, folders: isFlat ? 0 : 2, length: 300);

        await bench.CopyAsync(bench.Pull("/") with { Sync = NapterFtpSyncMode.Mirror });
        Assert.Empty(bench.Log.Errors);
        Assert.Equal(files, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Tree.AssertSame(bench.Root, bench.Local);

        await bench.CopyAsync(bench.Pull("/") with { Sync = NapterFtpSyncMode.Mirror });
        Assert.Empty(bench.Log.Errors);
        Assert.Equal(files, bench.Log.Count(NapterFtpTransferStatus.Skipped));

        if (profile.ReadOnly || profile.Commands?.Contains("STOR") == false)
        {
            return;
        }

        Tree.Add(Path.Combine(bench.Local, "f001", "new.dat"), 1234);
        File.Delete(Path.Combine(bench.Local, "f000", "file0000.dat"));
        await bench.CopyAsync(bench.Push() with { Sync = NapterFtpSyncMode.Mirror });
        Assert.Empty(bench.Log.Errors);
        Assert.Equal(1, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Assert.Equal(1, bench.Log.Count(NapterFtpTransferStatus.Deleted));
        Tree.AssertSame(bench.Local, bench.Root);

        await bench.CopyAsync(bench.Push() with { Sync = NapterFtpSyncMode.Mirror });
        Assert.Empty(bench.Log.Errors);
        Assert.Equal(files, bench.Log.Count(NapterFtpTransferStatus.Skipped));
        Assert.Equal(files, bench.Log.Transfers.Count);
    }
}
