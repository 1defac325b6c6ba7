using NapterFtp.Ports;
using NapterFtp.Soracom;

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
        catch (SoracomApiException error) when (error.Kind == NapterFtpErrorKind.PermissionDenied)
        {
            return CheckOutcome.Warning(error.ErrorId, "The SIM could not be looked up, so that nothing is known of it: " + error.Message, error.Advice);
        }

        if (sim is null)
        {
            return Causes.SimNotFound(device);
        }

        state.Sim = sim;
        var now = state.Time.GetUtcNow();
        if (NoNetwork.Contains(sim.Status))
        {
            return Causes.SimNotActive(device, sim.Status!);
        }

        // What SORACOM says of the session is about Air.
        if (!sim.Online && device.Service != SimService.Arc)
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
            new PortRequest
            {
                Device = options.Device,
                DevicePort = options.DevicePort,
                Kind = NapterPortKind.Control,
                Proxy = state.Owner,
                Duration = options.PortDuration,
                Patience = options.Client.PortTimeout,
            },
            cancellationToken);
        var gateway = state.ControlPort.Gateway;
        return options.PortDuration < options.ShortestSensibleDuration
            ? Causes.MinutesForSeconds(options.PortDuration, expired: false) with { Target = gateway.EndPoint }
            : CheckOutcome.Passed($"SORACOM opened {gateway.EndPoint} ({gateway.HostName}) to port {options.DevicePort} of the device.", gateway.EndPoint);
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
