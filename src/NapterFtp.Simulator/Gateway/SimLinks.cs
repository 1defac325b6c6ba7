using System.Collections.Concurrent;
using System.Net.Sockets;

namespace NapterFtp.Simulator.Gateway;

/// <summary>Each SIM's radio link, which all its connections share.</summary>
internal sealed class SimLinks(SimulatorOptions options)
{
    private readonly ConcurrentDictionary<SimulatedSim, SimLink> _links = new();

    public SimLink Of(SimulatedSim sim) => _links.GetOrAdd(sim, _ => new SimLink(
        sim.RoundTrip ?? options.RoundTrip, options.ConnectRoundTrips, sim.Bandwidth ?? options.Bandwidth));
}

/// <summary>A radio link with its round trip and, in each direction, its rate.</summary>
internal sealed class SimLink(TimeSpan roundTrip, double connectRoundTrips, long bandwidth)
{
    private readonly Pacer _up = new(bandwidth);
    private readonly Pacer _down = new(bandwidth);

    /// <summary>How long a new connection takes to reach the device.</summary>
    public TimeSpan ConnectTime => roundTrip * connectRoundTrips;

    /// <summary>The gateway's end of a connection whose other end is the device's socket.</summary>
    public ByteChannel Attach(Socket device)
    {
        var channel = new SocketChannel(device);
        return roundTrip > TimeSpan.Zero || bandwidth > 0
            ? new DelayedChannel(channel, roundTrip / 2, _up, _down)
            : channel;
    }
}
