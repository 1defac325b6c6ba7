using NapterFtp.Copy;

namespace NapterFtp.PowerShell.Sessions;

/// <summary>The devices that a runspace's commands have sessions with: while one command runs, what another leaves is kept for it, so
/// that a listing and a copy in one pipeline log in once and use the same ports. With the last command all are closed. Thread-safe.</summary>
internal sealed class KeptDevices
{
    private readonly object _lock = new();
    private readonly Dictionary<Place, Kept> _kept = [];
    private readonly Dictionary<Place, Task> _leaving = [];
    private int _commands;

    /// <summary>A command begins that may go on where another leaves off.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            _commands++;
        }
    }

    /// <summary>What an earlier command left of a device, the caller's own from now on; else new. One left for another login, or with other
    /// options, is closed first, for devices serve few sessions.</summary>
    public async Task<DeviceClient> TakeAsync(NapterConnection connection, DeviceTarget device, int port, FtpClientOptions options, Activity activity)
    {
        Kept? kept;
        bool isShared;
        var place = new Place(connection, DeviceKey.For(device, port, options.PortMap));
        Task? leaving;
        lock (_lock)
        {
            isShared = _commands > 1;
            _kept.Remove(place, out kept);
            _leaving.TryGetValue(place, out leaving);
        }

        // Many devices serve one session at a time.
        await (leaving ?? Task.CompletedTask);

        if (kept is not null)
        {
            if (kept.Options == options && kept.Client.DevicePort == port)
            {
                kept.Client.IsShared = isShared;
                kept.Client.Continue(activity);
                return kept.Client;
            }

            await kept.Client.DisposeAsync();
        }

        var client = DeviceClient.Create(connection, device, port, options, activity);
        client.IsShared = isShared;
        return client;
    }

    /// <summary>Gives a device back: kept while another command runs, else left.</summary>
    public void Return(NapterConnection connection, DeviceClient client)
    {
        var place = new Place(connection, client.Key);
        lock (_lock)
        {
            if (_commands <= 1 || connection.TokenExpiresAt is null || !_kept.TryAdd(place, new Kept(client, client.Options)))
            {
                Leave(place, client);
            }
        }
    }

    /// <summary>A command has ended; with the last one all that is kept is left.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (--_commands == 0)
            {
                foreach (var (place, kept) in _kept)
                {
                    Leave(place, kept.Client);
                }

                _kept.Clear();
            }
        }
    }

    /// <summary>Closes a device, for which nobody waits but who wants it next. Called under the lock.</summary>
    private void Leave(Place place, DeviceClient client)
    {
        foreach (var left in _leaving.Where(leaving => leaving.Value.IsCompleted).Select(leaving => leaving.Key).ToList())
        {
            _leaving.Remove(left);
        }

        _leaving[place] = Task.WhenAll(_leaving.GetValueOrDefault(place, Task.CompletedTask), Task.Run(() => client.DisposeAsync().AsTask()));
    }

    private sealed record Place(NapterConnection Connection, DeviceKey Device);

    private sealed record Kept(DeviceClient Client, FtpClientOptions Options);
}
