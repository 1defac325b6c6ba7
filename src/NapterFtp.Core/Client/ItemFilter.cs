namespace NapterFtp.Client;

/// <summary>Which names of a tree are meant: all that the filter and one of the includes match, but for the excludes.</summary>
internal sealed class ItemFilter
{
    private readonly Wildcard? _filter;
    private readonly Wildcard[] _include;
    private readonly Wildcard[] _exclude;

    public ItemFilter(string? filter = null, IEnumerable<string>? include = null, IEnumerable<string>? exclude = null, DateTimeOffset? modifiedAfter = null)
    {
        _filter = string.IsNullOrEmpty(filter) ? null : new Wildcard(filter);
        _include = [.. (include ?? []).Select(pattern => new Wildcard(pattern))];
        _exclude = [.. (exclude ?? []).Select(pattern => new Wildcard(pattern))];
        ModifiedAfter = modifiedAfter;
    }

    public static ItemFilter All { get; } = new();

    /// <summary>Whether any name is meant.</summary>
    public bool IsAll => _filter is null && _include.Length == 0 && _exclude.Length == 0 && ModifiedAfter is null;

    /// <summary>Only items changed later than this; those whose time is unknown are meant too.</summary>
    public DateTimeOffset? ModifiedAfter { get; }

    public bool MatchesName(string name) =>
        !IsExcluded(name)
        && _filter?.IsMatch(name) != false
        && (_include.Length == 0 || _include.Any(pattern => pattern.IsMatch(name)));

    public bool MatchesTime(DateTimeOffset? modified) => ModifiedAfter is null || modified is null || modified > ModifiedAfter;

    /// <summary>Whether the name is left out; a folder left out is not entered either.</summary>
    public bool IsExcluded(string name) => _exclude.Any(pattern => pattern.IsMatch(name));
}
