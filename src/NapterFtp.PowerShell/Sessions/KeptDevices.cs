using NapterFtp.Copy;

namespace NapterFtp.PowerShell.Sessions;

/// <summary>The devices that a runspace's commands have sessions with: while one command runs, what another leaves is kept for it, so
/// that a listing and a copy in one pipeline log in once and use the same ports. With the last command all are closed. Thread-safe.</summary>
internal sealed class KeptDevices
{
    private readonly object _lock = new();
    private readonly Dictionary<Place, Kept> _kept = [];
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
        lock (_lock)
        {
            isShared = _commands > 1;
            _kept.Remove(new Place(connection, DeviceKey.For(device, port, options.PortMap)), out kept);
        }

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

    /// <summary>Gives a device back: kept while another command runs, else closed.</summary>
    public async Task ReturnAsync(NapterConnection connection, DeviceClient client)
    {
        lock (_lock)
        {
            if (_commands > 1 && connection.TokenExpiresAt is not null
                && _kept.TryAdd(new Place(connection, client.Key), new Kept(client, client.Options)))
            {
                return;
            }
        }

        await client.DisposeAsync();
    }

    /// <summary>A command has ended; with the last one all that is kept is closed.</summary>
    public async Task EndAsync()
    {
        DeviceClient[] closing = [];
        lock (_lock)
        {
            if (--_commands == 0)
            {
                closing = [.. _kept.Values.Select(kept => kept.Client)];
                _kept.Clear();
            }
        }

        await Task.WhenAll(closing.Select(client => client.DisposeAsync().AsTask()));
    }

    private sealed record Place(NapterConnection Connection, DeviceKey Device);

    private sealed record Kept(DeviceClient Client, FtpClientOptions Options);
}
