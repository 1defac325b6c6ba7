namespace NapterFtp.Client.Copying;

/// <summary>What a copy will do: made by listing only.</summary>
/// <param name="Files">The files, in the order found.</param>
/// <param name="Folders">Folders of the destination to be made, also where no file goes into them.</param>
/// <param name="Deletions">What a mirror deletes once all is copied: files, then folders from the deepest up.</param>
internal sealed record CopyPlan(
    IReadOnlyList<PlannedTransfer> Files, IReadOnlyList<string> Folders, IReadOnlyList<PlannedDeletion> Deletions);
