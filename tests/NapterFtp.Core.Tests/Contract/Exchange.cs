namespace NapterFtp.Contract.Tests;

/// <summary>One request and its response, as they went over the wire.</summary>
internal sealed record Exchange(
    string Method,
    string PathAndQuery,
    IReadOnlyDictionary<string, string> RequestHeaders,
    string RequestBody,
    int Status,
    IReadOnlyDictionary<string, string> ResponseHeaders,
    string ResponseBody)
{
    public override string ToString() => $"{Method} {PathAndQuery} → {Status}";
}
