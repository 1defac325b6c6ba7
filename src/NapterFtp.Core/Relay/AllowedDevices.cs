using NapterFtp.Copy;

namespace NapterFtp.Relay;

/// <summary>The devices that a fleet's proxy serves.</summary>
internal sealed class AllowedDevices
{
    private const string TagPrefix = "tag:";

    private readonly IReadOnlyList<Func<NapterSim, bool>> _patterns;

    /// <param name="patterns">Wildcards over IMSI, SIM ID and name; <c>tag:NAME</c> for SIMs that have a tag, <c>tag:NAME=VALUE</c> for
    /// those whose tag has a value, both with wildcards; without regard to upper and lower case. None: all devices.</param>
    /// <exception cref="NapterFtpException"><c>InvalidWildcard</c>.</exception>
    public AllowedDevices(IEnumerable<string> patterns) => _patterns = [.. patterns.Select(Read)];

    /// <summary>Whether all devices are served.</summary>
    public bool AreAll => _patterns.Count == 0;

    /// <summary>Whether a SIM's device is served.</summary>
    public bool Include(NapterSim sim) => AreAll || _patterns.Any(matches => matches(sim));

    private static Func<NapterSim, bool> Read(string pattern)
    {
        if (!pattern.StartsWith(TagPrefix, StringComparison.OrdinalIgnoreCase))
        {
            var wildcard = new Wildcard(pattern);
            return sim => wildcard.IsMatch(sim.SimId)
                || (sim.Imsi is { } imsi && wildcard.IsMatch(imsi))
                || (sim.Name.Length > 0 && wildcard.IsMatch(sim.Name));
        }

        var parts = pattern[TagPrefix.Length..].Split('=', 2);
        var name = new Wildcard(parts[0]);
        var value = parts.Length > 1 ? new Wildcard(parts[1]) : null;
        return sim => sim.Tags.Any(tag => name.IsMatch(tag.Key) && value?.IsMatch(tag.Value) != false);
    }
}
