using Microsoft.Extensions.Time.Testing;
using NapterFtp.Copy;
using NapterFtp.Pulls;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Pulls;

/// <summary>A store, a folder that files arrive in, and writers of a history that can be abandoned as by a kill.</summary>
internal sealed class HistoryBench : IAsyncDisposable
{
    public static readonly DeviceKey Station = new("8981100000000000001", SimService.Air, null, 21);
    public static readonly DateTimeOffset Written = new(2026, 10, 5, 1, 2, 3, TimeSpan.Zero);

    private readonly List<PullStore> _stores = [];
    private readonly List<PullHistory> _writers = [];
    private readonly StoreAddress _address;

    private HistoryBench(StoreAddress address)
    {
        _address = address;
    }

    public ScratchFolder Folder { get; } = new();

    /// <summary>At the real time: what lies on the disk is compared with it.</summary>
    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UtcNow);

    /// <summary>Processes that are said to run, by their ID.</summary>
    public Dictionary<int, DateTimeOffset> Running { get; } = [];

    public static async Task<HistoryBench> StartAsync(Stores stores, string kind) => new(await stores.NewAsync(kind));

    public static FileVersion Version(string path, long? length = 5, DateTimeOffset? modified = null, TimeSpan? precision = null) =>
        new(path, length, modified ?? Written, precision ?? TimeSpan.FromSeconds(1));

    public async Task<PullStore> OpenAsync()
    {
        // Nothing is away, and nobody would move the clock on.
        var store = await PullStore.OpenAsync(
            new StoreOptions { Address = _address, Time = Time, Patience = TimeSpan.Zero }, TestContext.Current.CancellationToken);
        _stores.Add(store);
        return store;
    }

    /// <summary>A history as a process has it.</summary>
    /// <param name="computer">Which computer it runs on.</param>
    /// <param name="origin">What it pulls for.</param>
    public async Task<PullHistory> WriterAsync(string computer = "here", PullOrigin? origin = null)
    {
        var writer = new PullHistory(
            await OpenAsync(),
            new HistoryOwnerOptions { Folder = Folder.File("owners"), Computer = computer, FindProcess = id => Running.TryGetValue(id, out var started) ? started : null },
            origin ?? PullOrigin.ByHand);
        _writers.Add(writer);
        return writer;
    }

    /// <summary>Takes the lock from a writer, as the system does when its process ends, and leaves the rest as it is.</summary>
    public void Kill(PullHistory writer)
    {
        writer.Dispose();
        _writers.Remove(writer);
    }

    public FileArrival Arrival(FileVersion version, string content = "hello", string? hash = null)
    {
        var name = System.IO.Path.GetFileName(version.Path);
        var partial = Folder.File($".{name}.part");
        File.WriteAllText(partial, content);
        return new FileArrival(Station, version, partial, Folder.File($"in/{name}"), hash);
    }

    public static void TakeName(FileArrival arrival)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(arrival.Destination)!);
        File.Move(arrival.PartialPath, arrival.Destination, overwrite: true);
    }

    public static NapterFtpTransfer Result(string path, string destination, NapterFtpTransferStatus status, string? error = null) => new()
    {
        Source = path,
        Destination = destination,
        Status = status,
        Error = error,
        Attempts = 2,
        Transferred = 7,
        Duration = TimeSpan.FromSeconds(3),
    };

    /// <summary>Copies a file as the module does.</summary>
    public async Task CopyAsync(PullHistory history, FileVersion version)
    {
        var arrival = Arrival(version);
        var intent = await history.IntendAsync(arrival, CancellationToken.None);
        TakeName(arrival);
        await history.SettleAsync(intent, Result(version.Path, arrival.Destination, NapterFtpTransferStatus.Copied), CancellationToken.None);
    }

    public async Task<List<NapterPullHistory>> RecordsAsync(HistoryQuery? query = null)
    {
        var records = new List<NapterPullHistory>();
        await foreach (var record in (query ?? new HistoryQuery()).ReadAsync(await OpenAsync(), TestContext.Current.CancellationToken))
        {
            records.Add(record);
        }

        return records;
    }

    public async ValueTask DisposeAsync()
    {
        _writers.ForEach(writer => writer.Dispose());
        foreach (var store in _stores)
        {
            await store.DisposeAsync();
        }

        Folder.Dispose();
    }
}
