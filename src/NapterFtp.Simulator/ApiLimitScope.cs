namespace NapterFtp.Simulator;

/// <summary>What the API's limit of calls in a minute counts: SORACOM documents both, by group and by path.</summary>
public enum ApiLimitScope
{
    /// <summary>The calls of each group, such as all about port mappings.</summary>
    Group,

    /// <summary>Those of each operation apart.</summary>
    Path,

    /// <summary>As <see cref="Group"/>, and no answer tells of it.</summary>
    Untold,
}
