using System.Net;
using NapterFtp.Transport;

namespace NapterFtp.Proxy;

/// <summary>The client's end of a data connection: it comes to us (passive), or we go to it (active).</summary>
internal interface IDataClient : IDisposable
{
    /// <summary>Where the client comes to, or null where we go to it.</summary>
    IPEndPoint? LocalEndPoint { get; }

    /// <summary>Whether the connection is made only when the transfer command has been given.</summary>
    bool WaitsForTransfer { get; }

    /// <summary>The connection with the client of this session, and nobody else.</summary>
    Task<Connection> ConnectAsync(CancellationToken cancellationToken);
}
