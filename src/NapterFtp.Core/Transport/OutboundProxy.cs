using System.Net;

namespace NapterFtp.Transport;

/// <summary>The way out of a network that lets nothing out but through a proxy: HTTP (CONNECT, RFC 9110 section 9.3.6), the same
/// over TLS, or SOCKS (version 5, RFC 1928 and RFC 1929; 4 and 4a). One for SORACOM's API and for all connections to the gateway,
/// so that SORACOM sees both come from the same address.</summary>
internal sealed class OutboundProxy : IWebProxy
{
    private static readonly string[] Schemes = ["http", "https", "socks4", "socks4a", "socks5"];

    private readonly Uri? _address;
    private readonly IReadOnlyList<string> _direct;
    private readonly bool _givenByUser;

    private OutboundProxy(Uri? address, ICredentials? credentials, IReadOnlyList<string> direct, bool givenByUser)
    {
        _address = address;
        _direct = direct;
        _givenByUser = givenByUser;
        Credentials = credentials;
    }

    /// <summary>The login; where none was given, on Windows that of the user, which NTLM and Negotiate use without a password.</summary>
    public ICredentials? Credentials { get; set; }

    /// <summary>What was given, else what the environment names (<c>HTTPS_PROXY</c>, else <c>ALL_PROXY</c>; <c>NO_PROXY</c> lists
    /// what is reached directly), else on Windows and macOS the system's.</summary>
    /// <param name="given">From <c>-Proxy</c>; null where it was not given.</param>
    /// <param name="credential">From <c>-ProxyCredential</c>; null for none.</param>
    /// <param name="environment">Gives environment variables.</param>
    /// <exception cref="NapterFtpException"><c>ProxyInvalid</c>.</exception>
    public static OutboundProxy Choose(Uri? given, NetworkCredential? credential, Func<string, string?> environment)
    {
        if (given is not null)
        {
            return new OutboundProxy(Check(given, "-Proxy"), Login(credential), [], givenByUser: true);
        }

        foreach (var name in new[] { "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy" })
        {
            if (environment(name) is { Length: > 0 } text)
            {
                var (address, login) = Parse(text, name);
                return new OutboundProxy(address, Login(credential ?? login), Direct(environment), givenByUser: false);
            }
        }

        return new OutboundProxy(null, Login(credential), Direct(environment), givenByUser: false);
    }

    /// <summary>The proxy on the way to a host; null where there is none. This machine is never reached through one that the
    /// environment or the system names, and by plain http never at all: the proxy, on another machine, would read it.</summary>
    public Uri? GetProxy(Uri destination) =>
        _givenByUser ? destination.Scheme == Uri.UriSchemeHttp && IsThisMachine(destination) ? null : _address
        : IsThisMachine(destination) || _direct.Any(entry => IsMeant(entry, destination)) ? null
        : _address ?? SystemProxy(destination);

    public bool IsBypassed(Uri host) => GetProxy(host) is null;

    /// <summary>A proxy as people name it: without a login.</summary>
    public static string Name(Uri proxy) => $"{proxy.Scheme}://{proxy.Authority}";

    /// <summary>Whether it is this machine for certain, without asking a name server about any name but <c>localhost</c>.</summary>
    public static bool IsThisMachine(Uri destination) =>
        destination.IdnHost.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(destination.IdnHost, out var address) && IPAddress.IsLoopback(address));

    private static ICredentials? Login(NetworkCredential? given) =>
        given is not null ? new ProxyLogin(given) : OperatingSystem.IsWindows() ? CredentialCache.DefaultCredentials : null;

    // Settings of the system; .NET reads those of the environment into the same object, where they have been read already.
    private static Uri? SystemProxy(Uri destination) =>
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? HttpClient.DefaultProxy.GetProxy(destination) : null;

    private static string[] Direct(Func<string, string?> environment) =>
        (environment("NO_PROXY") ?? environment("no_proxy") ?? "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    // As curl takes the list: a name stands for itself and all below it, with or without a dot before it; addresses and networks
    // for themselves; a port narrows an entry down.
    private static bool IsMeant(string entry, Uri destination)
    {
        var host = destination.IdnHost;
        if (entry == "*")
        {
            return true;
        }

        if (IPAddress.TryParse(host, out var address))
        {
            return IPNetwork.TryParse(entry, out var network) ? network.Contains(address)
                : IPAddress.TryParse(entry, out var single) ? single.Equals(address)
                : IPEndPoint.TryParse(entry, out var endPoint) && endPoint.Address.Equals(address) && endPoint.Port == destination.Port;
        }

        var colon = entry.LastIndexOf(':');
        if (colon >= 0)
        {
            if (entry[(colon + 1)..] != destination.Port.ToString(System.Globalization.CultureInfo.InvariantCulture))
            {
                return false;
            }

            entry = entry[..colon];
        }

        entry = entry.TrimStart('*').TrimStart('.');
        return entry.Length > 0
            && (host.Equals(entry, StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + entry, StringComparison.OrdinalIgnoreCase));
    }

    private static (Uri Address, NetworkCredential? Login) Parse(string text, string origin)
    {
        if (!Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text, UriKind.Absolute, out var uri))
        {
            throw Invalid(origin, null);
        }

        NetworkCredential? login = null;
        if (uri.UserInfo.Length > 0)
        {
            var parts = uri.UserInfo.Split(':', 2);
            login = new NetworkCredential(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
            uri = new UriBuilder(uri) { UserName = "", Password = "" }.Uri;
        }

        // What curl calls the same with the name resolved by the proxy, which is what happens anyway.
        if (uri.Scheme == "socks5h")
        {
            uri = new UriBuilder(uri) { Scheme = "socks5" }.Uri;
        }

        return (Check(uri, origin), login);
    }

    private static Uri Check(Uri uri, string origin)
    {
        if (uri is { IsAbsoluteUri: true, UserInfo.Length: > 0 })
        {
            throw new NapterFtpException(
                "ProxyInvalid",
                NapterFtpErrorKind.InvalidArgument,
                $"The address from {origin} holds a login, which would stay in the command history.",
                "Give the address without it, and the login with -ProxyCredential.");
        }

        return uri.IsAbsoluteUri && Schemes.Contains(uri.Scheme) && uri.Host.Length > 0 && uri.AbsolutePath is "" or "/" && uri.Port > 0
            ? uri
            : throw Invalid(origin, uri);
    }

    private static NapterFtpException Invalid(string origin, Uri? target) => new(
        "ProxyInvalid",
        NapterFtpErrorKind.InvalidArgument,
        $"The address from {origin} is not that of a proxy.",
        "Write it as http://host:port or socks5://host:port; https, socks4 and socks4a are known too.",
        target?.OriginalString);
}
