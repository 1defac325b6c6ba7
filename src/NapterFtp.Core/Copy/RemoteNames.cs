namespace NapterFtp.Copy;

/// <summary>Whether a device takes names for the same that differ by upper and lower case or by Unicode form alone, as Windows and FAT do.
/// It is found out only where two such names meet.</summary>
internal sealed class RemoteNames(SessionKeeper keeper)
{
    private bool _ignores;

    /// <summary>A path such that two paths that may be one file give the same text.</summary>
    public static string KeyOf(string path) => LocalNameRules.Loosest.KeyOf(path);

    /// <summary>The name in another case; the same where it has none.</summary>
    public static string OtherCase(string name) => name.ToUpperInvariant() is var upper && upper != name ? upper : name.ToLowerInvariant();

    /// <summary>Whether an item has another name as well, which no listing shows.</summary>
    /// <param name="listed">The item, as it is listed.</param>
    /// <param name="other">The other full name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>True where both names are one item's, false where they surely are not; null where the device does not tell.</returns>
    public async Task<bool?> AreOneAsync(RemoteEntry listed, string other, CancellationToken cancellationToken)
    {
        if (_ignores)
        {
            return true;
        }

        var answer = await keeper.RunAsync(
            async (session, token) => await IsThereAsync(session, listed.Type, other, token) ? true
                : await IsThereAsync(session, listed.Type, listed.FullName, token) ? false
                : (bool?)null,
            cancellationToken);
        _ignores = answer == true;
        return answer;
    }

    private static async Task<bool> IsThereAsync(FtpClientSession session, NapterFtpItemType type, string path, CancellationToken cancellationToken) =>
        type == NapterFtpItemType.Directory
            ? await Listed.EntersAsync(session, path, cancellationToken)
            : await session.SizeAsync(path, cancellationToken) is not null;
}

/// <summary>What a folder of a device holds, by name.</summary>
internal sealed class ListedNames
{
    private readonly Dictionary<string, RemoteEntry> _entries = new(StringComparer.Ordinal);
    private readonly Lazy<ILookup<string, RemoteEntry>> _loose;

    public ListedNames(IEnumerable<RemoteEntry> entries)
    {
        foreach (var entry in entries)
        {
            _entries.TryAdd(entry.Name, entry);
        }

        _loose = new(() => _entries.Values.ToLookup(entry => RemoteNames.KeyOf(entry.Name), StringComparer.Ordinal));
    }

    /// <summary>A folder that is empty, or not there.</summary>
    public static ListedNames None { get; } = new([]);

    public RemoteEntry? Find(string name) => _entries.GetValueOrDefault(name);

    /// <summary>An entry whose name the device may take for the same.</summary>
    public RemoteEntry? FindTwin(string name) => _loose.Value[RemoteNames.KeyOf(name)].FirstOrDefault(entry => entry.Name != name);

    /// <summary>A file or folder by which it can be told whether the device ignores case; null where there is none.</summary>
    public RemoteEntry? FindSample() => _entries.Values.FirstOrDefault(entry =>
        entry.Type is NapterFtpItemType.File or NapterFtpItemType.Directory && Find(RemoteNames.OtherCase(entry.Name)) is null);
}
