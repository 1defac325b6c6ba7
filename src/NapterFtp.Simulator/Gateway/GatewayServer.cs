using System.Net;
using System.Net.Sockets;
using NapterFtp.Simulator.Captures;

namespace NapterFtp.Simulator.Gateway;

/// <summary>What the gateway does with one connection: lets it in or not, terminates TLS, reaches the device and relays.</summary>
internal sealed class GatewayServer(
    SimulatorOptions options, AuditLog audit, SimulatorCounters counters, SimulatorFaults faults, GatewayCertificates certificates, PacketCaptures captures)
{
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(30);

    // RFC 8446 section 6: a fatal alert, handshake_failure.
    private static readonly byte[] HandshakeFailure = [0x15, 3, 3, 0, 2, 2, 40];

    private readonly SimLinks _links = new(options);
    private readonly AbuseGuard _abuse = new(options);

    /// <summary>Serves a connection to its end; never fails.</summary>
    /// <param name="cut">Resets the connection.</param>
    public async Task ServeAsync(GatewayEntry entry, Socket socket, CancellationToken cut)
    {
        var channel = new SocketChannel(socket);
        try
        {
            var connection = new GatewayConnection(entry, Guid.NewGuid().ToString(), (IPEndPoint)socket.RemoteEndPoint!);
            if (Refusal(connection) is { } refusal)
            {
                audit.Add(refusal.Kind, connection);
                await TurnAwayAsync(channel, refusal.Behaviour, entry.Deaf);
                return;
            }

            var request = entry.Request;
            var fault = faults.ForConnection(request.Sim.Imsi, request.DevicePort, request.IsControl);
            if (fault?.Kind == GatewayFaultKind.LostOnTheWay)
            {
                await TurnAwayAsync(channel, ClosedEntryBehaviour.Silent, entry.Deaf);
                return;
            }

            audit.Add(AuditKind.Access, connection);
            counters.ConnectionOpened();
            using (entry.Enter())
            {
                await ServeAsync(connection with { Fault = fault }, channel, cut);
            }
        }
        catch (Exception)
        {
            channel.Abort();
        }
    }

    private (AuditKind Kind, ClosedEntryBehaviour Behaviour)? Refusal(GatewayConnection connection)
    {
        var entry = connection.Entry;
        var now = options.TimeProvider.GetUtcNow();
        if (entry.State == EntryState.Deleted)
        {
            return (AuditKind.Denied, options.AfterDelete);
        }

        if (entry.State == EntryState.Expired || now >= entry.EndsAt)
        {
            return (AuditKind.Denied, options.AfterExpiry);
        }

        if (now < entry.WorksAt || !AddressRange.AnyContains(entry.Request.SourceRanges, connection.Source.Address))
        {
            return (AuditKind.Denied, options.WhenDenied);
        }

        var full = options.MaximumConnectionsPerEntry > 0 && entry.Connections >= options.MaximumConnectionsPerEntry;
        return full || _abuse.IsAbuse(entry.Request.Sim) ? (AuditKind.Refused, ClosedEntryBehaviour.Refuse) : null;
    }

    private async Task ServeAsync(GatewayConnection connection, SocketChannel channel, CancellationToken cut)
    {
        switch (connection.Fault?.Kind)
        {
            case GatewayFaultKind.ResetBeforeHandshake:
                channel.Abort();
                return;
            case GatewayFaultKind.StallInHandshake:
                await TurnAwayAsync(channel, ClosedEntryBehaviour.Silent, connection.Entry.Deaf);
                return;
            case GatewayFaultKind.TlsAlert:
                await channel.SendAsync(HandshakeFailure, cut);
                await channel.DisposeAsync();
                return;
        }

        await using var cutting = cut.Register(channel.Abort);
        await using var user = await AcceptAsync(connection, channel, cut);
        if (connection.Fault?.Kind == GatewayFaultKind.ResetAfterHandshake)
        {
            user.Abort();
            return;
        }

        await using var device = await DialAsync(connection, user, cut);
        if (device is not null)
        {
            await RelayAsync(connection, user, device, cut);
        }
    }

    private async Task RelayAsync(GatewayConnection connection, Leg user, Leg device, CancellationToken cut)
    {
        audit.Add(AuditKind.Connected, connection);
        using (var idle = new IdleWatch(options.IdleTimeout, options.TimeProvider, Cut))
        await using (cut.Register(Cut))
        {
            var meter = new TrafficMeter(counters, connection.Entry.Request.IsControl, idle.Moved);
            await new Relay(user, device, meter, captures.Tap(connection.Entry.Request.Sim, connection.Entry.Request.DevicePort), connection.Fault, connection.Entry.Deaf).RunAsync();
        }

        if (!user.EndedWell)
        {
            counters.EndedWithoutCloseNotify();
        }

        audit.Add(AuditKind.Closed, connection);

        void Cut()
        {
            user.Abort();
            device.Abort();
        }
    }

    private async Task<Leg> AcceptAsync(GatewayConnection connection, SocketChannel socket, CancellationToken cancellationToken)
    {
        ByteChannel channel = options.UserRoundTrip > TimeSpan.Zero
            ? new DelayedChannel(socket, options.UserRoundTrip / 2, new Pacer(0), new Pacer(0))
            : socket;
        if (!connection.Entry.Request.Tls)
        {
            return new PlainLeg(channel);
        }

        using var timeout = new CancellationTokenSource(HandshakeTimeout, options.TimeProvider);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        return await TlsLeg.AcceptAsync(channel, certificates.For(connection.Fault), limit.Token);
    }

    /// <summary>Reaches the device; null where it can't be reached and the user's side has been dealt with.</summary>
    private async Task<Leg?> DialAsync(GatewayConnection connection, Leg user, CancellationToken cancellationToken)
    {
        var link = _links.Of(connection.Entry.Request.Sim);
        using var timeout = new CancellationTokenSource(options.DeviceConnectTimeout, options.TimeProvider);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            return new PlainLeg(link.Attach(await DeviceDialer.ConnectAsync(connection, link.ConnectTime, limit.Token)));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // One that refuses says so before there is a connection. This one took it, and its reset overtook the system's own
            // report that it stands.
            audit.Add(AuditKind.Connected, connection);
            user.Abort();
            audit.Add(AuditKind.Closed, connection);
            return null;
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException
            && !cancellationToken.IsCancellationRequested)
        {
            await GiveUpAsync(user, connection.Entry.Deaf);
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
