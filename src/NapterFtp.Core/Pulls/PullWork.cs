using NapterFtp.Copy;
using NapterFtp.Ftp.Listings;
using NapterFtp.Soracom;

namespace NapterFtp.Pulls;

/// <summary>What a schedule means for a device at one run.</summary>
internal static class PullWork
{
    /// <summary>The devices of a schedule, as they are now; each once.</summary>
    public static async Task<IReadOnlyList<PullDevice>> FindDevicesAsync(NapterPull pull, NapterConnection connection, IFileHistory history, CancellationToken cancellationToken)
    {
        var service = Enum.TryParse<SimService>(pull.Service, ignoreCase: true, out var given) ? given : (SimService?)null;
        List<Named> devices = pull.Router is { } router ? [new Named(router.Target, router.Imsi, router.SimId, null)] :
        [
            .. pull.Imsi.Select(imsi => new Named(DeviceTarget.FromImsi(imsi), imsi, null, null)),
            .. pull.SimId.Select(simId => new Named(DeviceTarget.FromSimId(simId, service), null, simId, null)),
        ];
        if (pull.Tag.Count + pull.NameFilter.Count + pull.GroupId.Count > 0)
        {
            var (tags, names) = (pull.Tag.Select(tag => new Wildcard(tag)).ToList(), pull.NameFilter.Select(name => new Wildcard(name)).ToList());
            await foreach (var sim in connection.Api.SearchSimsAsync(new SimSearch(), cancellationToken))
            {
                if (sim.Tags.Values.Any(value => tags.Exists(tag => tag.IsMatch(value))) || names.Exists(name => name.IsMatch(sim.Name)) || (sim.GroupId is { } group && pull.GroupId.Contains(group)))
                {
                    devices.Add(new Named(DeviceTarget.FromSimId(sim.SimId, service), sim.Imsi, sim.SimId, sim.Name));
                }
            }
        }

        // However it is named, one device is one: by the SIM ID where that can be known.
        var found = await Task.WhenAll(devices.DistinctBy(device => device.Target).Select(async device => new PullDevice(
            device.Target,
            DeviceKey.For(await connection.Sims.IdentifyAsync(device.Target, history, cancellationToken), pull.DevicePort, pull.Ports),
            device.Imsi,
            device.SimId,
            device.Name)));
        return [.. found.DistinctBy(device => device.Key)];
    }

    /// <summary>What to copy.</summary>
    /// <param name="pull">The schedule.</param>
    /// <param name="device">The device.</param>
    /// <param name="history">What was copied before.</param>
    /// <param name="began">When the run began.</param>
    /// <exception cref="NapterFtpException">Its names cannot be made.</exception>
    public static CopyOptions Options(NapterPull pull, PullDevice device, IFileHistory history, DateTimeOffset began)
    {
        var local = TimeZoneInfo.ConvertTime(began, PullTrigger.ZoneOf(pull));
        return new CopyOptions
        {
            Paths = [.. pull.Path.Select(path => NameTemplate.ExpandDates(path, local))],
            // A folder, whether it is there yet or not: one file that is named as such may be another file on another day.
            Destination = LocalNames.AsFolder(NameTemplate.ExpandDestination(pull.Destination, new DeviceNames(device.Imsi, device.SimId, pull.DevicePort, device.Name), local)),
            Recurse = pull.Recurse,
            Filter = new ItemFilter(pull.Filter, pull.Include, pull.Exclude),
            IfExists = Enum.TryParse<NapterFtpIfExists>(pull.IfExists, ignoreCase: true, out var ifExists) ? ifExists : NapterFtpIfExists.New,
            RemoveSource = pull.RemoveSource,
            MoveSource = pull.MoveSource,
            MoveFailed = pull.MoveFailed,
            IgnoreMissing = pull.IgnoreMissing,
            RateLimit = pull.RateLimit,
            Retry = new RetryPolicy(pull.Retry ?? 3, pull.RetryInterval ?? TimeSpan.FromSeconds(5)),
            SessionLimit = pull.SessionLimit ?? 1,
            Hash = pull.Hash,
            Ascii = pull.Ascii,
            History = history,
            Scope = string.Join('\n', [.. pull.Path, pull.Filter ?? string.Empty, .. pull.Include, "-", .. pull.Exclude, pull.Recurse.ToString()]),
            Began = local,
            Rules = new SourceRules
            {
                StableFor = pull.StableFor ?? TimeSpan.Zero,
                MinimumAge = pull.MinimumAge ?? TimeSpan.Zero,
                DoneFile = pull.DoneFile,
                LocksByRename = pull.LockBy is not null,
                Order = Enum.TryParse<NapterFtpOrder>(pull.Order, ignoreCase: true, out var order) ? order : null,
                MaxBytes = pull.MaxBytes,
                MaxFiles = pull.MaxFiles,
                Until = UntilOf(pull, local),
                SinceFirstRun = pull.Since is not null,
            },
        };
    }

    /// <summary>How to talk to it.</summary>
    public static FtpClientOptions Client(NapterPull pull, FtpLogin login) => new()
    {
        Login = login,
        PortMap = pull.Ports,
        Names = NameCodec.Find(pull.Encoding),
        Ascii = pull.Ascii,
        TimeZone = pull.DeviceTimeZone is { } zone ? DeviceZone.Find(zone) : null,
    };

    /// <summary>The next time that the clock shows what <c>-Until</c> says.</summary>
    private static DateTimeOffset? UntilOf(NapterPull pull, DateTimeOffset local) => pull.Until is null
        ? null
        : PullTrigger.Of(pull with { Cron = null, Every = null, At = [pull.Until] }).NextAfter(local);

    private sealed record Named(DeviceTarget Target, string? Imsi, string? SimId, string? Name);
}

/// <summary>A device of a run.</summary>
/// <param name="Target">The device, as the schedule names it.</param>
/// <param name="Key">What it is known by in the ledger and the history.</param>
/// <param name="Imsi">Its IMSI, where known.</param>
/// <param name="SimId">Its SIM ID, where known.</param>
/// <param name="Name">Its name, where known.</param>
internal sealed record PullDevice(DeviceTarget Target, DeviceKey Key, string? Imsi, string? SimId, string? Name);
