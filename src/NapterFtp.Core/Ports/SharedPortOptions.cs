namespace NapterFtp.Ports;

/// <summary>How long a <see cref="SharedPort"/> keeps its entry.</summary>
internal sealed record SharedPortOptions
{
    /// <summary>How long the entry is kept after its last use.</summary>
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>New connections get a fresh entry once the old one has less life left than this, or than a quarter of its life.</summary>
    public TimeSpan RenewAhead { get; init; } = TimeSpan.FromMinutes(5);
}
