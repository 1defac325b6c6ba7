using System.Net;

namespace NapterFtp.Soracom;

/// <summary>Where SORACOM's API is, always without <c>/v1</c>.</summary>
internal static class ApiEndPoint
{
    public static Uri Of(SoracomCoverage coverage) => coverage switch
    {
        SoracomCoverage.Global => new Uri("https://g.api.soracom.io"),
        _ => new Uri("https://api.soracom.io"),
    };

    /// <summary><c>jp</c> or <c>g</c> as SORACOM's tools write them; null where there is nothing.</summary>
    /// <exception cref="NapterFtpException"><c>CoverageUnknown</c>.</exception>
    public static SoracomCoverage? ParseCoverage(string? text, string origin) => text?.Trim().ToUpperInvariant() switch
    {
        null or "" => null,
        "JP" or "JAPAN" => SoracomCoverage.Japan,
        "G" or "GLOBAL" => SoracomCoverage.Global,
        _ => throw new NapterFtpException(
            "CoverageUnknown",
            NapterFtpErrorKind.InvalidArgument,
            $"'{text}' from {origin} is not a coverage type.",
            "Use jp for Japan coverage or g for Global coverage.",
            text),
    };

    /// <summary>Checks an end point and takes off what users add to it: a trailing slash, <c>/v1</c>.</summary>
    /// <param name="text">The end point.</param>
    /// <param name="origin">Where it was given, for the error.</param>
    /// <exception cref="NapterFtpException"><c>EndpointInvalid</c>, or <c>EndpointNotSecure</c> for plain http to another host.</exception>
    public static Uri Parse(string text, string origin)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri)
            || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp)
            || uri.UserInfo.Length > 0
            || uri.Query.Length > 0
            || uri.Fragment.Length > 0)
        {
            throw new NapterFtpException(
                "EndpointInvalid",
                NapterFtpErrorKind.InvalidArgument,
                $"The end point from {origin} is not an address of SORACOM's API.",
                "Give it as https://host or https://host:port, without user name, query or /v1.",
                uri is null || uri.UserInfo.Length > 0 ? null : text);
        }

        if (uri.Scheme == Uri.UriSchemeHttp && !IsLoopback(uri))
        {
            throw new NapterFtpException(
                "EndpointNotSecure",
                NapterFtpErrorKind.Security,
                $"The end point {uri} from {origin} would send your credentials unencrypted over the network.",
                "Use https; plain http is allowed only to this machine, such as http://127.0.0.1:8080.",
                uri);
        }

        var path = uri.AbsolutePath.TrimEnd('/');
        if (path.EndsWith("/v1", StringComparison.Ordinal))
        {
            path = path[..^"/v1".Length];
        }

        return new UriBuilder(uri) { Path = path }.Uri;
    }

    /// <summary>Whether it is this machine for certain, without asking a name server about any name but <c>localhost</c>.</summary>
    public static bool IsLoopback(Uri uri) =>
        uri.IdnHost.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(uri.IdnHost, out var address) && IPAddress.IsLoopback(address));
}
