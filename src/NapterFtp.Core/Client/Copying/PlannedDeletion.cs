namespace NapterFtp.Client.Copying;

/// <summary>An item of the destination that the source has not.</summary>
/// <param name="Path">Local for a pull, on the device for a push.</param>
/// <param name="IsFolder">A folder, deleted only when empty by then.</param>
internal sealed record PlannedDeletion(string Path, bool IsFolder);
