using NapterFtp.Soracom;

namespace NapterFtp.Copy;

/// <summary>Which device a history is about.</summary>
internal static class DeviceIdentity
{
    /// <summary>The device by its SIM ID: as the history remembers, else as SORACOM says; as it is where neither knows.</summary>
    public static async Task<DeviceTarget> IdentifyAsync(
        this SimIdentities sims, DeviceTarget device, IFileHistory history, CancellationToken cancellationToken)
    {
        if (device.Imsi is not { } imsi)
        {
            return await sims.IdentifyAsync(device, cancellationToken);
        }

        // An IMSI stays its SIM's: what the history knows costs no call.
        var simId = await history.RecallSimAsync(imsi, null, cancellationToken);
        if (simId is null && (await sims.IdentifyAsync(device, cancellationToken)).SimId is { } found)
        {
            simId = await history.RecallSimAsync(imsi, found, cancellationToken);
        }

        return simId is null ? device
            : DeviceTarget.FromSimId(simId, imsi.StartsWith(ModelReader.ArcOnlyImsi, StringComparison.Ordinal) ? SimService.Arc : SimService.Air);
    }
}
