using System.Text.Json;

namespace NapterFtp.Soracom;

/// <summary>One call of SORACOM's API, as the client describes it to those who send it.</summary>
/// <param name="Group">The API's tag, such as <c>PortMapping</c>; limits are per group.</param>
/// <param name="Operation">The operation's ID in SORACOM's OpenAPI description, such as <c>createPortMapping</c>.</param>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">Path and query after <c>/v1</c>, escaped.</param>
internal sealed record ApiCall(string Group, string Operation, HttpMethod Method, string Path)
{
    /// <summary>Writes the JSON body; null for a call without one. Called once for each attempt.</summary>
    public Action<Utf8JsonWriter>? Body { get; init; }

    /// <summary>Whether doing it twice is the same as doing it once, so that an attempt whose answer was lost may be repeated.</summary>
    public bool Repeatable { get; init; } = true;

    /// <summary>What it does, to follow "SORACOM could not": <c>create a port to 001010000000001</c>.</summary>
    public required string Purpose { get; init; }

    /// <summary>What it is about, for errors.</summary>
    public object? Target { get; init; }

    /// <summary>How long the caller can bear to wait, everything included.</summary>
    public TimeSpan Patience { get; init; } = DefaultPatience;

    /// <summary>Whether it sends credentials, so that a 401 is about these and not about a token.</summary>
    public bool IsSignIn { get; init; }

    /// <summary>Whether 404 is an answer, not an error.</summary>
    public bool MayFindNothing { get; init; }

    /// <summary>Takes secrets that the call sent out of a text.</summary>
    public Func<string, string>? Redact { get; init; }

    /// <summary>The permission a SAM user needs for it, as SORACOM's console writes it.</summary>
    public string Permission => $"{Group}:{Operation}";

    public static TimeSpan DefaultPatience { get; } = TimeSpan.FromSeconds(30);
}
