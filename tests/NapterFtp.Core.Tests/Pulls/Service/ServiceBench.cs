using System.Collections.Concurrent;
using System.Globalization;
using NapterFtp.Core.Tests.Copy;
using NapterFtp.Pulls;
using NapterFtp.Pulls.Service;
using NapterFtp.Simulator;
using NapterFtp.Soracom;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Pulls.Service;

/// <summary>A store, simulated devices with files, and members of a service.</summary>
internal sealed class ServiceBench : IAsyncDisposable
{
    private const int Files = 3;

    /// <summary>As many devices take seconds: what need not be is left out, but for the whole campaign.</summary>
    private const int Many = 100;

    private readonly List<PullService> _services = [];
    private readonly List<IAsyncDisposable> _open = [];
    private PullStore? _store;

    private ServiceBench(string storeText, NapterSimulator simulator, ScratchFolder folder)
    {
        (StoreText, Simulator, Folder) = (storeText, simulator, folder);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public string StoreText { get; }

    public NapterSimulator Simulator { get; }

    public ScratchFolder Folder { get; }

    public Heard Heard { get; } = new();

    public StoreOptions Store => new() { Address = Stores.AddressOf(StoreText), Patience = TimeSpan.FromSeconds(20) };

    /// <summary>So fast that a test need not wait; a dead member is noticed after a few seconds.</summary>
    public static PullPace Pace { get; } = new()
    {
        Idle = TimeSpan.FromSeconds(1),
        CheckIn = TimeSpan.FromSeconds(1),
        CheckInLimit = TimeSpan.FromSeconds(4),
        Look = TimeSpan.FromMilliseconds(200),
        Beat = TimeSpan.FromSeconds(1),
        Sweep = TimeSpan.FromSeconds(2),
        Busy = TimeSpan.FromMilliseconds(500),
    };

    public static async Task<ServiceBench> StartAsync(Stores stores, string kind, int devices = 2) => await StartAsync(await stores.NewTextAsync(kind), devices);

    public static async Task<ServiceBench> StartAsync(string store, int devices)
    {
        var folder = new ScratchFolder();
        var sims = Enumerable.Range(1, devices).Select(number => new SimulatedSimOptions
        {
            Imsi = string.Create(CultureInfo.InvariantCulture, $"0010100{number:00000000}"),
            SimId = string.Create(CultureInfo.InvariantCulture, $"89811000000000{number:00000}"),
            RootPath = Directory.CreateDirectory(folder.File($"devices/{number}")).FullName,
        }).ToList();
        for (var device = 0; device < devices; device++)
        {
            for (var file = 0; file < FilesOf(device, devices); file++)
            {
                Tree.Add(Path.Combine(sims[device].RootPath!, $"{file}.csv"), 100 + file, new DateTime(2026, 1, 1 + file, 0, 0, 0, DateTimeKind.Utc));
            }
        }

        var simulator = await NapterSimulator.StartAsync(new SimulatorOptions { Sims = sims, ApiCallsPerMinute = 30_000 }, Token);
        return new ServiceBench(store, simulator, folder);
    }

    /// <summary>The files that there are, by their path below the destination.</summary>
    public IReadOnlyList<string> Expected =>
        [.. Simulator.Sims.SelectMany((sim, index) => Enumerable.Range(0, FilesOf(index, Simulator.Sims.Count)).Select(file => Path.Combine(sim.Imsi, $"{file}.csv"))).Order(StringComparer.Ordinal)];

    /// <summary>A schedule of all devices that runs by itself once a year.</summary>
    public NapterPull Pull(string name = "night") => new()
    {
        Name = name,
        Imsi = [.. Simulator.Sims.Select(sim => sim.Imsi)],
        Path = ["/*.csv"],
        Destination = Folder.File("in/{Imsi}"),
        Cron = "30 2 29 2 *",
        Retry = 0,
    };

    /// <summary>The test's own look at the store.</summary>
    public async Task<PullStore> OpenAsync()
    {
        if (_store is null)
        {
            _store = await PullStore.OpenAsync(Store, Token);
            _open.Add(_store);
        }

        return _store;
    }

    public async Task<NapterPull> RegisterAsync(NapterPull pull) => (await new PullSchedules(await OpenAsync()).RegisterAsync([pull], replace: true, Token))[0];

    public async Task<PullService> ServeAsync(string name = "one", Func<PullServiceOptions, PullServiceOptions>? change = null)
    {
        var connection = await ConnectAsync(Simulator.ApiEndPoint, Simulator.TrustedRootPath, Simulator.AuthKeyId, Simulator.AuthKey, Folder);
        _open.Add(connection);
        var options = OptionsOf(StoreText, connection, Folder, name) with { Observer = Heard };
        var service = await PullService.StartAsync(change is null ? options : change(options), Token);
        _services.Add(service);
        return service;
    }

    /// <summary>Asks for a run, as <c>Start-NapterPull</c> does, and waits until it has ended.</summary>
    public async Task<NapterPullRun> RunAsync(NapterPull pull)
    {
        var runs = new PullRuns(await OpenAsync());
        return await EndOfAsync(await runs.QueueAsync(pull, DateTimeOffset.UtcNow, Token));
    }

    public async Task<NapterPullRun> EndOfAsync(long run) => await UntilAsync(async runs => (await runs.FindAsync(null, run, null, Token))[0], found => found.Ended is not null);

    /// <summary>Looks until what is looked for is there.</summary>
    public async Task<T> UntilAsync<T>(Func<PullRuns, Task<T>> look, Func<T, bool> holds)
    {
        var runs = new PullRuns(await OpenAsync());
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromMinutes(Campaign.IsLong ? 60 : 5));
        while (true)
        {
            var found = await look(runs);
            if (holds(found))
            {
                return found;
            }

            if (limit.IsCancellationRequested)
            {
                Assert.Fail($"Still {found}; {string.Join("; ", Heard.Troubles.Take(5).Select(trouble => trouble.Message))}");
            }

            await Task.Delay(Campaign.IsLong ? 500 : Simulator.Sims.Count < Many ? 50 : 250, Token);
        }
    }

