using NapterFtp.Copy;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>What a copy tells its history, and what it lets itself be told.</summary>
public sealed class HistoryCopyTests
{
    [Fact]
    public async Task A_version_that_was_copied_once_is_not_copied_again_although_its_copy_has_been_moved_away()
    {
        await using var bench = await ClientBench.StartAsync();
        var history = new MemoryHistory();
        Tree.Add(Path.Combine(bench.Root, "a.csv"), 500, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var pull = bench.Pull() with { IfExists = NapterFtpIfExists.New, History = history, Hash = true };

        await bench.CopyAsync(pull);
        File.Delete(Path.Combine(bench.Local, "a.csv"));
        await bench.CopyAsync(pull);
        Assert.Equal(("copied before", NapterFtpTransferStatus.Skipped), (bench.Log.Transfers[0].Error, Assert.Single(bench.Log.Transfers).Status));

        Tree.Add(Path.Combine(bench.Root, "a.csv"), 501, new DateTime(2026, 1, 2, 0, 0, 0, DateTimeKind.Utc));
        await bench.CopyAsync(pull);
        Assert.Equal(NapterFtpTransferStatus.Copied, Assert.Single(bench.Log.Transfers).Status);
        Assert.Equal([500, 501], history.Settled.Select(arrival => arrival.Version.Length!.Value));
        Assert.All(history.Settled, arrival => Assert.Equal(64, arrival.Hash!.Length));
    }

    [Fact]
    public async Task The_history_knows_of_a_file_before_the_file_has_its_name()
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.csv"), 500);
        var seen = new List<(bool Partial, bool Whole)>();
        var history = new MemoryHistory
        {
            OnIntend = arrival => seen.Add((File.Exists(arrival.PartialPath), File.Exists(arrival.Destination))),
            OnSettle = arrival => seen.Add((File.Exists(arrival.PartialPath), File.Exists(arrival.Destination))),
        };

        await bench.CopyAsync(bench.Pull() with { History = history });

        Assert.Equal([(true, false), (false, true)], seen);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_history_that_cannot_be_written_keeps_the_source(bool fails)
    {
        await using var bench = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(bench.Root, "a.csv"), 500);
        var broken = new NapterFtpException("StoreUnreachable", NapterFtpErrorKind.Connection, "The database does not answer.", "");
        var history = new MemoryHistory { OnIntend = fails ? _ => throw broken : _ => { }, OnSettle = fails ? _ => { } : _ => throw broken };

        await bench.CopyAsync(bench.Pull() with { History = history, RemoveSource = true });

        Assert.Equal("StoreUnreachable", Assert.Single(bench.Log.Errors).ErrorId);
        Assert.Equal(["a.csv"], Tree.Names(bench.Root));

        // Whether the history knows of it is not known: the temporary name, which tells, stays.
        Assert.Equal(fails, Assert.Single(Tree.Names(bench.Local)) != "a.csv");
    }

    [Fact]
    public async Task A_file_that_cannot_take_its_name_is_withdrawn_and_one_that_fails_is_reported()
    {
        await using var bench = await ClientBench.StartAsync();
        var history = new MemoryHistory { OnIntend = arrival => Directory.CreateDirectory(arrival.Destination) };
        Tree.Add(Path.Combine(bench.Root, "a.csv"), 500);

        await bench.CopyAsync(bench.Pull() with { History = history });

        Assert.Equal(1, history.Withdrawn);
        Assert.Empty(history.Settled);
        Assert.Equal(NapterFtpTransferStatus.Failed, Assert.Single(history.Reported).Result.Status);
        Assert.Equal("/a.csv", history.Reported[0].Version.Path);
    }

    [Fact]
    public async Task What_was_there_before_the_first_run_is_never_copied_and_what_comes_later_is()
    {
        await using var bench = await ClientBench.StartAsync();
        var history = new MemoryHistory();
        Tree.Make(bench.Root, files: 5, folders: 2);
        var pull = bench.Pull() with { History = history, Rules = new SourceRules { SinceFirstRun = true } };

        await bench.CopyAsync(pull);
        Assert.All(bench.Log.Transfers, transfer => Assert.Equal("there before the first run", transfer.Error));
        Tree.Add(Path.Combine(bench.Root, "new.csv"), 500);
        await bench.CopyAsync(pull);

        Assert.Equal(["new.csv"], Tree.Names(bench.Local));
    }

    /// <summary>A history that lasts as long as the test.</summary>
    private sealed class MemoryHistory : IFileHistory
    {
        private readonly Dictionary<long, FileArrival> _intents = [];
        private readonly HashSet<string> _scopes = [];
        private readonly List<FileVersion> _known = [];
        private long _last;

        public Action<FileArrival> OnIntend { get; init; } = _ => { };

        public Action<FileArrival> OnSettle { get; init; } = _ => { };

        public List<FileArrival> Settled { get; } = [];

        public List<(FileVersion Version, NapterFtpTransfer Result)> Reported { get; } = [];

        public int Withdrawn { get; private set; }

        public Task<string?> RecallSimAsync(string imsi, string? simId, CancellationToken cancellationToken) => Task.FromResult(simId);

        public Task<IReadOnlySet<FileVersion>> FindAsync(DeviceKey device, IReadOnlyCollection<FileVersion> versions, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlySet<FileVersion>>(versions.Where(version => _known.Exists(known =>
                known.Path == version.Path && known.Length == version.Length && SameFile.HasTime(known.Modified, version.Modified, version.Precision))).ToHashSet());

        public Task<bool> NoteFirstAsync(DeviceKey device, string scope, IReadOnlyCollection<FileVersion> versions, CancellationToken cancellationToken)
        {
            var isFirst = _scopes.Add(scope);
            if (isFirst)
            {
                _known.AddRange(versions);
            }

            return Task.FromResult(isFirst);
        }

        public Task<long> IntendAsync(FileArrival arrival, CancellationToken cancellationToken)
        {
            OnIntend(arrival);
            _intents.Add(++_last, arrival);
            return Task.FromResult(_last);
        }

        public Task SettleAsync(long intent, NapterFtpTransfer result, CancellationToken cancellationToken)
        {
            OnSettle(_intents[intent]);
            Settled.Add(_intents[intent]);
            _known.Add(_intents[intent].Version);
            return Task.CompletedTask;
        }

        public Task WithdrawAsync(long intent, CancellationToken cancellationToken)
        {
            Withdrawn++;
            return Task.CompletedTask;
        }

        public Task ReportAsync(DeviceKey device, FileVersion version, NapterFtpTransfer result, CancellationToken cancellationToken)
        {
            Reported.Add((version, result));
            return Task.CompletedTask;
        }
    }
}
