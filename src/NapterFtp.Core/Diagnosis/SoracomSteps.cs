using System.Net;
using NapterFtp.Entries;
using NapterFtp.Ftp;
using NapterFtp.Soracom;
using NapterFtp.Transport;

namespace NapterFtp.Diagnosis;

/// <summary>The steps at SORACOM's API.</summary>
internal static class SoracomSteps
{
    private static readonly string[] NoNetwork = ["inactive", "standby", "suspended", "terminated"];

    public static async Task<CheckOutcome> SignInAsync(
        CheckState state, Func<CancellationToken, Task<NapterConnection>> signIn, CancellationToken cancellationToken)
    {
        state.Connection = await signIn(cancellationToken);
        return CheckOutcome.Passed($"Signed in as {state.Connection}.", state.Connection.EndPoint);
    }

    public static async Task<CheckOutcome> FindSimAsync(CheckState state, CancellationToken cancellationToken)
    {
        var device = state.Options.Device;
        NapterSim? sim;
        try
        {
            sim = await state.Connection.Api.FindSimAsync(device, cancellationToken);
        }
        catch (SoracomApiException error) when (error.Kind is NapterFtpErrorKind.PermissionDenied or NapterFtpErrorKind.NotFound)
        {
            // A contractor may be let use Napter and nothing else; whether there is such a SIM the opening of its port tells as well.
            return CheckOutcome.Warning(error.ErrorId, "The SIM could not be looked up, so that nothing is known of it: " + error.Message, error.Advice);
        }

        if (sim is null)
        {
            // A SIM ID is asked for by itself, and 404 may also mean that it is not for this user to see.
            return device.SimId is null ? Causes.SimNotFound(device) : Causes.SimNotFound(device) with { Status = NapterFtpCheckStatus.Warning };
        }

        state.Sim = sim;
        var now = state.Time.GetUtcNow();
        if (NoNetwork.Contains(sim.Status))
        {
            return Causes.SimNotActive(device, sim.Status!);
        }

        // What SORACOM says of the session is about Air.
        if (!sim.Online && (device.Service ?? sim.Service) != SimService.Arc)
        {
            return Causes.DeviceOffline(device, sim.LastSeen, now);
        }

        var name = sim.Name.Length > 0 ? $" '{sim.Name}'" : "";
        var seen = sim.LastSeen is { } time ? $", last heard of {Causes.Ago(now - time)} ago" : "";
        return CheckOutcome.Passed($"The SIM{name} is {(sim.Online ? "online" : "offline")}{seen}.", device);
    }

    public static async Task<CheckOutcome> OpenPortAsync(CheckState state, CancellationToken cancellationToken)
    {
        var options = state.Options;
        state.ControlPort = await state.Connection.Ports.OpenAsync(
            new EntryRequest
            {
                Device = options.Device,
                DevicePort = options.DevicePort,
                PortMap = options.Client.PortMap,
                Kind = NapterPortKind.Control,
                Proxy = state.Owner,
                Duration = options.PortDuration,
                Patience = options.Client.ConnectTimeout,
                TurnPatience = options.Client.TurnPatience,
            },
            cancellationToken);
        var gateway = state.ControlPort.Gateway;
        if (options.PortDuration < options.ShortestSensibleDuration)
        {
            return Causes.MinutesForSeconds(options.PortDuration, expired: false) with { Target = gateway.EndPoint };
        }

        var place = state.ControlPort.Placement;
        var opened = $"SORACOM opened {gateway.EndPoint} ({gateway.HostName}) to port {options.Client.PortMap.Describe(options.DevicePort)} of the device"
            + (place is null ? "." : $", by way of {place}.");
        return RendezvousPoint.IsFar(place, state.Sim?.MobileCountry)
            ? Causes.RendezvousFar(opened, place!) with { Target = gateway.EndPoint }
            : CheckOutcome.Passed(opened, gateway.EndPoint);
    }

    /// <summary>Waits until what the check opened is closed.</summary>
    public static async Task<CheckOutcome> CloseAsync(CheckState state)
    {
        var ports = state.Connection.Ports;
        await ports.CloseAllAsync(state.Owner, state.Options.CloseLimit);
        var left = ports.Snapshot().Count(port => port.Proxy == state.Owner);
        return left == 0 ? CheckOutcome.Passed("All Napter ports of this test are closed.") : Causes.PortsStillClosing(left);
    }
}

