using System.Collections.Concurrent;
using NapterFtp.Entries;

namespace NapterFtp.Relay;

/// <summary>The Napter ports that a relay's sessions share: one for each device that they reach, opened when first wanted.</summary>
/// <param name="open">Makes the port of a device, without opening it.</param>
internal sealed class SharedPorts(Func<DeviceTarget, SharedLease> open) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<DeviceTarget, Lazy<SharedLease>> _ports = new();

    /// <summary>The port of a device; always the same one.</summary>
    public SharedLease Of(DeviceTarget device) =>
        _ports.GetOrAdd(device, static (device, open) => new Lazy<SharedLease>(() => open(device)), open).Value;

    /// <summary>Releases every entry, in the background, whoever uses it. To be called when no session runs any more.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var port in _ports.Values)
        {
            await port.Value.DisposeAsync();
        }
    }
}
