using Microsoft.Extensions.Time.Testing;
using NapterFtp.Pulls;
using NapterFtp.Pulls.Service;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Pulls.Service;

/// <summary>The page that a service writes about each run.</summary>
public sealed class PullReportsTests(Stores stores) : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 10, 5, 2, 30, 0, TimeSpan.Zero));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Pages => _folder.File("pages");

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task The_page_of_a_member_that_died_over_it_another_one_writes(string kind)
    {
        await using var store = await OpenWithEndedRunAsync(kind);
        Assert.Single(await new PullQueue(store).TakeReportsAsync(Token));

        // The one that took it may be writing still.
        await WriteAsync(store);
        Assert.False(Directory.Exists(Pages));

        _time.Advance(PullRuns.Lease + TimeSpan.FromSeconds(1));
        await WriteAsync(store);
        var page = Assert.Single(Directory.GetFiles(Pages));
        Assert.Contains("night", await File.ReadAllTextAsync(page, Token), StringComparison.Ordinal);

        // Once.
        File.Delete(page);
        _time.Advance(TimeSpan.FromDays(1));
        await WriteAsync(store);
        Assert.Empty(Directory.GetFiles(Pages));
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task A_page_whose_folder_cannot_be_written_to_comes_once_it_can(string kind)
    {
        await using var store = await OpenWithEndedRunAsync(kind);
        await File.WriteAllTextAsync(Pages, "in the way", Token);
        await Assert.ThrowsAsync<NapterFtpException>(() => WriteAsync(store));
        File.Delete(Pages);
        _time.Advance(PullRuns.Lease + TimeSpan.FromSeconds(1));
        await WriteAsync(store);
        Assert.Single(Directory.GetFiles(Pages));
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task A_page_that_cannot_be_written_keeps_no_others_from_being(string kind)
    {
        await using var store = await OpenWithEndedRunAsync(kind);
        await EndRunAsync(store, "nowhere", pull => pull with { TimeZone = "Nowhere/At_All" });
        await EndRunAsync(store, "later", pull => pull);
        Assert.Equal("InvalidPull", (await Assert.ThrowsAsync<NapterFtpException>(() => WriteAsync(store))).ErrorId);
        Assert.Equal(["later", "night"], Directory.GetFiles(Pages).Select(page => Path.GetFileName(page).Split(' ')[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_page_of_a_schedule_with_a_long_name_has_a_name_that_disks_take()
    {
        await using var store = await OpenWithEndedRunAsync(Stores.Sqlite);
        await EndRunAsync(store, new string('夜', 100), pull => pull);
        await WriteAsync(store);
        Assert.Equal(2, Directory.GetFiles(Pages).Length);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<PullStore> OpenWithEndedRunAsync(string kind)
    {
        var store = await PullStore.OpenAsync(new StoreOptions { Address = await stores.NewAsync(kind), Time = _time, Patience = TimeSpan.Zero }, Token);
        await EndRunAsync(store, "night", pull => pull);
        return store;
    }

    private async Task EndRunAsync(PullStore store, string name, Func<NapterPull, NapterPull> change)
    {
        var pull = change(new NapterPull { Name = name, Imsi = ["001010000000001"], Path = ["/*"], Destination = _folder, Cron = "30 2 * * *" });
        var runs = new PullRuns(store);
        await runs.EndAsync(await runs.QueueAsync(pull, _time.GetUtcNow(), Token), Token);
    }

    private Task WriteAsync(PullStore store) => new PullReports(store, new PullServiceOptions
    {
        Store = new StoreOptions { Address = store.Address },
        Connection = null!,
        Owner = new HistoryOwnerOptions { Folder = _folder.File("owners"), Computer = "here" },
        Name = "another",
        Allowance = new PullAllowance(null, []),
        ReportFolder = Pages,
    }).WriteAsync(Token);
}
