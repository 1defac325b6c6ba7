using NapterFtp.Copy;
using NapterFtp.Simulator.Device;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Copy;

public sealed class ProfileMatrixTests
{
    private const int FilesInFolder = 20;

    /// <summary>With every profile that is not slow by nature; a thousand take ten minutes.</summary>
    private static readonly int ManyFiles = Campaign.Count("TREE_FILES", usual: 40, full: 1000);

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static TheoryData<string> Profiles => [.. DeviceProfiles.Names];

    [Theory]
    [MemberData(nameof(Profiles))]
    public async Task Every_profile_is_pulled_pushed_and_mirrored_and_second_runs_copy_nothing(string name)
    {
        var profile = DeviceProfiles.Find(name)!;
        profile = profile with { ReplyDelay = profile.ReplyDelay / 10 };
        await using var bench = await ClientBench.StartAsync(profile);
        bench.Options = bench.Options with { Names = NameCodec.Find(profile.NameEncoding) };
        var (files, folders) = SizeFor(profile);
        Tree.Make(bench.Root, files, folders, length: 300);

        await bench.CopyAsync(bench.Pull("/") with { Sync = NapterFtpSyncMode.Mirror });
        Assert.Empty(bench.Log.Errors);
        Assert.Equal(files, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Tree.AssertSame(bench.Root, bench.Local, TimePrecision(profile));

        await bench.CopyAsync(bench.Pull("/") with { Sync = NapterFtpSyncMode.Mirror });
        AssertNothingCopied(bench, files);

        if (profile.ReadOnly || profile.Commands?.Contains("STOR") == false)
        {
            return;
        }

        if (folders > 0)
        {
            await bench.CopyAsync(bench.Push("/pushed") with { Recurse = true });
            Assert.Empty(bench.Log.Errors);
            Assert.Equal(files, bench.Log.Count(NapterFtpTransferStatus.Copied));
            Tree.AssertSame(bench.Local, Path.Combine(bench.Root, "pushed"));
            Directory.Delete(Path.Combine(bench.Root, "pushed"), recursive: true);
        }

        Tree.Add(Path.Combine(bench.Local, "f001", "new.dat"), 1234);
        File.Delete(Path.Combine(bench.Local, "f000", "file0000.dat"));
        await bench.CopyAsync(bench.Push() with { Sync = NapterFtpSyncMode.Mirror });
        Assert.Empty(bench.Log.Errors);
        Assert.Equal(1, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Assert.Equal(1, bench.Log.Count(NapterFtpTransferStatus.Deleted));
        Tree.AssertSame(bench.Local, bench.Root);

        await bench.CopyAsync(bench.Push() with { Sync = NapterFtpSyncMode.Mirror });
        AssertNothingCopied(bench, files);
    }

    private static void AssertNothingCopied(ClientBench bench, int files)
    {
        Assert.Empty(bench.Log.Errors);
        Assert.Equal(files, bench.Log.Count(NapterFtpTransferStatus.Skipped));
        Assert.Equal(files, bench.Log.Transfers.Count);
    }

    /// <summary>A device without folders has its files at the top; of a slow one a few files show as much as many.</summary>
    private static (int Files, int Folders) SizeFor(DeviceProfile profile)
    {
        var isSlow = profile.ReplyDelay > TimeSpan.Zero || profile.Final is FinalReply.Late or FinalReply.Missing;
        var (files, folders) = isSlow ? (2, 2) : (ManyFiles, Math.Max(4, ManyFiles / FilesInFolder));
        return (files, profile.Commands?.Contains("CWD") == false ? 0 : folders);
    }

    /// <summary>LIST tells the day only of files this old, in a zone of its own.</summary>
    private static TimeSpan TimePrecision(DeviceProfile profile) =>
        profile.ClockOffset.Duration() + (Knows(profile, "MLSD") || Knows(profile, "MDTM") ? Second : TimeSpan.FromHours(36));

    private static bool Knows(DeviceProfile profile, string verb) => profile.Commands?.Contains(verb) != false && !profile.Without.Contains(verb);
}