/// <summary>The steps from this computer to SORACOM's gateway.</summary>
internal static class GatewaySteps
{
    public static async Task<CheckOutcome> ConnectAsync(CheckState state, CancellationToken cancellationToken)
    {
        var gateway = state.ControlPort!.Gateway;
        try
        {
            using var limit = new TimeLimit(state.Options.Client.ConnectTimeout, state.Time, cancellationToken);
            state.Gateway = await state.Connection.Dialer.ConnectAsync(gateway with { Tls = false }, limit.Token);
            return CheckOutcome.Passed($"The gateway {gateway.EndPoint} takes connections.", gateway.EndPoint);
        }
        catch (NapterFtpException error)
        {
            return await ExplainAsync(state, error, cancellationToken);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return await ExplainAsync(state, TimedOut(state, "took no connection"), cancellationToken);
        }
    }

    public static async Task<CheckOutcome> SecureAsync(CheckState state, CancellationToken cancellationToken)
    {
        var gateway = state.ControlPort!.Gateway;
        var first = new FirstBytes(state.Gateway!);
        NapterFtpException failure;
        try
        {
            using var limit = new TimeLimit(state.Options.Client.ConnectTimeout, state.Time, cancellationToken);
            state.Gateway = await state.Connection.Dialer.SecureAsync(gateway, first, limit.Token);
            return CheckOutcome.Passed($"The certificate of {gateway.HostName} is trusted and names it.", gateway.HostName);
        }
        catch (NapterFtpException error)
        {
            failure = error;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            failure = TimedOut(state, "did not complete the TLS handshake");
        }

        if (first.PlainText is { } said)
        {
            return Causes.PlainPortTalksFirst(said) with { Target = gateway.EndPoint };
        }

        return first.Any || failure.Kind != NapterFtpErrorKind.Timeout
            ? await ExplainAsync(state, failure, cancellationToken)
            : await ExplainAsync(state, failure, cancellationToken, Causes.NoTlsAnswer(gateway.EndPoint, state.Options.Client.ConnectTimeout));
    }

    private static NapterFtpException TimedOut(CheckState state, string what) =>
        GatewayErrors.Timeout(state.ControlPort!.Gateway, state.Options.Client.ConnectTimeout, what, null);

    /// <param name="state">The check.</param>
    /// <param name="error">What was seen.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="otherwise">What is to be said where SORACOM knows that the connection reached the gateway.</param>
    private static async Task<CheckOutcome> ExplainAsync(
        CheckState state, NapterFtpException error, CancellationToken cancellationToken, CheckOutcome? otherwise = null)
    {
        var endPoint = state.ControlPort!.Gateway.EndPoint;
        if (error.Kind == NapterFtpErrorKind.Security || ProxyErrors.IsProxysOwn(error))
        {
            return CheckOutcome.Of(error);
        }

        var (cause, log) = await state.Evidence.FindAsync(endPoint, state.ControlPort.ReachedPort, cancellationToken);
        return (cause ?? (log is null ? null : otherwise) ?? CheckOutcome.Of(error)) with { Target = endPoint };
    }
}

/// <summary>Remembers how the peer began to talk: a port that does not speak TLS gives itself away so.</summary>
internal sealed class FirstBytes(Connection inner) : Connection
{
    private const int Limit = 120;

    // RFC 8446 §5.1: the content types that a TLS server can begin with.
    private const byte Alert = 21;
    private const byte Handshake = 22;

    private readonly byte[] _first = new byte[Limit];
    private int _count;
    private int _taken;
    private bool _started;

    public override IPEndPoint? LocalEndPoint => inner.LocalEndPoint;

    public override IPEndPoint? RemoteEndPoint => inner.RemoteEndPoint;

    public override bool EndedCleanly => inner.EndedCleanly;

    /// <summary>Whether the peer has said anything.</summary>
    public bool Any => _count > 0;

    /// <summary>What the peer said, where it is no TLS; else null.</summary>
    public string? PlainText => Any && _first[0] is not (Alert or Handshake) ? FtpText.ForPeople(_first.AsSpan(0, _count)) : null;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (!_started)
        {
            // Whole, where TLS would stop at what it does not understand.
            _started = true;
            _count = await inner.ReadAsync(_first, cancellationToken);
        }

        if (_taken == _count)
        {
            return _count == 0 ? 0 : await inner.ReadAsync(buffer, cancellationToken);
        }

        var piece = _first.AsMemory(_taken, Math.Min(_count - _taken, buffer.Length));
        piece.CopyTo(buffer);
        _taken += piece.Length;
        return piece.Length;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) => inner.WriteAsync(buffer, cancellationToken);

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken) => inner.CompleteWritesAsync(cancellationToken);

    public override void Abort() => inner.Abort();

    public override ValueTask DisposeAsync() => inner.DisposeAsync();
}
