using System.Net;
using NapterFtp.Transport;

namespace NapterFtp.Listening;

/// <summary>Whom a <see cref="LocalServer"/> lets in, and what becomes of them.</summary>
internal sealed record LocalServerOptions
{
    /// <summary>The clients let in; empty: whoever reaches the listening address.</summary>
    public required IReadOnlyList<IPNetwork> AllowedClients { get; init; }

    /// <summary>Sessions at once.</summary>
    public required int MaxSessions { get; init; }

    /// <summary>Makes the session of a client: its connection, its number, and what ends it at once.</summary>
    public required Func<Connection, string, CancellationToken, ILocalSession> Open { get; init; }

    /// <summary>Turns a client away with a reason. Takes over the connection; must not wait.</summary>
    public required Action<Connection, string> Refuse { get; init; }
}
