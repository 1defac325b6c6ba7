namespace NapterFtp.Entries;

/// <summary>How a <see cref="EntryManager"/> behaves towards SORACOM's API.</summary>
internal sealed record EntryManagerOptions
{
    /// <summary>Tells routers in front of devices what to forward; null where none can be used.</summary>
    public IPortForwarder? Forwarder { get; init; }

    /// <summary>Where open entries are noted, so that they can be closed after a crash; null for nowhere.</summary>
    public JournalOptions? Journal { get; init; }

    /// <summary>How SORACOM is asked for a device's entries.</summary>
    public EntryWays Ways { get; init; } = new(null);

    /// <summary>How long an answer is still waited for after nobody wants the port any more: knowing the entry is surer than
    /// looking for it.</summary>
    public TimeSpan AbandonedOpenGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The wait before the first repetition of a failed delete; doubled each time, with jitter.</summary>
    public TimeSpan CloseRetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait between two attempts to delete.</summary>
    public TimeSpan LongestCloseRetryDelay { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long <see cref="EntryManager.DisposeAsync"/> waits for the ports to close, while their calls go through or wait
    /// for their turn under the rate limit.</summary>
    public TimeSpan DisposeLimit { get; init; } = EntryManager.CloseLimit;

    /// <summary>How long it waits where SORACOM does not answer, or refuses.</summary>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a closing call may wait for its turn.</summary>
    public TimeSpan CloseTurnPatience { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long it then waits for calls that have been cancelled, and for subscribers to hear of the last events.</summary>
    public TimeSpan StopLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>An entry with less life left than this is not handed out again.</summary>
    public TimeSpan ShortestReusableLife { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How far our clock and SORACOM's may differ when an entry is held to have ended by itself.</summary>
    public TimeSpan ExpiryMargin { get; init; } = TimeSpan.FromMinutes(1);
}
