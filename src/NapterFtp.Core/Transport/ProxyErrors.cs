using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace NapterFtp.Transport;

/// <summary>What a proxy on the way out did not do, in words for people. Each names the proxy and, where it gave one, its status.</summary>
internal static class ProxyErrors
{
    /// <summary>The error of a request that the proxy itself stopped; null where it was not the proxy.</summary>
    /// <param name="proxy">The proxy.</param>
    /// <param name="destination">The host and port asked for.</param>
    /// <param name="target">What the error is about.</param>
    /// <param name="exception">What the HTTP client says.</param>
    public static NapterFtpException? From(Uri proxy, string destination, object target, HttpRequestException exception)
    {
        var name = OutboundProxy.Name(proxy);
        return exception.HttpRequestError switch
        {
            _ when exception.InnerException is SocketException inner && FileHandles.AreOut(inner) =>
                FileHandles.Error($"The proxy {name} on the way to {destination} cannot be dialled", target, inner),
            HttpRequestError.ProxyTunnelError => Refused(name, proxy, destination, target, exception),
            HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError => new NapterFtpException(
                "ProxyUnreachable",
                NapterFtpErrorKind.Connection,
                $"The proxy {name} on the way to {destination} cannot be reached: {(exception.InnerException ?? exception).Message}",
                "Check its address (-Proxy, or HTTPS_PROXY and ALL_PROXY in the environment) and that it runs; NO_PROXY lists what is reached without it.",
                target,
                exception),
            _ => null,
        };
    }

    /// <summary>The proxy made no connection in time.</summary>
    public static NapterFtpException Timeout(Uri proxy, string destination, TimeSpan limit, object target, Exception exception) => new(
        "ProxyTimeout",
        NapterFtpErrorKind.Timeout,
        string.Create(CultureInfo.InvariantCulture, $"The proxy {OutboundProxy.Name(proxy)} made no connection to {destination} within {limit.TotalSeconds:0} s."),
        "The proxy or the firewall behind it may drop connections to high ports without a word; or the Napter port has expired, or is not for the proxy's address (-SourceRange).",
        target,
        exception);

    /// <summary>Whether it was the proxy alone, whatever is behind it.</summary>
    public static bool IsProxysOwn(NapterFtpException error) => error.ErrorId is "ProxyUnreachable" or "ProxyLoginRefused" or "ProxyRefused";

    private static NapterFtpException Refused(string name, Uri proxy, string destination, object target, HttpRequestException exception)
    {
        if (exception.InnerException is ProxyLoginException untried)
        {
            return new NapterFtpException(
                "ProxyLoginRefused",
                NapterFtpErrorKind.Authentication,
                $"The proxy {name} wants a login by NTLM or Negotiate, and its challenge cannot be answered ({untried.Message.TrimEnd('.')}).",
                "Have the proxy ask for NTLM as Windows has it, version 2, or offer another way: Basic, Digest.",
                proxy,
                exception);
        }

        var said = exception.StatusCode is { } status
            ? string.Create(CultureInfo.InvariantCulture, $"HTTP {(int)status}")
            : (exception.InnerException ?? exception).Message.TrimEnd('.');
        // 401 is tinyproxy's answer to a wrong password.
        if (exception.StatusCode is HttpStatusCode.ProxyAuthenticationRequired or HttpStatusCode.Unauthorized || (exception.StatusCode is null && IsAboutLogin(exception)))
        {
            return new NapterFtpException(
                "ProxyLoginRefused",
                NapterFtpErrorKind.Authentication,
                $"The proxy {name} wants a login, or refuses the one given ({said}).",
                "Give user name and password with Connect-Napter -ProxyCredential, those of a Windows domain as DOMAIN\\user.",
                proxy,
                exception);
        }

        // 500 is tinyproxy's way of saying it.
        return exception.StatusCode is HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout
            || (exception.StatusCode is null && proxy.Scheme.StartsWith("socks", StringComparison.Ordinal))
            ? new NapterFtpException(
                "ProxyFoundNoWay",
                NapterFtpErrorKind.Connection,
                $"The proxy {name} could not connect to {destination} ({said}).",
                "Either the Napter port has expired or is not for the proxy's address (-SourceRange), or the firewall behind the proxy blocks high ports.",
                target,
                exception)
            : new NapterFtpException(
                "ProxyRefused",
                NapterFtpErrorKind.PermissionDenied,
                $"The proxy {name} refuses connections to {destination} ({said}).",
                "This is the proxy's rule, not the device: have it allow CONNECT to api.soracom.io:443 and to *.napter.soracom.io on all ports above 1023, as SORACOM picks the port.",
                target,
                exception);
    }

    private static bool IsAboutLogin(Exception exception) =>
        exception.InnerException?.Message is { } said
        && (said.Contains("authenticat", StringComparison.OrdinalIgnoreCase) || said.Contains("password", StringComparison.OrdinalIgnoreCase));
}
