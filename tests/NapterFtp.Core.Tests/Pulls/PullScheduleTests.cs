using NapterFtp.Copy;
using System.Text;
using NapterFtp.Pulls;
using NJsonSchema;
using static NapterFtp.Core.Tests.Pulls.PullTriggerTests;

namespace NapterFtp.Core.Tests.Pulls;

public sealed class PullScheduleTests(Stores stores)
{
    private static readonly NapterPull Full = new()
    {
        Name = "夜間 nightly",
        Enabled = false,
        Imsi = ["001010000000001"],
        SimId = ["8981100000000000001"],
        Tag = ["plant 1*"],
        NameFilter = ["boiler*"],
        GroupId = ["g-1"],
        Service = "Arc",
        DevicePort = 2121,
        DevicePortMap = ["2121=50021", "40000-40030=50100-50130"],
        Path = ["/log/*.csv", "/alarm"],
        Destination = "/srv/in/{SimId}",
        At = ["02:30", "14:30"],
        TimeZone = "Asia/Tokyo",
        Jitter = TimeSpan.FromSeconds(90),
        Window = TimeSpan.FromHours(4),
        MissedRun = NapterMissedRun.Skip,
        CredentialName = "plant",
        Recurse = true,
        Filter = "*.csv",
        Include = ["a*"],
        Exclude = ["b*", "c*"],
        IfExists = "Append",
        Since = "FirstRun",
        Order = "Oldest",
        MoveSource = "/done",
        MoveFailed = "/failed",
        OnCopied = "/opt/on-copied.ps1",
        StableFor = TimeSpan.FromSeconds(10),
        MinimumAge = TimeSpan.FromMinutes(5),
        DoneFile = "{Name}.ok",
        LockBy = "Rename",
        IgnoreMissing = true,
        MaxBytes = 5_000_000_000,
        MaxFiles = 100,
        RateLimit = 20_000,
        Until = "05:00",
        DeviceTimeZone = "Europe/Berlin",
        Encoding = "shift_jis",
        SessionLimit = 2,
        Retry = 0,
        RetryInterval = TimeSpan.FromMilliseconds(1_500),
        Hash = true,
        Ascii = true,
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void What_is_exported_is_imported_as_it_was()
    {
        var json = PullJson.Write([Full, Pull("30 2 * * *")]);
        var read = PullJson.Read(Encoding.UTF8.GetBytes(json), "pulls.json");
        Assert.Equal(json, PullJson.Write(read));
        Assert.Equivalent(Full, read[0], strict: true);
        Assert.Contains("\"window\": \"4h\"", json, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task A_schedule_by_a_time_zone_that_this_computer_does_not_know_is_seen_and_mended(string kind)
    {
        await using var store = await PullStore.OpenAsync(new StoreOptions { Address = await stores.NewAsync(kind) }, Token);
        var schedules = new PullSchedules(store);
        await schedules.RegisterAsync([Pull("30 2 * * *") with { TimeZone = "Asia/Tokyo" }, Pull("0 * * * *") with { Name = "other" }], replace: false, Token);
        await store.WriteAsync(
            session => session.ExecuteAsync("update napter_pull set definition = replace(definition, 'Asia/Tokyo', 'Nowhere/At_All')", [], Token), Token);
        Assert.Equal([false, true], (await schedules.FindAsync("*", Token)).Select(pull => pull.NextRun is not null));
        var mended = await schedules.ChangeAsync("nightly", pull => pull with { TimeZone = "Asia/Tokyo" }, Token);
        Assert.NotNull(mended.NextRun);
    }

    [Fact]
    public async Task The_published_schema_describes_what_is_exported_and_nothing_else()
    {
        var schema = await JsonSchema.FromFileAsync(Path.Join(RepositoryFolder(), "docs", PullJson.Schema), Token);
        Assert.Empty(schema.Validate(PullJson.Write([Full, Pull("30 2 * * *")])));
        Assert.NotEmpty(schema.Validate(PullJson.Write([Full]).Replace("\"jitter\"", "\"jiter\"", StringComparison.Ordinal)));
        Assert.NotEmpty(schema.Validate(PullJson.Write([Full]).Replace("\"4h\"", "\"four hours\"", StringComparison.Ordinal)));
        Assert.Equal(
            PullProperty.All.Select(property => property.Name),
            schema.Definitions["pull"].Properties.Keys);
    }

    [Fact]
    public void Each_property_that_can_be_set_is_in_the_json()
    {
        string[] state = ["NextRun", "LastRun", "Revision", "Created", "Changed", "Trigger", "Device"];
        Assert.Equal(
            typeof(NapterPull).GetProperties().Select(property => property.Name).Except(state).Order(StringComparer.Ordinal),
            PullProperty.All.Select(property => char.ToUpperInvariant(property.Name[0]) + property.Name[1..]).Order(StringComparer.Ordinal));
    }

    public static TheoryData<string, int, string> Wrong => new()
    {
        { "{\n  \"pulls\": [\n    {\n      \"name\": \"a\",\n      \"crn\": \"0 0 * * *\"\n    }\n  ]\n}", 5, "has no 'crn'" },
        { "{\n  \"pulls\": [\n    {\n      \"name\": \"a\",\n      \"imsi\": \"001010000000001\",\n      \"path\": \"/x\",\n      \"destination\": \"/in\",\n      \"cron\": \"99 0 * * *\"\n    }\n  ]\n}", 8, "'99 0 * * *'" },
        { "{\n  \"pulls\": [\n    {\n      \"name\": \"a\",\n      \"window\": 4\n    }\n  ]\n}", 5, "a duration" },
        { "{\n  \"pulls\": [\n    { \"name\": \"a\", \"path\": [1] }\n  ]\n}", 3, "a list of texts" },
        { "{\n  \"pulls\": [\n    { \"path\": \"/x\" }\n  ]\n}", 3, "needs a 'name'" },
        { "{\n  \"pulls\": [\n    { \"name\": \"a\",\n      \"name\": \"b\" }\n  ]\n}", 4, "given twice" },
        { "{\n  \"pulls\": [\n    { \"name\": \"a\" \n  ]\n}", 4, "no JSON" },
        { "{\n  \"version\": 2\n}", 2, "version 2" },
        { "[]", 1, "begin with {" },
        { "", 1, "no JSON" },
        { "{ \"pulls\": [ { \"name\": \"a\", \"missedRun\": \"Later\" } ] }", 1, "Now or Skip" },
        { "{ \"pulls\": [ { \"name\": \"a\", \"devicePort\": 99999999999 } ] }", 1, "too great" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_is_wrong_with_a_file_is_told_with_its_line(string json, int line, string reason)
    {
        var error = Assert.Throws<NapterFtpException>(() => PullJson.Read(Encoding.UTF8.GetBytes(json), "pulls.json"));
        Assert.Equal("PullFileInvalid", error.ErrorId);
        Assert.StartsWith($"pulls.json, line {line}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task A_schedule_is_kept_changed_and_forgotten(string kind)
    {
        await using var bench = await HistoryBench.StartAsync(stores, kind);
        var schedules = new PullSchedules(await bench.OpenAsync());
        var kept = Assert.Single(await schedules.RegisterAsync([Full with { Enabled = true }], replace: false, Token));
        Assert.Equal((1, (DateTimeOffset?)null), (kept.Revision, kept.LastRun));
        Assert.Equal(PullTrigger.Of(Full).NextAfter(bench.Time.GetUtcNow()), kept.NextRun);

        var error = await Assert.ThrowsAsync<NapterFtpException>(() => schedules.RegisterAsync([Full with { Name = "夜間 NIGHTLY" }], replace: false, Token));
        Assert.Equal("PullExists", error.ErrorId);

        var other = new PullSchedules(await bench.OpenAsync());
        var changed = await other.ChangeAsync("夜間 NIGHTLY", pull => pull with { Enabled = false, MaxFiles = 7 }, Token);
        Assert.Equal((2, 7, null), (changed.Revision, changed.MaxFiles, changed.NextRun));
        Assert.Equal("夜間 nightly", Assert.Single(await schedules.FindAsync("夜間*", Token)).Name);
        Assert.Empty(await schedules.FindAsync("daily", Token));
        Assert.True(await schedules.UnregisterAsync("夜間 nightly", Token));
        Assert.False(await schedules.UnregisterAsync("夜間 nightly", Token));
        Assert.Equal("PullNotFound", (await Assert.ThrowsAsync<NapterFtpException>(() => other.ChangeAsync("夜間 nightly", pull => pull, Token))).ErrorId);
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task Of_several_schedules_all_are_kept_or_none(string kind)
    {
        await using var bench = await HistoryBench.StartAsync(stores, kind);
        var schedules = new PullSchedules(await bench.OpenAsync());
        await schedules.RegisterAsync([Pull("@daily")], replace: false, Token);
        await Assert.ThrowsAsync<NapterFtpException>(() => schedules.RegisterAsync([Pull("@daily") with { Name = "a" }, Pull("@hourly")], replace: false, Token));
        Assert.Equal("nightly", Assert.Single(await schedules.FindAsync("*", Token)).Name);
        await schedules.RegisterAsync([Pull("@daily") with { Name = "a" }, Pull("@hourly")], replace: true, Token);
        Assert.Equal(["a", "nightly"], (await schedules.FindAsync("*", Token)).Select(pull => pull.Name));
        await Assert.ThrowsAsync<NapterFtpException>(() => schedules.ChangeAsync("a", pull => pull with { Path = [] }, Token));
        Assert.Equal(["/log/*"], (await schedules.FindAsync("a", Token))[0].Path);
    }

    [Fact]
    public void A_schedule_that_cannot_run_is_refused_with_what_is_wrong()
    {
        (NapterPull Pull, string Property)[] wrong =
        [
            (Pull("@daily") with { Name = "a*" }, "name"),
            (Pull("@daily") with { Name = " a" }, "name"),
            (Pull("@daily") with { Imsi = [] }, "imsi"),
            (Pull("@daily") with { Imsi = ["12x"] }, "imsi"),
            (Pull("@daily") with { SimId = ["12"] }, "simId"),
            (Pull("@daily") with { Path = [] }, "path"),
            (Pull("@daily") with { Destination = "" }, "destination"),
            (Pull("@daily") with { DevicePort = 0 }, "devicePort"),
            (Pull("@daily") with { DevicePortMap = ["21"] }, "devicePortMap"),
            (Pull(null), "cron"),
            (Pull("@daily") with { Every = TimeSpan.FromHours(1) }, "every"),
            (Pull(null) with { Every = TimeSpan.FromMilliseconds(10) }, "every"),
            (Pull(null) with { At = ["25:00"] }, "at"),
            (Pull("@daily") with { TimeZone = "Mars/Olympus" }, "timeZone"),
            (Pull("@daily") with { Until = "5" }, "until"),
            (Pull("@daily") with { Window = TimeSpan.FromDays(8) }, "window"),
            (Pull("@daily") with { RemoveSource = true, MoveSource = "/done" }, "removeSource"),
            (Pull("@daily") with { IfExists = "Maybe" }, "ifExists"),
            (Pull("@daily") with { MaxBytes = 0 }, "maxBytes"),
            (Pull("@daily") with { Name = "night\uD800" }, "name"),
            (Pull("@daily") with { Path = ["/log/*", "/\uDC83e/*"] }, "path"),
            (Pull("@daily") with { Path = ["/log/{Date:\\}.csv"] }, "path"),
            (Pull("@daily") with { Destination = "/in/{Device}" }, "destination"),
            (Pull("@daily") with { Destination = "/in/{Today:yyyyMMdd}" }, "destination"),
            (Pull("@daily") with { MoveSource = "done/{Date:\\}" }, "moveSource"),
            (Pull("@daily") with { MoveFailed = "bad/{Yesterday:\\}" }, "moveFailed"),
            (Pull("@daily") with { Encoding = "sjis?" }, "encoding"),
            (Pull("@daily") with { Filter = "[z-a]*" }, "filter"),
            (Pull("@daily") with { Include = ["*.csv", "[z-a]*"] }, "include"),
            (Pull("@daily") with { Exclude = ["[z-a]*"] }, "exclude"),
            (Pull("@daily") with { Tag = ["[z-a]*"] }, "tag"),
            (Pull("@daily") with { NameFilter = ["[z-a]*"] }, "nameFilter"),
        ];
        PullRules.Check(Pull("@daily"));
        PullRules.Check(Full);
        Assert.All(wrong, pair => Assert.Equal(
            ("InvalidPull", pair.Property),
            Assert.Throws<NapterFtpException>(() => PullRules.Check(pair.Pull)) is { } error ? (error.ErrorId, (string)error.Target!) : default));
    }

    internal static string RepositoryFolder()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Join(folder, "NapterFtp.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} lies in no folder with NapterFtp.slnx.");
        }

        return folder;
    }

    [Theory]
    [InlineData("+09:00", 9)]
    [InlineData("-03:30", -3.5)]
    [InlineData("Asia/Tokyo", 9)]
    public void The_zone_of_a_device_is_known_by_name_or_by_offset(string zone, double hours)
    {
        var pull = new NapterPull { Name = "n", DeviceTimeZone = zone };
        Assert.Equal(TimeSpan.FromHours(hours), PullWork.Client(pull, FtpLogin.Anonymous).TimeZone!.BaseUtcOffset);
    }
}
