using System.Net;
using NapterFtp.Transport;

namespace NapterFtp.Entries;

/// <summary>Tells the routers in front of devices to forward ports, while entries for them are open.</summary>
internal interface IPortForwarder : IAsyncDisposable
{
    /// <summary>Has a free port of the router lead to a port of the device; returns when it does.</summary>
    /// <param name="router">The router and the device behind it.</param>
    /// <param name="devicePort">The port of the device.</param>
    /// <param name="life">After how long nobody can want it any more.</param>
    /// <param name="cancellationToken">Gives up; nothing is left then.</param>
    /// <exception cref="NapterFtpException">It could not be; nothing was changed.</exception>
    Task<IForwarding> OpenAsync(NapterRouter router, int devicePort, TimeSpan life, CancellationToken cancellationToken);

    /// <summary>Has a free port of the router's address in the device's network lead to us, for a device that makes the data connection itself
    /// (active mode); returns when it does.</summary>
    /// <inheritdoc cref="OpenAsync"/>
    Task<IReturnPort> ListenAsync(NapterRouter router, TimeSpan life, CancellationToken cancellationToken);
}

/// <summary>A port of a router that leads to a device.</summary>
internal interface IForwarding
{
    /// <summary>The router's port.</summary>
    int RouterPort { get; }

    /// <summary>Ends it; returns when its rules are gone, or when nothing more can be done about them. Never throws.</summary>
    Task CloseAsync();
}

/// <summary>A port of a router that leads the device behind it to us, once.</summary>
internal interface IReturnPort
{
    /// <summary>Where the device is to connect to, in its own network.</summary>
    IPEndPoint EndPoint { get; }

    /// <summary>Waits for the device's connection.</summary>
    /// <exception cref="NapterFtpException"><c>RouterPeerRefused</c>: somebody else came. <c>RouterUnreachable</c>: the session with the router has
    /// ended.</exception>
    Task<Connection> AcceptAsync(CancellationToken cancellationToken);

    /// <inheritdoc cref="IForwarding.CloseAsync"/>
    Task CloseAsync();
}
