namespace NapterFtp.Client;

/// <summary>An item found.</summary>
/// <param name="Entry">The item.</param>
/// <param name="Base">The folder that its place at a destination is counted from.</param>
internal sealed record FoundItem(RemoteEntry Entry, string Base);
