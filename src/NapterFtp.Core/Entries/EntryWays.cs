using NapterFtp.Soracom;

namespace NapterFtp.Entries;

/// <summary>How SORACOM is asked for entries of a device: by the SIM where the device was chosen so, and by the IMSI else, for as long as the
/// account may. Where it may not (403: rights may be granted for single SIMs), by the SIM from then on.</summary>
internal sealed class EntryWays(SimIdentities? sims)
{
    private volatile bool _notByImsi;

    /// <summary>The device as SORACOM is to be asked for it.</summary>
    public async Task<DeviceTarget> ChooseAsync(DeviceTarget device, CancellationToken cancellationToken)
    {
        var asksSim = device.Imsi is { } imsi
            ? _notByImsi || imsi.StartsWith(ModelReader.ArcOnlyImsi, StringComparison.Ordinal)
            : device.Service is null;
        var chosen = asksSim && sims is not null ? await sims.IdentifyAsync(device, cancellationToken) : device;

        // Told, for a session that nobody told would be whichever one wins.
        return chosen is { SimId: { } simId, Service: null } ? DeviceTarget.FromSimId(simId, SimService.Air) : chosen;
    }

    /// <summary>The device in another form, which may be permitted where one was refused; null where there is none.</summary>
    public async Task<DeviceTarget?> AfterAsync(Exception refusal, DeviceTarget refused, CancellationToken cancellationToken)
    {
        if (refusal is not SoracomApiException { Kind: NapterFtpErrorKind.PermissionDenied } || refused.Imsi is null || sims is null)
        {
            return null;
        }

        if (await sims.FindAsync(refused, cancellationToken) is not { } sim)
        {
            return null;
        }

        _notByImsi = true;
        return DeviceTarget.FromSimId(sim.SimId, sim.Service);
    }

    /// <summary>Carries a call about a device out, in the form that is permitted.</summary>
    public async Task<T> AskAsync<T>(DeviceTarget device, Func<DeviceTarget, Task<T>> ask, CancellationToken cancellationToken)
    {
        var chosen = await ChooseAsync(device, cancellationToken);
        try
        {
            return await ask(chosen);
        }
        catch (SoracomApiException refusal) when (refusal.Kind == NapterFtpErrorKind.PermissionDenied && chosen.Imsi is not null)
        {
            if (await AfterAsync(refusal, chosen, cancellationToken) is { } other)
            {
                return await ask(other);
            }

            throw;
        }
    }
}
