using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using NapterFtp.Copy;
using NapterFtp.Core.Tests.Entries;
using NapterFtp.Core.Tests.Relay;
using NapterFtp.Entries;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>A device that a test makes odd, SORACOM's entries in memory, and a scratch folder on this side.</summary>
internal sealed class OddBench : IAsyncDisposable
{
    private readonly FakePortMappingApi _api = new(TimeProvider.System);
    private readonly EntryManager _ports;
    private readonly DirectDialer _dialer;
    private readonly WarningLog _warnings = new();
    private DeviceClient? _client;

    public OddBench(OddServer server)
    {
        Server = server;
        _ports = new EntryManager(_api, new EntryManagerOptions(), TimeProvider.System, _warnings);
        _dialer = new DirectDialer(_api, server.Port);
    }

    public OddServer Server { get; }

    public DirectDialer Dialer => _dialer;

    public CopyLog Log { get; } = new();

    public string Local { get; } = Directory.CreateTempSubdirectory("napter-odd-").FullName;

    public FtpClientOptions Options { get; set; } = new();

    public RetryPolicy Retry { get; set; } = RetryPolicy.None;

    /// <summary>All that is logged.</summary>
    public IReadOnlyList<string> Told => [.. _warnings.All];

    /// <summary>What the user is warned of.</summary>
    public IReadOnlyList<string> Warnings => [.. _warnings.Lines];

    public DeviceClient Client => _client ??= new DeviceClient(
        DeviceTarget.FromImsi("001010000000001"), 21, Options, _ports, _dialer, new Activity(Clock), Clock, _warnings);

    /// <summary>Our clock; times pass in it as they do.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>A device of which nothing is known yet, at another time.</summary>
    public async Task ForgetAsync(DateTimeOffset? now = null)
    {
        if (_client is not null)
        {
            await _client.DisposeAsync();
            _client = null;
        }

        Clock = now is { } time ? new ShiftedClock(time) : Clock;
        Server.Forget();
    }

    public string LocalPath(params string[] parts) => Path.Combine([Local, .. parts]);

    public void WriteLocal(string name, string content = "local") =>
        File.WriteAllText(Directory.CreateDirectory(Path.GetDirectoryName(LocalPath(name))!).FullName + Path.DirectorySeparatorChar + Path.GetFileName(name), content);

    /// <summary>All items a query means, by their full names.</summary>
    public async Task<IReadOnlyList<RemoteEntry>> FindAsync(string path, bool recurse = false, bool isLiteral = false)
    {
        await using var keeper = new SessionKeeper(Client, Retry);
        var found = new List<RemoteEntry>();
        await foreach (var (entry, _) in new ItemFinder(keeper, Log.Failed).FindAsync(
            new RemoteQuery { Path = path, Recurse = recurse, IsLiteral = isLiteral }, TestContext.Current.CancellationToken))
        {
            found.Add(entry);
        }

        return found;
    }

    public CopyOptions Pull(string path = "/*") => new() { Paths = [path], Destination = Local, Recurse = true, Retry = Retry };

    public CopyOptions Push(string destination = "/") => Pull() with { Paths = [Local + Path.DirectorySeparatorChar], Destination = destination, ToDevice = true };

    /// <summary>Sync-NapterFtpDirectory's options.</summary>
    public CopyOptions Mirror(string path = "/") => Pull(path) with { IsLiteral = true, Sync = NapterFtpSyncMode.Mirror };

    public CopyOptions MirrorToDevice(string path = "/") => Push(path) with { IsLiteral = true, Sync = NapterFtpSyncMode.Mirror };

    public async Task<IReadOnlyList<NapterFtpTransfer>> CopyAsync(CopyOptions options)
    {
        Log.Clear();
        await DeviceCopy.RunAsync(Client, options, Log, TestContext.Current.CancellationToken);
        return Log.Transfers;
    }

    /// <summary>What lies in the local folder, with slashes on every system.</summary>
    public IEnumerable<string> LocalFiles() =>
        Directory.EnumerateFiles(Local, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Local, file).Replace(Path.DirectorySeparatorChar, '/')).Order(StringComparer.Ordinal);

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.DisposeAsync();
        }

        await _ports.DisposeAsync();
        await Server.DisposeAsync();
        Directory.Delete(Local, recursive: true);
        Assert.Empty(_api.Entries);
    }

    private sealed class ShiftedClock(DateTimeOffset now) : TimeProvider
    {
        private readonly TimeSpan _shift = now - System.GetUtcNow();

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + _shift;
    }

    private sealed class WarningLog : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ConcurrentQueue<string> All { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            All.Enqueue(formatter(state, exception));
            if (logLevel == LogLevel.Warning)
            {
                Lines.Enqueue(formatter(state, exception));
            }
        }

        public void Dispose()
        {
        }
    }
}
