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
        await using var bench = await ClientBench.StartAsync(profile);
        bench.Options = bench.Options with { Names = NameCodec.Find(profile.NameEncoding), FinalReplyGrace = TimeSpan.FromSeconds(2) };
        Tree.Make(bench.Root, files: 6, folders: 2, length: 300);

        await bench.CopyAsync(bench.Pull("/") with { Sync = NapterFtpSyncMode.Mirror });
        Assert.Empty(bench.Log.Errors);
        Assert.Equal(6, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Tree.AssertSame(bench.Root, bench.Local);

        await bench.CopyAsync(bench.Pull("/") with { Sync = NapterFtpSyncMode.Mirror });
        Assert.Empty(bench.Log.Errors);
        Assert.Equal(6, bench.Log.Count(NapterFtpTransferStatus.Skipped));

        if (profile.ReadOnly)
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
        Assert.Equal(6, bench.Log.Count(NapterFtpTransferStatus.Skipped));
        Assert.Equal(6, bench.Log.Transfers.Count);
    }
}
