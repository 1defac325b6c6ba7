using System.Collections.Concurrent;
using System.Management.Automation;
using System.Runtime.CompilerServices;
using NapterFtp.Copy;
using NapterFtp.Ftp;
using NapterFtp.PowerShell.Sessions;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>Which folder of which device, seen as which user.</summary>
internal sealed record RemoteFolderKey(
    DeviceTarget Device, int DevicePort, DevicePortMap Ports, PSCredential? Credential, string? Encoding, string Folder);

/// <summary>What folders on devices held when they were last looked at for tab completion.</summary>
internal sealed class RemoteFolderList
{
    private const int MostKept = 100;
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly ConditionalWeakTable<NapterConnection, ConcurrentDictionary<RemoteFolderKey, Lazy<Listing>>> Lists = [];

    /// <summary>The folder's items, read anew where the last reading is old; nothing where that takes longer than
    /// <paramref name="patience"/> or fails, while it goes on for the next time.</summary>
    public static IReadOnlyList<RemoteEntry> Of(NapterConnection connection, RemoteFolderKey key, FtpClientOptions options, TimeSpan patience)
    {
        var lists = Lists.GetOrCreateValue(connection);
        foreach (var (old, listing) in lists)
        {
            if (listing.IsValueCreated && (listing.Value.IsOld(connection) || lists.Count > MostKept))
            {
                lists.TryRemove(old, out _);
            }
        }

        var current = lists.GetOrAdd(key, _ => new Lazy<Listing>(() => new Listing(connection, key, options))).Value;
        Blocking.Wait(() => current.Reading, patience);
        return current.Entries;
    }

    private sealed class Listing
    {
        private readonly long _began;
        private volatile IReadOnlyList<RemoteEntry> _entries = [];

        public Listing(NapterConnection connection, RemoteFolderKey key, FtpClientOptions options)
        {
            _began = connection.Time.GetTimestamp();
            Reading = Task.Run(() => ReadAsync(connection, key, options));
        }

        public Task Reading { get; }

        public IReadOnlyList<RemoteEntry> Entries => _entries;

        /// <summary>Old, or failed: the next Tab tries again.</summary>
        public bool IsOld(NapterConnection connection) =>
            Reading.IsCompleted && (!Reading.IsCompletedSuccessfully || connection.Time.GetElapsedTime(_began) > Lifetime);

        private async Task ReadAsync(NapterConnection connection, RemoteFolderKey key, FtpClientOptions options)
        {
            using var limit = new CancellationTokenSource(Limit, connection.Time);
            await using var client = DeviceClient.Create(connection, key.Device, key.DevicePort, options);
            await using var session = await client.OpenSessionAsync(forTransfer: true, limit.Token);
            var home = RemotePath.IsAbsolute(key.Folder) ? RemotePath.Root : await session.HomeAsync(limit.Token);
            _entries = (await FolderLister.ListAsync(session, RemotePath.Resolve(key.Folder, home), moreFollow: false, limit.Token)).Entries;
        }
    }
}
