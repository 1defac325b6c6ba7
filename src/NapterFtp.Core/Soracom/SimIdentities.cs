using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace NapterFtp.Soracom;

/// <summary>Which SIM a device is, as far as the account may know it. Each device is looked up once (<c>GET /query/sims</c> by IMSI,
/// <c>GET /sims/{sim_id}</c> by SIM ID); what cannot be looked up is unknown, and no error. Thread-safe.</summary>
internal sealed class SimIdentities(ISimSource sims, TimeProvider time, ILogger logger)
{
    /// <summary>How long a permission that is missing is not asked for again.</summary>
    private static readonly TimeSpan s_denialLasts = TimeSpan.FromMinutes(10);

    private readonly object _lock = new();
    private readonly Dictionary<string, Task<SimIdentity?>> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<bool, DateTimeOffset> _denied = new();

    /// <summary>A SIM has been read for another purpose, and need not be looked up any more.</summary>
    public void Note(NapterSim sim)
    {
        var found = Task.FromResult<SimIdentity?>(SimIdentity.Of(sim));
        lock (_lock)
        {
            _known[sim.SimId] = found;
            if (sim.Imsi is { } imsi)
            {
                _known[imsi] = found;
            }
        }
    }

    /// <summary>The SIM of a device; null where that is not known.</summary>
    public async Task<SimIdentity?> FindAsync(DeviceTarget device, CancellationToken cancellationToken)
    {
        var number = device.ToString();
        Task<SimIdentity?>? look;
        lock (_lock)
        {
            if (!_known.TryGetValue(number, out look))
            {
                _known[number] = look = LookAsync(device);
            }
        }

        try
        {
            // Many may wait for it, so that none of them cancels it.
            return await look.WaitAsync(cancellationToken);
        }
        catch (Exception e) when (e is NapterFtpException or ObjectDisposedException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // Asked again by whoever needs it next.
            lock (_lock)
            {
                if (_known.GetValueOrDefault(number) == look)
                {
                    _known.Remove(number);
                }
            }

            logger.LogDebug("Which SIM {Device} is could not be looked up: {Error}", device, e.Message);
            return null;
        }
    }

    /// <summary>The device by its SIM ID and session, where these are known; else as it is.</summary>
    public async Task<DeviceTarget> IdentifyAsync(DeviceTarget device, CancellationToken cancellationToken) =>
        device is { SimId: not null, Service: not null } ? device
        : await FindAsync(device, cancellationToken) is { } sim ? DeviceTarget.FromSimId(sim.SimId, device.Service ?? sim.Service)
        : device;

    private async Task<SimIdentity?> LookAsync(DeviceTarget device)
    {
        // Off the caller's lock.
        await Task.Yield();
        var bySim = device.SimId is not null;
        if (_denied.TryGetValue(bySim, out var until) && until > time.GetUtcNow())
        {
            return null;
        }

        try
        {
            return await sims.FindSimAsync(device, CancellationToken.None) is { } sim ? SimIdentity.Of(sim) : null;
        }
        catch (NapterFtpException e) when (e.Kind == NapterFtpErrorKind.PermissionDenied)
        {
            _denied[bySim] = time.GetUtcNow() + s_denialLasts;
            throw;
        }
    }
}

/// <summary>What stays the same of a SIM, whichever of its subscriptions is active.</summary>
/// <param name="SimId">Its SIM ID.</param>
/// <param name="Service">The session that a port leads to where none is chosen.</param>
internal sealed record SimIdentity(string SimId, SimService Service)
{
    public static SimIdentity Of(NapterSim sim) => new(sim.SimId, sim.Service);
}
