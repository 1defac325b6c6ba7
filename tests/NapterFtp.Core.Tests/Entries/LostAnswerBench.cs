using Microsoft.Extensions.Logging.Abstractions;
using NapterFtp.Entries;

namespace NapterFtp.Core.Tests.Entries;

/// <summary>Entries of SORACOM's in memory, of which a test loses answers, and the one port that is asked for.</summary>
public abstract class LostAnswerBench : IAsyncDisposable
{
    private protected static readonly DeviceTarget Device = DeviceTarget.FromImsi("001010000000001");

    private protected static readonly EntryRequest Request = new()
    {
        Device = Device,
        DevicePort = 40001,
        Kind = NapterPortKind.Data,
        Patience = TimeSpan.FromHours(1),
    };

    private protected LostAnswerBench()
    {
        Api = new FakePortMappingApi(Time);
        Ports = new EntryManager(Api, new EntryManagerOptions { DisposeLimit = TimeSpan.Zero }, Time, NullLoggerFactory.Instance);
        Log = new EventLog(Ports);
    }

    private protected WatchedTimeProvider Time { get; } = new();

    private protected FakePortMappingApi Api { get; }

    private protected EntryManager Ports { get; }

    private protected EventLog Log { get; }

    public virtual async ValueTask DisposeAsync()
    {
        await Ports.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
