namespace NapterFtp.Client;

/// <summary>Which items of a device are meant.</summary>
internal sealed record RemoteQuery
{
    /// <summary>A path, absolute or from the login's folder; with wildcards, but for <see cref="IsLiteral"/>.</summary>
    public required string Path { get; init; }

    public bool IsLiteral { get; init; }

    /// <summary>Whether folders are entered.</summary>
    public bool Recurse { get; init; }

    /// <summary>Whether a path without wildcards means the folder it names, not what is in it.</summary>
    public bool ItemOnly { get; init; }

    /// <summary>How many folders deep <see cref="Recurse"/> goes; null for all.</summary>
    public int? Depth { get; init; }

    public ItemFilter Filter { get; init; } = ItemFilter.All;
}
