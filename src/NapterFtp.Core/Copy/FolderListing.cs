using NapterFtp.Ftp;

namespace NapterFtp.Copy;

/// <summary>What listing one folder told: its entries, and whether that is known to be all of them.</summary>
/// <param name="Folder">The folder's absolute path.</param>
/// <param name="Entries">What was understood, in the device's order.</param>
internal sealed record FolderListing(string Folder, IReadOnlyList<RemoteEntry> Entries)
{
    /// <summary>Lines that list something that was not understood, or whose name no command can carry; fit for people.</summary>
    public IReadOnlyList<string> NotUnderstood { get; init; } = [];

    /// <summary>The refusal or break that cut the listing short, or left it empty where nothing proves the folder empty; null for none.</summary>
    public NapterFtpException? Failure { get; init; }

    /// <summary>Whether it ended without TLS's end marker, as all that this gateway sends: should it have been cut, nothing shows that.</summary>
    public bool IsUnsealed { get; init; }

    /// <summary>Whether nothing hints at an item of the folder that is not among <see cref="Entries"/>.</summary>
    public bool SeemsComplete => NotUnderstood.Count == 0 && Failure is null;

    /// <summary>Whether every item of the folder is among <see cref="Entries"/>. Where not, what is missing there says nothing.</summary>
    public bool IsComplete => SeemsComplete && !IsUnsealed;

    /// <summary>Whether the device's refusal may be its way to say that the folder is empty.</summary>
    public bool MayBeEmpty => Failure is { ErrorId: "RemoteItemNotFound" or "RemoteFileBusy" } && Entries.Count == 0;

    /// <summary>Why the listing is incomplete, as a sentence.</summary>
    public string Why => Failure?.Message ?? (NotUnderstood.Count == 0 ? "The listing ended without TLS's end marker (close_notify)."
        : NotUnderstood.Count == 1 ? $"The device listed a line that is not understood: {NotUnderstood[0]}"
        : $"The device listed {NotUnderstood.Count} lines that are not understood, such as: {NotUnderstood[0]}");
}

/// <summary>Folders of a device of which something may be missing: unlisted, or listed in part.</summary>
internal sealed class IncompleteFolders
{
    private readonly List<IncompleteFolder> _folders = [];

    public IReadOnlyList<IncompleteFolder> All => _folders;

    public void Add(IncompleteFolder folder) => _folders.Add(folder);

    /// <summary>Whether nothing can be said of this path: it is, holds, or lies below a folder of which something may be missing.</summary>
    public bool Touch(string path) =>
        _folders.Any(folder => RemotePath.IsAtOrBelow(folder.FullName, path) || RemotePath.IsAtOrBelow(path, folder.FullName));
}

/// <summary>A folder of which something may be missing.</summary>
/// <param name="FullName">Its absolute path.</param>
/// <param name="Base">The folder that its place at a destination is counted from, as in <see cref="FoundItem"/>.</param>
/// <param name="Why">What is missing, as a sentence.</param>
internal sealed record IncompleteFolder(string FullName, string Base, string Why);
