using NapterFtp.Copy;
using NapterFtp.Ftp;
using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>What was learned of a device, kept as JSON and given again.</summary>
public sealed class LearnedTraitsTests
{
    /// <summary>All but those that are like the default one, only later.</summary>
    public static TheoryData<string> Profiles => [.. DeviceProfiles.All.Select(profile => profile.Name).Except(["LateFinalReply", "Slow"])];

    [Theory]
    [MemberData(nameof(Profiles))]
    public async Task With_what_was_learned_of_a_device_the_next_run_asks_nothing_again(string name)
    {
        var profile = DeviceProfiles.Find(name)!;
        await using var bench = await ClientBench.StartAsync(profile);
        Tree.Make(bench.Root, files: 3, folders: 0);
        string json;
        await using (var client = bench.NewClient())
        {
            await DeviceCopy.RunAsync(client, bench.Pull(), bench.Log, TestContext.Current.CancellationToken);
            json = LearnedTraits.Of(client.Traits).ToJson();
        }

        var counters = bench.Device.Counters;
        var (first, feats, noops, refusals) = (counters.RoundTrips, counters.CountOf("FEAT"), counters.CountOf("NOOP"), counters.CountOf("EPSV"));
        bench.Options = bench.Options with { Learned = LearnedTraits.Parse(json) };

        await bench.CopyAsync(bench.Pull());

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(3, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Assert.Equal(feats, counters.CountOf("FEAT"));
        if (name != "MissingFinalReply")
        {
            // There it is what tells that a transfer has ended.
            Assert.Equal(noops, counters.CountOf("NOOP"));
        }

        TestContext.Current.SendDiagnosticMessage($"{name}: three files in {first} round trips, and in {counters.RoundTrips - first} at the second contact.");
        Assert.True(counters.RoundTrips - first < first, $"{counters.RoundTrips - first} round trips after {first}, with {json}");
        if (name is "EpsvBroken425" or "AnythingGoes202")
        {
            Assert.Equal(refusals, counters.CountOf("EPSV"));
        }
    }

    [Fact]
    public void What_was_learned_is_told_as_what_it_means()
    {
        var traits = LearnedTraits.Parse("""
            {"version":1, "passive":"EPSV", "listing":"LIST", "clock":[{"listed":"2026-01-05T10:00:00Z","offsetMinutes":-540}], "paths":{"home":"md:"}, "refused":["MLSD","SIZE"], "pipelines":false, "noFinalReply":true, "renameReplaces":false, "new":{"in":[2]}}
            """);

        Assert.Equal(
            [
                "Data ports are asked for with EPSV.",
                "Folders are listed with LIST, whose times are 540 minutes ahead of UTC.",
                "Paths start from md:.",
                "The server lacks MLSD, SIZE.",
                "Commands sent while a transfer runs confuse it, so that a file costs two round trips or more.",
                "Its transfers end without a final reply; a file's length tells whether all of it came.",
                "It does not rename onto a file that is there, which is written over instead.",
            ],
            traits.Describe());
        Assert.Equal(traits.ToJson(), LearnedTraits.Parse(traits.ToJson()).ToJson());
    }

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("@{version=1}", "invalid")]
    [InlineData("null", "it is null")]
    [InlineData("{}", "version")]
    [InlineData("""{"version":2}""", "version is 2")]
    [InlineData("""{"version":1,"passive":"PORT"}""", "'passive' is 'PORT'")]
    [InlineData("""{"version":1,"listing":"ls"}""", "'listing' is 'ls'")]
    [InlineData("""{"version":1,"pipelines":"maybe"}""", "'pipelines' has no fitting value")]
    [InlineData("""{"version":1,"clock":[{"listed":"2026-01-05T10:00:00Z","offsetMinutes":100000}]}""", "more than any time zone")]
    [InlineData("""{"version":1,"refused":["DELE\r\nQUIT"]}""", "no command")]
    [InlineData("""{"version":1,"features":["SIZE\u0007"]}""", "no line of a FEAT reply")]
    public void What_is_no_description_of_a_device_is_refused_with_the_reason(string json, string reason)
    {
        var error = Assert.Throws<NapterFtpException>(() => LearnedTraits.Parse(json));

        Assert.Equal("InvalidDeviceTraits", error.ErrorId);
        Assert.Equal(NapterFtpErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }
}
