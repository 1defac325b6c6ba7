using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace NapterFtp.Simulator.Gateway;

/// <summary>What the gateway does with one connection: lets it in or not, terminates TLS, reaches the device and relays.</summary>
internal sealed class GatewayServer(
    SimulatorOptions options, AuditLog audit, SimulatorCounters counters, SslStreamCertificateContext certificate)
{
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(30);

    private readonly SimLinks _links = new(options);
    private readonly AbuseGuard _abuse = new(options);

    /// <summary>Serves a connection to its end; never fails.</summary>
    /// <param name="cut">Resets the connection.</param>
    public async Task ServeAsync(GatewayEntry entry, Socket socket, CancellationToken cut)
    {
        var connectionId = Guid.NewGuid().ToString();
        var source = (IPEndPoint)socket.RemoteEndPoint!;
        var channel = new SocketChannel(socket);
        try
        {
            if (Refusal(entry, source) is { } refusal)
            {
                audit.Add(refusal.Kind, entry, connectionId, source);
                await TurnAwayAsync(channel, refusal.Behaviour, entry.Deaf);
                return;
            }

            audit.Add(AuditKind.Access, entry, connectionId, source);
            using (entry.Enter())
            {
                counters.ConnectionOpened();
                await RelayAsync(entry, new GatewayConnection(connectionId, source), channel, cut);
            }
        }
        catch (Exception)
        {
            channel.Abort();
        }
    }

    private (AuditKind Kind, ClosedEntryBehaviour Behaviour)? Refusal(GatewayEntry entry, IPEndPoint source)
    {
        if (entry.State == EntryState.Deleted)
        {
            return (AuditKind.Denied, options.AfterDelete);
        }

        if (entry.State == EntryState.Expired || options.TimeProvider.GetUtcNow() >= entry.ExpiresAt)
        {
            return (AuditKind.Denied, options.AfterExpiry);
        }

        if (!AddressRange.AnyContains(entry.Request.SourceRanges, source.Address))
        {
            return (AuditKind.Denied, options.WhenDenied);
        }

        var full = options.MaximumConnectionsPerEntry > 0 && entry.Connections >= options.MaximumConnectionsPerEntry;
        return full || _abuse.IsAbuse(entry.Request.Sim) ? (AuditKind.Refused, ClosedEntryBehaviour.Refuse) : null;
    }

    private async Task RelayAsync(GatewayEntry entry, GatewayConnection connection, SocketChannel socket, CancellationToken cut)
    {
        await using var user = await AcceptAsync(entry, socket, cut);
        await using var device = await DialAsync(entry, user, cut);
        if (device is null)
        {
            return;
        }

        audit.Add(AuditKind.Connected, entry, connection.Id, connection.Source);
        using var idle = new IdleWatch(options.IdleTimeout, options.TimeProvider, Cut);
        await using (cut.Register(Cut))
        {
            await new Relay(user, device, new TrafficMeter(counters, entry.Request.IsControl, idle.Moved)).RunAsync();
        }

        if (!user.EndedWell)
        {
            counters.EndedWithoutCloseNotify();
        }

        audit.Add(AuditKind.Closed, entry, connection.Id, connection.Source);

        void Cut()
        {
            user.Abort();
            device.Abort();
        }
    }

    private async Task<Leg> AcceptAsync(GatewayEntry entry, SocketChannel socket, CancellationToken cancellationToken)
    {
        ByteChannel channel = options.UserRoundTrip > TimeSpan.Zero
            ? new DelayedChannel(socket, options.UserRoundTrip / 2, new Pacer(0), new Pacer(0))
            : socket;
        if (!entry.Request.Tls)
        {
            return new PlainLeg(channel);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(HandshakeTimeout);
        return await TlsLeg.AcceptAsync(channel, certificate, limit.Token);
    }

    /// <summary>Reaches the device; null where it can't be reached and the user's side has been dealt with.</summary>
    private async Task<Leg?> DialAsync(GatewayEntry entry, Leg user, CancellationToken cancellationToken)
    {
        var sim = entry.Request.Sim;
        try
        {
            if (!sim.Online)
            {
                throw new IOException("The device is offline.");
            }

            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(options.DeviceConnectTimeout);
            return new PlainLeg(_links.Of(sim).Attach(await DeviceDialer.ConnectAsync(
                sim, entry.Request.DevicePort, options.RoundTrip * options.ConnectRoundTrips, limit.Token)));
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException
            && !cancellationToken.IsCancellationRequested)
        {
            await GiveUpAsync(user, entry.Deaf);
            return null;
        }
    }

    private async Task GiveUpAsync(Leg user, CancellationToken end)
    {
        switch (options.DeviceUnreachable)
        {
            case UnreachableBehaviour.Close:
                await user.CompleteWritesAsync();
                break;
            case UnreachableBehaviour.Silent:
                while (!(await user.ReadAsync(end)).IsEmpty)
                {
                }

                break;
            default:
                user.Abort();
                break;
        }
    }

    private static async Task TurnAwayAsync(SocketChannel channel, ClosedEntryBehaviour behaviour, CancellationToken end)
    {
        if (behaviour == ClosedEntryBehaviour.Silent)
        {
            var ignored = new byte[1024];
            while (await channel.ReceiveAsync(ignored, end) > 0)
            {
            }
        }

        channel.Abort();
    }
}