    public async Task<long> CountAsync(string query) => await (await OpenAsync()).ReadAsync(session => session.CountAsync(query, [], Token), Token);

    /// <summary>The files that have arrived, by their path below the destination.</summary>
    public IReadOnlyList<string> Arrived() => Directory.Exists(Folder.File("in"))
        ? [.. Directory.EnumerateFiles(Folder.File("in"), "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Folder.File("in"), file)).Order(StringComparer.Ordinal)]
        : [];

    public static PullServiceOptions OptionsOf(string store, NapterConnection connection, string folder, string name) => new()
    {
        Store = new StoreOptions { Address = Stores.AddressOf(store), Patience = TimeSpan.FromSeconds(20) },
        Connection = connection,
        Owner = new HistoryOwnerOptions { Folder = Path.Combine(folder, "owners"), Computer = "here" },
        Name = name,
        Allowance = new PullAllowance(null, []),
        Pace = Pace,
        Retry = new PullRetry { First = TimeSpan.FromSeconds(1), Attempts = 10 },
    };

    public static async Task<NapterConnection> ConnectAsync(
        Uri endpoint, string? roots, string keyId, string secret, string folder, Func<NapterConnectionOptions, NapterConnectionOptions>? change = null)
    {
        using var key = new System.Security.SecureString();
        secret.ToList().ForEach(key.AppendChar);
        var options = new NapterConnectionOptions
        {
            Credential = new SoracomCredential.AuthKey(keyId, key), Endpoint = endpoint, TrustedRootPath = roots, ApiCallsPerSecond = 400,
            JournalFolder = Path.Combine(folder, "journal"),
        };
        return await NapterConnection.ConnectAsync(change is null ? options : change(options), CancellationToken.None);
    }

    /// <summary>The files of a device: of many, each fourth has more than one.</summary>
    private static int FilesOf(int device, int devices) => devices < Many || Campaign.IsLong || device % 4 == 0 ? Files : 1;

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services)
        {
            await service.DisposeAsync();
        }

        foreach (var one in Enumerable.Reverse(_open))
        {
            await one.DisposeAsync();
        }

        await Simulator.DisposeAsync();
        Folder.Dispose();
    }
}

/// <summary>What members of a service have told.</summary>
internal sealed class Heard : IPullObserver
{
    public ConcurrentQueue<NapterPullRun> Began { get; } = [];

    public ConcurrentQueue<NapterPullRun> Ended { get; } = [];

    public ConcurrentQueue<NapterPullDevice> DevicesBegan { get; } = [];

    public ConcurrentQueue<NapterPullDevice> Devices { get; } = [];

    public ConcurrentQueue<NapterFtpTransfer> Files { get; } = [];

    public ConcurrentQueue<NapterFtpException> Troubles { get; } = [];

    public PullBacklog Backlog { get; private set; }

    public void RunBegan(NapterPullRun run) => Began.Enqueue(run);

    public void RunEnded(NapterPullRun run) => Ended.Enqueue(run);

    public void DeviceBegan(NapterPullDevice device) => DevicesBegan.Enqueue(device);

    public void DeviceEnded(NapterPullDevice device) => Devices.Enqueue(device);

    public void FileEnded(NapterPullDevice device, NapterFtpTransfer transfer) => Files.Enqueue(transfer);

    public void BacklogSeen(PullBacklog backlog) => Backlog = backlog;

    public void Troubled(NapterFtpException error) => Troubles.Enqueue(error);
}
