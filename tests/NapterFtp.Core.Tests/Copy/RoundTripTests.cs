using NapterFtp.Copy;
using NapterFtp.Core.Tests.Relay;
using NapterFtp.Simulator.Device;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>What the client costs in round trips, data connections and calls of SORACOM's API, counted.</summary>
public sealed class RoundTripTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly DeviceProfile Narrow = DeviceProfiles.Default with { PassivePortCount = 31 };

    private static readonly NapterFtp.Ftp.LearnedTraits Pipelining = new()
    {
        Version = NapterFtp.Ftp.LearnedTraits.CurrentVersion,
        Features = ["UTF8", "MLST type*;size*;modify*;", "EPSV"],
        Passive = "EPSV",
        Pipelines = true,
        Listing = "MLSD",
    };

    public static TheoryData<string> Profiles => [.. DeviceProfiles.Names];

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Two_hundred_small_files_cost_one_round_trip_each_and_each_passive_port_is_opened_once(int sessions)
    {
        await using var bench = await ClientBench.StartAsync(Narrow);
        Tree.Make(bench.Root, files: 200, folders: 0, length: 2000);

        await bench.CopyAsync(bench.Pull() with { SessionLimit = sessions });

        Assert.Equal(200, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Tree.AssertSame(bench.Root, bench.Local, TimeSpan.FromSeconds(1));
        Assert.InRange(bench.Api.Creates, 1, 31 + 1);
        Assert.InRange(bench.Device.Counters.RoundTrips / 200.0, 0, 1.2);
        Assert.Equal(1, bench.Device.Counters.CountOf("MLSD"));
        Assert.Equal(201, bench.Device.Counters.DataConnections);
    }

    /// <summary>A port for the dialogue, one for the listing and one for each file, as far as the device does not announce one again.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 3)]
    [InlineData(1, 31)]
    [InlineData(1, 1000)]
    [InlineData(10, 1)]
    [InlineData(10, 3)]
    [InlineData(10, 31)]
    [InlineData(10, 1000)]
    [InlineData(100, 1)]
    [InlineData(100, 3)]
    [InlineData(100, 31)]
    [InlineData(100, 1000)]
    [InlineData(1000, 1)]
    [InlineData(1000, 3)]
    [InlineData(1000, 31)]
    [InlineData(1000, 1000)]
    public async Task A_copy_opens_no_more_ports_than_it_has_files_nor_than_its_device_has(int files, int ports)
    {
        Assert.SkipUnless(files <= 100 || Campaign.IsLong, "It takes long; NAPTERFTP_LONG=1 runs it.");
        await using var bench = await ClientBench.StartAsync(DeviceProfiles.Default with { PassivePortCount = ports });
        Tree.Make(bench.Root, files, folders: 0);

        await bench.CopyAsync(bench.Pull());

        Assert.Equal(files, bench.Log.Count(NapterFtpTransferStatus.Copied));
        TestContext.Current.SendDiagnosticMessage($"{files} files, {ports} ports: {2.0 * bench.Api.Creates / files:0.000} calls a file.");

        // Of a wider range no port is still open when it comes again.
        Assert.InRange(bench.Api.Creates, 2, 1 + (ports <= bench.Options.DataPortLimit ? Math.Min(files + 1, ports) : files + 1));
    }

    [Fact]
    public async Task A_device_that_loses_what_is_sent_ahead_costs_two_round_trips_a_file()
    {
        await using var bench = await ClientBench.StartAsync(Narrow with { LosesPipelined = true });
        Tree.Make(bench.Root, files: 200, folders: 0, length: 2000);

        await bench.CopyAsync(bench.Pull());

        Assert.Equal(200, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Assert.All(bench.Log.Transfers, transfer => Assert.Equal(1, transfer.Attempts));
        Assert.InRange(bench.Api.Creates, 1, 31 + 1);
        Assert.InRange(bench.Device.Counters.RoundTrips / 200.0, 1.5, 2.2);
        Assert.Equal(1, bench.Device.Counters.Sessions);
    }

    /// <summary>As after new firmware: what was learned of the old one does not hold.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_device_that_loses_what_is_sent_ahead_although_it_was_learned_not_to_is_found_out(int sessions)
    {
        await using var bench = await ClientBench.StartAsync(Narrow with { LosesPipelined = true });
        bench.Options = bench.Options with { Learned = Pipelining, ReplyTimeout = TimeSpan.FromSeconds(2), LoginGrace = TimeSpan.FromSeconds(1) };
        Tree.Make(bench.Root, files: 20, folders: 0, length: 2000);

        await bench.CopyAsync(bench.Pull() with { SessionLimit = sessions, Retry = new RetryPolicy(1, TimeSpan.FromMilliseconds(1)) });

        Assert.Equal(20, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Tree.AssertSame(bench.Root, bench.Local, TimeSpan.FromSeconds(1));
    }

    /// <summary>No retry: that a device loses what is sent together with the login costs a connection, and only once.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_device_that_loses_what_is_sent_with_its_login_is_logged_in_to_step_by_step(int sessions)
    {
        await using var bench = await ClientBench.StartAsync(Narrow with { LosesBehindLogin = true });
        bench.Options = bench.Options with { Learned = Pipelining, LoginGrace = TimeSpan.FromSeconds(1) };
        Tree.Make(bench.Root, files: 20, folders: 0, length: 2000);
        await using var client = bench.NewClient();

        await DeviceCopy.RunAsync(client, bench.Pull() with { SessionLimit = sessions }, bench.Log, TestContext.Current.CancellationToken);

        Assert.Equal(20, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Assert.All(bench.Log.Transfers, transfer => Assert.Equal(1, transfer.Attempts));
        Assert.Equal(1 + sessions, bench.Device.Counters.Sessions);
        Assert.True(NapterFtp.Ftp.LearnedTraits.Of(client.Traits) is { EntersStepByStep: true, Pipelines: true });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_known_device_is_entered_in_one_round_trip_whether_or_not_it_asks_for_a_password(bool needsPassword)
    {
        await using var bench = await ClientBench.StartAsync(DeviceProfiles.Default with { NeedsNoPassword = !needsPassword });
        bench.Options = bench.Options with { Learned = Pipelining };
        Tree.Make(bench.Root, files: 1, folders: 0);

        var (roundTrips, _) = await ContactAsync(bench);

        // The session, the listing, the file.
        Assert.Equal(3, roundTrips);
        Assert.Equal(1, bench.Device.Counters.CountOf("USER"));
    }

    [Fact]
    public async Task Before_many_transfers_the_ports_of_a_small_range_are_opened_ahead()
    {
        await using var bench = await ClientBench.StartAsync(Narrow);
        Tree.Make(bench.Root, files: 70, folders: 0);
        var allOpen = false;

        // The first file is held until the ports of files yet to come are open.
        bench.Device.Faults.Arm(DeviceFault.ChangeFile(_ => allOpen = SpinWait.SpinUntil(() => bench.Api.Creates == 31 + 1, Limit), "RETR"));

        await bench.CopyAsync(bench.Pull());

        Assert.True(allOpen, $"Only {bench.Api.Creates} ports were opened before the end of the first file.");
        Assert.Equal(70, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Assert.Equal(31 + 1, bench.Api.Creates);
    }

    [Fact]
    public async Task A_device_that_takes_ports_from_all_over_is_asked_for_no_more_than_it_uses()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Make(bench.Root, files: 70, folders: 0);

        await bench.CopyAsync(bench.Pull());

        Assert.Equal(70, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Assert.InRange(bench.Api.Creates, 1, 70 + 1 + 1);
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public async Task A_listing_costs_no_more_than_one_data_connection_for_each_folder(string name)
    {
        var profile = DeviceProfiles.Find(name)!;
        await using var bench = await ClientBench.StartAsync(profile with { ReplyDelay = TimeSpan.Zero, BytesPerSecond = 0 });
        bench.Options = bench.Options with { Names = NameCodec.Find(profile.NameEncoding) };
        var folders = profile.Commands?.Contains("CWD") == false ? 0 : 3;
        Tree.Make(bench.Root, files: 6, folders);
        await using (var client = bench.NewClient())
        {
            await using var keeper = new SessionKeeper(client, RetryPolicy.None);
            var finder = new ItemFinder(keeper, error => Assert.Fail(error.Message));
            var found = new List<FoundItem>();
            await foreach (var item in finder.FindAsync(new RemoteQuery { Path = "/", Recurse = true }, TestContext.Current.CancellationToken))
            {
                found.Add(item);
            }

            Assert.Equal(6 + folders, found.Count);
        }

        // That LIST cannot be understood shows only in the first one, which NLST then follows.
        var unreadable = profile.Listing == ListingDialect.NameFirst ? 1 : 0;
        Assert.InRange(bench.Device.Counters.DataConnections, 1, 1 + folders + unreadable);
        await ProxyBench.UntilAsync(() => bench.Api.Entries.Count == 0);
    }

    /// <summary>Commands that one waits for, where a file is found by its folder's listing and fetched: of a device of which nothing is
    /// known, and of one of which the first time has told.</summary>
    [Theory]
    [MemberData(nameof(Profiles))]
    public async Task A_device_that_is_known_costs_no_more_round_trips_than_one_that_is_not(string name)
    {
        var profile = DeviceProfiles.Find(name)!;
        await using var bench = await ClientBench.StartAsync(profile with { ReplyDelay = TimeSpan.Zero, BytesPerSecond = 0 });
        bench.Options = bench.Options with { Names = NameCodec.Find(profile.NameEncoding) };
        Tree.Make(bench.Root, files: 1, folders: 0);
        var (first, learned) = await ContactAsync(bench);
        bench.Options = bench.Options with { Learned = learned };
        var (second, _) = await ContactAsync(bench);

        // The table in docs/performance.md is of these.
        TestContext.Current.SendDiagnosticMessage($"| {name} | {first} | {second} |");
        Assert.InRange(first, 1, 14);
        Assert.InRange(second, 1, Math.Min(first - 4, 5));
    }

    private static async Task<(long RoundTrips, NapterFtp.Ftp.LearnedTraits Learned)> ContactAsync(ClientBench bench)
    {
        var before = bench.Device.Counters.RoundTrips;
        foreach (var file in Directory.GetFiles(bench.Local))
        {
            File.Delete(file);
        }

        bench.Log.Clear();
        await using var client = bench.NewClient();
        await DeviceCopy.RunAsync(client, bench.Pull(), bench.Log, TestContext.Current.CancellationToken);
        Assert.Equal(1, bench.Log.Count(NapterFtpTransferStatus.Copied));
        return (bench.Device.Counters.RoundTrips - before, NapterFtp.Ftp.LearnedTraits.Of(client.Traits));
    }
}
