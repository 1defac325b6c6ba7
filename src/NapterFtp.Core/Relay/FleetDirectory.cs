using NapterFtp.Soracom;

namespace NapterFtp.Relay;

/// <summary>Finds the device that a client of a fleet's proxy names: by IMSI, SIM ID or the SIM's name.</summary>
/// <remarks>A number costs one call of SORACOM's API, a name a reading of the account's list of SIMs. What was found holds for
/// <see cref="Lifetime"/>.</remarks>
/// <param name="sims">SORACOM's SIMs.</param>
/// <param name="allowed">The devices that may be reached; no other is ever found.</param>
/// <param name="time">The clock of the lifetimes.</param>
internal sealed class FleetDirectory(ISimSource sims, AllowedDevices allowed, TimeProvider time)
{
    /// <summary>How long what SORACOM said of its SIMs is taken for true.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    /// <summary>A name that is not on the list has it read anew, but not more often than this: whoever reaches the proxy can make names up.</summary>
    private static readonly TimeSpan ShortestLifetime = TimeSpan.FromSeconds(5);

    private readonly object _lock = new();
    private readonly Dictionary<string, Reading<NapterSim?>> _numbers = [];
    private Reading<SimsByName>? _list;

    /// <summary>Finds a device.</summary>
    /// <param name="text">An IMSI, a SIM ID or a name, whose upper and lower case counts only where it tells two devices apart.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NapterFtpException">SORACOM cannot be asked.</exception>
    public async Task<FleetFinding> FindAsync(string text, CancellationToken cancellationToken)
    {
        // A number first: no name may stand for another device's number.
        if (Number(text) is { } device
            && (await LookUp(device, Lifetime).WaitAsync(cancellationToken) ?? await LookUp(device, ShortestLifetime).WaitAsync(cancellationToken)) is { } sim)
        {
            return allowed.Include(sim) ? new FleetFinding(FleetMatch.One, device) : new FleetFinding(FleetMatch.NotAllowed);
        }

        var finding = (await List(Lifetime).WaitAsync(cancellationToken)).Find(text);
        return finding.Match == FleetMatch.None ? (await List(ShortestLifetime).WaitAsync(cancellationToken)).Find(text) : finding;
    }

    private static DeviceTarget? Number(string text) =>
        !text.All(char.IsAsciiDigit) ? null
        : text.Length is >= 6 and <= 15 ? DeviceTarget.FromImsi(text)
        : text.Length is >= 18 and <= 22 ? DeviceTarget.FromSimId(text)
        : null;

    private Task<NapterSim?> LookUp(DeviceTarget device, TimeSpan lifetime)
    {
        var number = device.ToString();
        lock (_lock)
        {
            if (_numbers.TryGetValue(number, out var known) && Holds(known, lifetime))
            {
                return known.Task;
            }

            foreach (var (old, _) in _numbers.Where(entry => !Holds(entry.Value, Lifetime)).ToArray())
            {
                _numbers.Remove(old);
            }

            // Many may wait for it, so that none of them cancels it.
            var reading = new Reading<NapterSim?>(sims.FindSimAsync(device, CancellationToken.None), time.GetTimestamp());
            _numbers[number] = reading;
            return reading.Task;
        }
    }

    private Task<SimsByName> List(TimeSpan lifetime)
    {
        lock (_lock)
        {
            if (_list is null || !Holds(_list, lifetime))
            {
                _list = new Reading<SimsByName>(ReadListAsync(), time.GetTimestamp());
            }

            return _list.Task;
        }
    }

    private async Task<SimsByName> ReadListAsync()
    {
        // Off the caller's lock.
        await Task.Yield();
        var all = new List<NapterSim>();
        await foreach (var sim in sims.SearchSimsAsync(new SimSearch(), CancellationToken.None))
        {
            all.Add(sim);
        }

        return new SimsByName(all, allowed);
    }

    private bool Holds<T>(Reading<T> reading, TimeSpan lifetime) =>
        !reading.Task.IsCompleted || (reading.Task.IsCompletedSuccessfully && time.GetElapsedTime(reading.BegunAt) < lifetime);

    /// <summary>What SORACOM was asked, which many may wait for.</summary>
    private sealed record Reading<T>(Task<T> Task, long BegunAt);

    /// <summary>The list of SIMs as it was read.</summary>
    private sealed class SimsByName
    {
        private readonly ILookup<string, NapterSim> _names;
        private readonly HashSet<string> _notAllowed;

        public SimsByName(IReadOnlyList<NapterSim> sims, AllowedDevices allowed)
        {
            var named = sims.Where(sim => sim.Name.Length > 0).ToLookup(allowed.Include);
            _names = named[true].ToLookup(sim => sim.Name, StringComparer.OrdinalIgnoreCase);
            _notAllowed = named[false].Select(sim => sim.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        }

        public FleetFinding Find(string name)
        {
            var found = _names[name].ToList();
            if (found.Count > 1 && found.Where(sim => sim.Name == name).ToList() is { Count: > 0 } exact)
            {
                found = exact;
            }

            return found.Count switch
            {
                0 => new FleetFinding(_notAllowed.Contains(name) ? FleetMatch.NotAllowed : FleetMatch.None),
                1 => new FleetFinding(FleetMatch.One, DeviceTarget.FromSimId(found[0].SimId)),
                _ => new FleetFinding(FleetMatch.Several),
            };
        }
    }
}

/// <summary>What a <see cref="FleetDirectory"/> has found.</summary>
/// <param name="Match">Whether it is one device.</param>
/// <param name="Device">That device; by IMSI where it was named so, else by its SIM ID.</param>
internal sealed record FleetFinding(FleetMatch Match, DeviceTarget? Device = null);

/// <summary>How many devices a client's words stand for.</summary>
internal enum FleetMatch
{
    /// <summary>The account has none such.</summary>
    None,

    /// <summary>One that may be reached.</summary>
    One,

    /// <summary>Several have the name.</summary>
    Several,

    /// <summary>One that this proxy does not serve.</summary>
    NotAllowed,
}
