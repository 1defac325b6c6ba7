using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using NapterFtp.Entries;

namespace NapterFtp.Core.Tests.Entries;

public sealed class EntryStressTests
{
    private static readonly TimeSpan LongTime = TimeSpan.FromDays(30);

    private static readonly DeviceTarget[] Devices = [DeviceTarget.FromImsi("001010000000001"), DeviceTarget.FromSimId("8981100000000000001")];

    /// <summary>What one user of a port does, and what SORACOM does to it.</summary>
    private sealed record Use(int Device, int DevicePort, int LingerSeconds, bool Cancel, bool Connect, bool Fail, int CreateFault, int DeleteFaults, int ListFaults);

    private static readonly Gen<Use> Uses =
        Gen.Select(Gen.Int[0, 1], Gen.Int[40001, 40003], Gen.Int[0, 20], Gen.Bool, Gen.Bool, Gen.Bool, Gen.Int[0, 7], Gen.Select(Gen.Int[0, 3], Gen.Int[0, 2]))
            .Select((device, port, linger, cancel, connect, fail, fault, faults) =>
                new Use(device, port, linger, cancel, connect, fail, fault, faults.Item1, faults.Item2));

    [Fact]
    public async Task Whatever_happens_no_entry_is_left_and_each_port_ends_once() =>
        await Gen.Select(Uses.List[1, 12], Gen.Bool).SampleAsync(async (uses, shortEnd) => await RunAsync(uses, shortEnd), iter: 100, threads: 2);

    private static async Task RunAsync(List<Use> uses, bool shortEnd)
    {
        var folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var time = new WatchedTimeProvider();
        var api = new FakePortMappingApi(time);
        var journal = new JournalOptions { Folder = folder, Account = "OP0000000001", Api = "https://api.test" };
        var options = new EntryManagerOptions
        {
            Journal = journal,

            // The clock moves on with every timer, so that hours may pass while the machine is busy with something else.
            DisposeLimit = shortEnd ? TimeSpan.Zero : LongTime,
            StallLimit = shortEnd ? TimeSpan.Zero : LongTime,
            StopLimit = LongTime,
            LongestCloseRetryDelay = TimeSpan.FromSeconds(8),
        };
        var faults = new Queue<Use>(uses);
        var (deleteFaults, listFaults) = (uses.Sum(use => use.DeleteFaults), uses.Sum(use => use.ListFaults));
        api.BeforeCreate = async (_, cancel) =>
        {
            Use? use;
            lock (faults)
            {
                faults.TryDequeue(out use);
            }

            switch (use?.CreateFault)
            {
                case 1:
                    throw FakePortMappingApi.Refused();
                case 2:
                    throw FakePortMappingApi.LostAnswer();
                case 3:
                    await Task.Delay(TimeSpan.FromSeconds(10), time, cancel);
                    break;
            }
        };
        var answers = 0;
        api.AfterCreate = async (_, cancel) =>
        {
            switch (Interlocked.Increment(ref answers) % 4)
            {
                case 0 when uses[0].CreateFault > 3:
                    throw FakePortMappingApi.LostAnswer();
                case 1 when uses[0].CreateFault > 5:
                    await Task.Delay(TimeSpan.FromSeconds(10), time, cancel);
                    break;
            }
        };
        api.BeforeDelete = (_, _) => Interlocked.Decrement(ref deleteFaults) >= 0 ? throw FakePortMappingApi.Unavailable() : Task.CompletedTask;
        api.BeforeList = (_, _) => Interlocked.Decrement(ref listFaults) >= 0 ? throw FakePortMappingApi.Unavailable() : Task.CompletedTask;

        var ports = new EntryManager(api, options, time, NullLoggerFactory.Instance);
        var log = new EventLog(ports);
        using var stop = new CancellationTokenSource();
        var clock = time.RunAsync(TimeSpan.FromMinutes(1), stop.Token);
        await Task.WhenAll(uses.Select(use => Task.Run(() => UseAsync(ports, use)))).WaitAsync(TimeSpan.FromSeconds(60));
        await ports.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        await stop.CancelAsync();
        await clock;

        if (shortEnd)
        {
            // What there was no time for is in the journal. Later, when SORACOM answers again, nothing is unclear any more.
            (api.BeforeDelete, api.BeforeList) = ((_, _) => Task.CompletedTask, (_, _) => Task.CompletedTask);
            time.Advance(TimeSpan.FromMinutes(10));
            await new JournalRecovery(api, journal, time, NullLogger.Instance).RunAsync(default);
        }

        Assert.Empty(api.Entries);
        foreach (var port in log.Events.GroupBy(step => step.PortId))
        {
            var states = port.Select(step => step.State).ToList();
            Assert.Equal(NapterPortState.Opening, states[0]);
            Assert.All(states.Zip(states.Skip(1)), pair => Assert.True(EntryLife.CanMove(pair.First, pair.Second), string.Join(' ', states)));
            Assert.True(states[^1] is NapterPortState.Closed or NapterPortState.Failed, string.Join(' ', states));
        }

        Assert.Equal("", Directory.Exists(folder) ? string.Join('\n', Directory.GetFiles(folder).SelectMany(File.ReadAllLines)) : "");
        Directory.Delete(folder, recursive: true);
    }

    private static async Task UseAsync(EntryManager ports, Use use)
    {
        using var cancel = new CancellationTokenSource();
        try
        {
            var opening = ports.OpenAsync(
                new EntryRequest
                {
                    Device = Devices[use.Device],
                    DevicePort = use.DevicePort,
                    Kind = NapterPortKind.Data,
                    Linger = TimeSpan.FromSeconds(use.LingerSeconds),
                    Duration = TimeSpan.FromHours(8),
                    Patience = TimeSpan.FromHours(1),
                },
                cancel.Token);
            if (use.Cancel)
            {
                await Task.Yield();
                await cancel.CancelAsync();
            }

            await using var lease = await opening;
            if (use.Connect)
            {
                lease.Connected(null, null);
                lease.Counters.AddFromDevice(1);
            }

            if (use.Fail)
            {
                lease.Fail("No luck.");
            }
        }
        catch (Exception exception) when (exception is NapterFtpException or OperationCanceledException)
        {
        }
    }
}
