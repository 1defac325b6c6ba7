using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NapterFtp.Entries;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Entries;

public sealed class JournalTests : IDisposable
{
    private static readonly DeviceTarget Device = DeviceTarget.FromImsi("001010000000001");

    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName(), "NapterFtp");
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly FakePortMappingApi _api;
    private readonly JournalOptions _options;

    public JournalTests()
    {
        _api = new FakePortMappingApi(_time);
        _options = new JournalOptions { Folder = _folder, Account = "OP0000000001", Api = "https://api.test" };
    }

    public void Dispose()
    {
        var parent = Path.GetDirectoryName(_folder)!;
        if (Directory.Exists(parent))
        {
            Directory.Delete(parent, recursive: true);
        }
    }

    [Fact]
    public async Task A_process_without_ports_leaves_no_file()
    {
        await using (Manager())
        {
            Assert.False(Directory.Exists(_folder));
        }

        await using (var ports = Manager())
        {
            await ports.OpenAsync(Request(), default);
            Assert.Single(Journals());
        }

        Assert.Empty(Journals());
    }

    [Fact]
    public async Task The_journal_is_for_the_user_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows' user folders are the user's own by inheritance.");
        await using var ports = Manager();
        await ports.OpenAsync(Request(), default);
#pragma warning disable CA1416 // Skipped on Windows.
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Assert.Single(Journals())));
#pragma warning restore CA1416
    }

    [Fact]
    public async Task A_live_processs_ports_are_never_touched()
    {
        await using var ports = Manager();
        await ports.OpenAsync(Request(), default);
        Assert.Empty(await RecoverAsync());
        Assert.Single(_api.Entries);
        Assert.Equal(0, _api.Lists);
    }

    [Fact]
    public async Task What_a_dead_process_left_open_is_closed_and_reported()
    {
        var left = _api.Add(Device, 40001);
        var foreign = _api.Add(Device, 40002);
        WriteDead(Open(1, left));
        var recovered = Assert.Single(await RecoverAsync());
        Assert.Equal((left.EndPoint, 40001, null), (recovered.EndPoint, recovered.DevicePort, recovered.Error));
        Assert.Equal(foreign.EndPoint, Assert.Single(_api.Entries).EndPoint);
        Assert.Empty(Journals());
    }

    [Fact]
    public async Task An_entry_asked_for_at_the_moment_of_death_is_found_by_listing()
    {
        _api.Add(Device, 40001, createdAt: _time.GetUtcNow() - TimeSpan.FromHours(1));
        WriteDead(JournalLines.Opening(new JournalRecord(1, Call(40001))));
        var made = _api.Add(Device, 40001, createdAt: _time.GetUtcNow() + TimeSpan.FromSeconds(1));
        Assert.Equal(made.EndPoint, Assert.Single(await RecoverAsync()).EndPoint);
        Assert.Single(_api.Entries);
    }

    [Fact]
    public async Task An_entry_that_is_made_only_after_the_first_look_is_closed_too()
    {
        WriteDead(JournalLines.Opening(new JournalRecord(1, Call(40001))));
        var recovery = new JournalRecovery(_api, _options, _time, NullLogger.Instance);
        Assert.Empty(await recovery.RunAsync(default));
        Assert.False(recovery.IsSettled);

        _api.Add(Device, 40001, createdAt: _time.GetUtcNow() + TimeSpan.FromSeconds(1));
        await recovery.RunToEndAsync(default);
        Assert.Empty(_api.Entries);
        Assert.Empty(Journals());
    }

    [Fact]
    public async Task What_a_process_leaves_that_dies_while_this_one_lives_is_closed_too()
    {
        var path = WriteDead(Open(1, _api.Add(Device, 40001)));
        var recovery = new JournalRecovery(_api, _options, _time, NullLogger.Instance);
        Task running;
        await using (new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read))
        {
            await recovery.RunAsync(default);
            Assert.False(recovery.IsSettled);
            Assert.Single(_api.Entries);
            running = recovery.RunToEndAsync(default);
        }

        await WhileTimePassesAsync(running);
        Assert.Empty(_api.Entries);
        Assert.Empty(Journals());
    }

    [Fact]
    public async Task The_journal_of_another_users_process_that_can_be_taken_is_a_dead_ones()
    {
        WriteDead(Open(1, _api.Add(Device, 40001)));
        Assert.Single(await RecoverAsync(_options with { FindProcess = _ => throw new System.ComponentModel.Win32Exception("Access is denied.") }));
        Assert.Empty(_api.Entries);
    }

    [Fact]
    public async Task A_file_that_something_else_has_open_does_not_count_as_a_live_processs()
    {
        var path = WriteDead(Open(1, _api.Add(Device, 40001)));
        var recovery = new JournalRecovery(_api, _options, _time, NullLogger.Instance);
        await using (new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read))
        {
            await recovery.RunAsync(default);
            Assert.Equal((false, false), (recovery.IsSettled, recovery.OthersLive));
        }

        await recovery.RunAsync(default);
        Assert.Equal((true, false), (recovery.IsSettled, recovery.OthersLive));
        Assert.Empty(_api.Entries);
    }

    [Fact]
    public async Task Another_computers_journal_goes_once_all_in_it_must_have_expired()
    {
        WriteDead(Open(1, _api.Add(Device, 40001)));
        var elsewhere = _options with { Computer = "another" };
        Assert.Empty(await RecoverAsync(elsewhere));
        Assert.Single(_api.Entries);

        _time.Advance(TimeSpan.FromHours(9));
        Assert.Empty(await RecoverAsync(elsewhere));
        Assert.Equal(0, _api.Lists);
        Assert.Empty(Journals());
    }

    [Fact]
    public async Task Another_computers_journal_that_is_still_written_stays_though_nothing_is_open_in_it()
    {
        WriteDead(JournalLines.Closed(1));
        Assert.Empty(await RecoverAsync(_options with { Computer = "another" }));
        Assert.Single(Journals());
    }

    [Fact]
    public async Task A_journal_that_somebody_removed_is_written_anew()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows keeps a file that is open.");
        await using var ports = Manager();
        await ports.OpenAsync(Request(), default);
        File.Delete(Assert.Single(Journals()));
        await ports.OpenAsync(Request(), default);
        Assert.Equal(2, JournalFolder.Read(Assert.Single(Journals()))!.Open.Count);
    }

    [Fact]
    public void A_computer_knows_itself_again_whatever_its_name_and_tells_nobody_the_systems_id()
    {
        var id = ComputerId.Find(_folder, machineIdFiles: null);
        Assert.Equal(id, ComputerId.Find(_folder, machineIdFiles: null));
        Assert.NotEqual(Environment.MachineName, id);

        var system = Path.Combine(_folder, "machine-id");
        File.WriteAllText(system, new string('a', 32) + "\n");
        var hashed = ComputerId.Find(_folder, ["/no/such/file", system]);
        Assert.Matches("^[0-9A-F]{32}$", hashed);
        Assert.DoesNotContain("AAAA", hashed, StringComparison.Ordinal);
        Assert.Equal(Environment.MachineName, ComputerId.Find(_folder, ["/no/such/file"]));
    }

    [Fact]
    public async Task A_call_that_never_took_effect_is_forgotten_after_a_while()
    {
        WriteDead(JournalLines.Opening(new JournalRecord(1, Call(40001))));
        _time.Advance(TimeSpan.FromMinutes(6));
        await new JournalRecovery(_api, _options, _time, NullLogger.Instance).RunToEndAsync(default);
        Assert.Empty(Journals());
    }

    [Fact]
    public async Task An_end_point_that_was_given_out_again_is_left_alone()
    {
        var left = _api.Add(Device, 40001);
        WriteDead(Open(1, left with { CreatedAt = left.CreatedAt!.Value - TimeSpan.FromMinutes(5) }));
        Assert.Empty(await RecoverAsync());
        Assert.Single(_api.Entries);
    }

    [Fact]
    public async Task Closed_and_expired_entries_cost_no_call()
    {
        var (closed, expired) = (_api.Add(Device, 40001), _api.Add(Device, 40002, TimeSpan.FromMinutes(1)));
        WriteDead(Open(1, closed), Open(2, expired), JournalLines.Closed(1));
        _time.Advance(TimeSpan.FromMinutes(12));
        Assert.Empty(await RecoverAsync());
        Assert.Equal(0, _api.Lists);
        Assert.Empty(Journals());
    }

    [Fact]
    public async Task Another_accounts_journal_is_kept_for_that_account()
    {
        var left = _api.Add(Device, 40001);
        WriteDead(Open(1, left));
        Assert.Empty(await RecoverAsync(_options with { Account = "OP0000000002" }));
        Assert.Empty(await RecoverAsync(_options with { Api = "https://g.api.test" }));
        Assert.Single(await RecoverAsync());
    }

    [Fact]
    public async Task Spoilt_lines_are_passed_over()
    {
        var left = _api.Add(Device, 40001);
        WriteDead("not json\n"u8.ToArray(), "{\"is\":\"open\"}\n"u8.ToArray(), "{\"is\":\"opening\",\"n\":1}\n"u8.ToArray(), Open(7, left), "{\"is\":\"clo"u8.ToArray());
        Assert.Single(await RecoverAsync());
        Assert.Empty(_api.Entries);
    }

    [Fact]
    public async Task What_cannot_be_closed_now_stays_for_the_next_time()
    {
        WriteDead(Open(1, _api.Add(Device, 40001)));
        _api.BeforeDelete = (_, _) => throw FakePortMappingApi.Unavailable();
        Assert.Equal("Service unavailable.", Assert.Single(await RecoverAsync()).Error);
        _api.BeforeDelete = (_, _) => Task.CompletedTask;
        Assert.Null(Assert.Single(await RecoverAsync()).Error);
        Assert.Empty(_api.Entries);
    }

    [Fact]
    public async Task An_entry_found_by_listing_whose_closing_fails_is_closed_at_the_next_look()
    {
        var call = Call(40001);
        var entry = _api.Add(Device, 40001);
        WriteDead(JournalLines.Opening(new JournalRecord(1, call)));
        _api.BeforeDelete = (_, _) => throw FakePortMappingApi.Unavailable();
        var recovery = new JournalRecovery(_api, _options, _time, NullLogger.Instance);
        await recovery.RunAsync(default);
        Assert.Equal(entry.EndPoint, Assert.Single(_api.Entries).EndPoint);
        Assert.False(recovery.IsSettled);

        _api.BeforeDelete = (_, _) => Task.CompletedTask;
        _time.Advance(JournalRecord.LongestCall + TimeSpan.FromSeconds(1));
        await recovery.RunAsync(default);

        Assert.Empty(_api.Entries);
        Assert.True(recovery.IsSettled);
        Assert.Empty(Journals());
    }

    [Fact]
    public async Task What_could_not_be_closed_before_the_end_is_closed_later_by_the_same_or_another_process()
    {
        await using (var ports = Manager(new EntryManagerOptions { DisposeLimit = TimeSpan.Zero }))
        {
            _api.BeforeDelete = (_, _) => throw FakePortMappingApi.Unavailable();
            await ports.OpenAsync(Request(), default);
        }

        _api.BeforeDelete = (_, _) => Task.CompletedTask;
        Assert.Single(_api.Entries);
        Assert.Single(await RecoverAsync());
        Assert.Empty(_api.Entries);
    }

    [Fact]
    public async Task A_live_processs_entry_is_never_taken_for_a_dead_ones_unanswered_call()
    {
        WriteDead(JournalLines.Opening(new JournalRecord(1, Call(40001))));
        await using var live = Manager();
        await live.OpenAsync(Request(), default);
        Assert.Empty(await RecoverAsync());
        Assert.Single(_api.Entries);
    }

    [Fact]
    public async Task A_journal_that_has_grown_long_is_written_anew_with_what_is_open()
    {
        await using var ports = Manager();
        var kept = await ports.OpenAsync(Request(), default);
        await OpenAndCloseManyAsync(ports);

        var file = Assert.Single(Journals());
        Assert.InRange(new FileInfo(file).Length, 1, 300 * 1024);
        Assert.Equal(kept.Gateway.EndPoint, Assert.Single(JournalFolder.Read(file)!.Open).EndPoint);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_does_not_stop_the_ports_and_later_has_all_that_are_open()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder)!);
        await File.WriteAllTextAsync(_folder, "in the way");
        await using var ports = Manager();
        await ports.OpenAsync(Request(), default);
        Assert.Single(_api.Entries);

        File.Delete(_folder);
        await ports.OpenAsync(Request(), default);
        Assert.Equal(_api.Entries.Select(entry => entry.EndPoint), JournalFolder.Read(Assert.Single(Journals()))!.Open.Select(record => record.EndPoint!));
    }

    [Fact]
    public async Task A_journal_that_cannot_be_written_anew_stays_locked_until_it_can()
    {
        var isFull = false;
        await using var ports = Manager(journal: _options with { Create = folder => isFull ? new FullDisk(folder) : JournalFolder.Create(folder) });
        var kept = await ports.OpenAsync(Request(), default);
        isFull = true;
        await OpenAndCloseManyAsync(ports);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Equal(JournalTaking.Kept, JournalFolder.TryTake(Assert.Single(Journals()), _options, _time.GetUtcNow(), out _, out _));

        isFull = false;
        await ports.OpenAsync(Request(), default);
        var open = JournalFolder.Read(Assert.Single(Journals()))!.Open;
        Assert.Equal(2, open.Count);
        Assert.Contains(kept.Gateway.EndPoint, open.Select(record => record.EndPoint));
    }

    private static EntryRequest Request() => new() { Device = Device, DevicePort = 40001, Kind = NapterPortKind.Data };

    private EntryCall Call(int devicePort) => new(Device, devicePort, TimeSpan.FromHours(1), _time.GetUtcNow());

    private byte[] Open(long number, PortMapping entry)
    {
        var record = new JournalRecord(number, Call(entry.DevicePort))
        {
            EndPoint = entry.EndPoint,
            CreatedAt = entry.CreatedAt,
            ExpiresAt = entry.ExpiresAt,
        };
        return [.. JournalLines.Opening(record), .. JournalLines.Opened(record)];
    }

    private EntryManager Manager(EntryManagerOptions? options = null, JournalOptions? journal = null) =>
        new(_api, (options ?? new EntryManagerOptions()) with { Journal = journal ?? _options }, _time, NullLoggerFactory.Instance);

    /// <summary>As many as make the file long.</summary>
    private static async Task OpenAndCloseManyAsync(EntryManager ports)
    {
        var log = new EventLog(ports);
        for (var i = 0; i < 1500; i++)
        {
            var lease = await ports.OpenAsync(Request(), default);
            lease.Release();
            await log.FirstAsync(step => step.PortId == lease.PortId && step.State == NapterPortState.Closed);
        }
    }

    private Task<IReadOnlyList<RecoveredEntry>> RecoverAsync(JournalOptions? options = null) =>
        new JournalRecovery(_api, options ?? _options, _time, NullLogger.Instance).RunAsync(default);

    private string WriteDead(params byte[][] lines)
    {
        Directory.CreateDirectory(_folder);
        var owner = JournalOwner.Current(_options) with { Pid = int.MaxValue };
        var path = Path.Combine(_folder, "dead.jsonl");
        File.WriteAllBytes(path, [.. JournalLines.Owner(owner), .. lines.SelectMany(line => line)]);
        return path;
    }

    private async Task WhileTimePassesAsync(Task task)
    {
        while (!task.IsCompleted)
        {
            await Task.WhenAny(task, Task.Delay(TimeSpan.FromMilliseconds(5), TestContext.Current.CancellationToken));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        await task;
    }

    /// <summary>Where the system has no number of its own for the computer, there is a file with one beside them.</summary>
    private string[] Journals() => Directory.GetFiles(_folder, "*.jsonl");

    /// <summary>A file that can be made and takes no byte.</summary>
    private sealed class FullDisk(string folder)
        : FileStream(Path.Combine(folder, $"{Guid.NewGuid():N}.jsonl"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0)
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("No space left on device");
    }
}
