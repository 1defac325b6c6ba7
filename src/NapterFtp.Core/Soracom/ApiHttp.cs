using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using NapterFtp.Transport;

namespace NapterFtp.Soracom;

/// <summary>The HTTP client of one connection to SORACOM, made by <see cref="IHttpClientFactory"/> when the first call needs it.</summary>
internal sealed class ApiHttp : IDisposable
{
    private const string ClientName = "soracom";

    private readonly HttpMessageHandler _handler;
    private readonly ServiceProvider _services;
    private readonly Lazy<HttpClient> _client;

    /// <param name="endPoint">The API's end point.</param>
    /// <param name="proxy">The way out.</param>
    /// <param name="extraRoots">Certificate authorities trusted beside the system's own.</param>
    /// <param name="connectLimit">How long connecting may take, TLS included.</param>
    /// <param name="handler">Takes the network's place in tests; null for the network.</param>
    public ApiHttp(Uri endPoint, OutboundProxy proxy, X509Certificate2Collection extraRoots, TimeSpan connectLimit, HttpMessageHandler? handler)
    {
        Proxy = proxy;
        _handler = handler ?? new ProxyLoginHandler(MakeHandler(endPoint, proxy, extraRoots, connectLimit));
        _services = new ServiceCollection()
            .AddHttpClient(ClientName)
            .ConfigurePrimaryHttpMessageHandler(() => _handler)
            // Its connections renew themselves (PooledConnectionLifetime), and we dispose of it.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            // The factory's loggers write request headers, and those carry the token.
            .RemoveAllLoggers()
            .Services.BuildServiceProvider();
        _client = new Lazy<HttpClient>(() =>
        {
            var client = _services.GetRequiredService<IHttpClientFactory>().CreateClient(ClientName);
            // Each attempt has a limit of its own.
            client.Timeout = Timeout.InfiniteTimeSpan;
            return client;
        });
    }

    /// <summary>The way out.</summary>
    public OutboundProxy Proxy { get; }

    public HttpClient Client => _client.Value;

    public void Dispose()
    {
        _handler.Dispose();
        _services.Dispose();
    }

    private static SocketsHttpHandler MakeHandler(Uri endPoint, OutboundProxy proxy, X509Certificate2Collection extraRoots, TimeSpan connectLimit) => new()
    {
        // A redirection would carry the token to whoever it names.
        AllowAutoRedirect = false,
        UseCookies = false,
        Proxy = proxy,
        AutomaticDecompression = DecompressionMethods.GZip | DecompressionMethods.Deflate,
        ConnectTimeout = connectLimit,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90),
        ActivityHeadersPropagator = null,
        SslOptions = Tls(endPoint, extraRoots),
        ConnectCallback = (context, cancellationToken) => ConnectAsync(context, endPoint, extraRoots, cancellationToken),
    };

    private static SslClientAuthenticationOptions Tls(Uri endPoint, X509Certificate2Collection extraRoots) => new()
    {
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
        {
            var left = GatewayCertificate.Verify(certificate, chain, errors, extraRoots);
            return left == SslPolicyErrors.None ? true : throw NotTrusted(endPoint, left, chain);
        },
    };

    /// <summary>Connects, to the API with TLS at once. The handler's own handshake would have one chain policy for all connections, and
    /// each handshake leaves the server's certificates in it: none is given there, so that the system may look for certificates on the
    /// network. Through a proxy the handshake stays the handler's.</summary>
    private static async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context, Uri endPoint, X509Certificate2Collection extraRoots, CancellationToken cancellationToken)
    {
        var socket = await HostDialer.ConnectAsync(context.DnsEndPoint, cancellationToken);
        try
        {
            var stream = new NetworkStream(socket, ownsSocket: true);
            if (endPoint.Scheme != Uri.UriSchemeHttps || context.DnsEndPoint.Host != endPoint.IdnHost || context.DnsEndPoint.Port != endPoint.Port)
            {
                return stream;
            }

            var tls = new SslStream(stream);
            var options = Tls(endPoint, extraRoots);
            options.TargetHost = endPoint.IdnHost;
            options.CertificateChainPolicy = GatewayCertificate.ChainPolicy(extraRoots);
            await tls.AuthenticateAsClientAsync(options, cancellationToken);
            return tls;
        }
        catch (Exception exception)
        {
            socket.Dispose();
            if (exception is AuthenticationException or IOException)
            {
                throw new HttpRequestException(HttpRequestError.SecureConnectionError, exception.Message, exception);
            }

            throw;
        }
    }

    /// <summary>Thrown out of the handshake, which reports no more than that it failed when the callback says false.</summary>
    private static NapterFtpException NotTrusted(Uri endPoint, SslPolicyErrors errors, X509Chain? chain)
    {
        if ((errors & SslPolicyErrors.RemoteCertificateNameMismatch) != 0)
        {
            return new NapterFtpException(
                "SoracomNameMismatch",
                NapterFtpErrorKind.Security,
                $"The certificate of SORACOM's API at {endPoint.Authority} belongs to another host name.",
                "Check -Endpoint; something between may pose as SORACOM.",
                endPoint);
        }

        var found = chain?.ChainStatus.Select(status => status.Status).ToArray() ?? [];
        return new NapterFtpException(
            "SoracomCertificateNotTrusted",
            NapterFtpErrorKind.Security,
            $"The certificate of SORACOM's API at {endPoint.Authority} is not trusted ({(found.Length > 0 ? string.Join(", ", found) : errors)}).",
            found.Contains(X509ChainStatusFlags.NotTimeValid)
                ? string.Create(CultureInfo.InvariantCulture, $"It is not valid yet, or no longer: check this machine's clock, which says {DateTimeOffset.UtcNow:u}.")
                : "If a proxy of your company inspects TLS, or this is a private end point, give its CA certificate with -TrustedRootPath.",
            endPoint);
    }
}

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

        if (uri.Scheme == Uri.UriSchemeHttp && !OutboundProxy.IsThisMachine(uri))
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
}
