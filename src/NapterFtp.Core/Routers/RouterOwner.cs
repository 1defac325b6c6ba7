namespace NapterFtp.Routers;

/// <summary>This process as the owner of rules on routers. While it lives it holds a file locked, so that the next one knows whose rules are
/// left over; as with <see cref="Entries.JournalFolder"/>.</summary>
internal sealed class RouterOwner : IDisposable
{
    private const string Extension = ".lock";

    private readonly FileStream? _file;
    private readonly string? _folder;

    /// <param name="stateFolder">The user's; null where there is none, and only the time tells what is left over.</param>
    public RouterOwner(string? stateFolder)
    {
        Id = Guid.NewGuid().ToString("N")[..16];
        if (stateFolder is null)
        {
            return;
        }

        _folder = Path.Combine(stateFolder, "routers");
        try
        {
            Directory.CreateDirectory(_folder);
            _file = new FileStream(Path.Combine(_folder, Id + Extension), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _folder = null;
        }
    }

    /// <summary>16 hexadecimal digits.</summary>
    public string Id { get; }

    /// <summary>Whether an owner of rules has gone: its process of this computer has ended, or what it made has expired.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="expires">When its last rule expires.</param>
    /// <param name="now">By the same clock.</param>
    public bool HasGone(string owner, long expires, long now) => owner != Id && (now > expires || IsDead(owner));

    /// <summary>Forgets an owner whose rules have been removed.</summary>
    public void Forget(string owner)
    {
        try
        {
            if (_folder is not null)
            {
                File.Delete(Path.Combine(_folder, owner + Extension));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A file too many.
        }
    }

    /// <summary>Ends the ownership.</summary>
    /// <param name="leavesRules">Whether rules may be left, which the next process is to find.</param>
    public void End(bool leavesRules)
    {
        Dispose();
        if (!leavesRules)
        {
            Forget(Id);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private bool IsDead(string owner)
    {
        var path = _folder is null ? null : Path.Combine(_folder, owner + Extension);
        if (path is null || !File.Exists(path))
        {
            return false;
        }

        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
