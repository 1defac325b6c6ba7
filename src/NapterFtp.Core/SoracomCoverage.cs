namespace NapterFtp;

/// <summary>SORACOM's coverage types; each has an API of its own.</summary>
public enum SoracomCoverage
{
    /// <summary>Japan coverage, <c>https://api.soracom.io</c>.</summary>
    Japan,

    /// <summary>Global coverage, <c>https://g.api.soracom.io</c>.</summary>
    Global,
}
