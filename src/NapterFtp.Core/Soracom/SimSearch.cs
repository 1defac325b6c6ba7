namespace NapterFtp.Soracom;

/// <summary>What <c>GET /query/sims</c> looks for; all that is given must match. SORACOM matches parts of a value without regard to
/// case. A value that it cannot look for (one character, or with a comma) is left out, so the caller sees to the exact match.</summary>
internal sealed record SimSearch
{
    /// <summary>Part of the name.</summary>
    public string? Name { get; init; }

    /// <summary>Part of a tag's value.</summary>
    public string? Tag { get; init; }

    /// <summary>Part of the IMSI.</summary>
    public string? Imsi { get; init; }

    /// <summary>Only SIMs online (true) or offline (false).</summary>
    public bool? Online { get; init; }
}
