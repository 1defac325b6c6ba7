using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace NapterFtp.Transport;

/// <summary>What went wrong with the gateway, in words for people.</summary>
internal static class GatewayErrors
{
    private const string NoAnswerAdvice =
        "Either the Napter port has expired, or this machine's address is not in its source range (the default is the address "
        + "that SORACOM's API sees; behind a proxy or a second Internet line it differs: use -SourceRange), or the device is offline, "
        + "or a firewall blocks the way out to the gateway's ports.";

    private const string MissingRootAdvice =
        "The authority that signed it is not among this machine's trusted roots, and none is fetched from the Internet on demand. Have "
        + "its root installed (on Windows by Windows Update or the administrator), or save the root as a PEM file and give it to "
        + "Connect-Napter as -TrustedRootPath; so too where your organisation inspects TLS, or with a simulator.";

    public static NapterFtpException Timeout(GatewayEndPoint endPoint, TimeSpan limit, string what, Exception? inner) => new(
        "GatewayTimeout",
        NapterFtpErrorKind.Timeout,
        $"The gateway {Name(endPoint)} {what} within {limit.TotalSeconds:0} s.",
        NoAnswerAdvice,
        endPoint.EndPoint,
        inner);

    public static NapterFtpException Connect(GatewayEndPoint endPoint, Exception exception) =>
        exception is SocketException { SocketErrorCode: SocketError.TimedOut } ? new NapterFtpException(
            "GatewayTimeout",
            NapterFtpErrorKind.Timeout,
            $"The gateway {Name(endPoint)} took no connection: {exception.Message}",
            NoAnswerAdvice,
            endPoint.EndPoint,
            exception)
        : IsReset(exception) ? Reset(endPoint, exception)
        : exception is SocketException socket && FileHandles.AreOut(socket) ? FileHandles.Error($"The gateway {Name(endPoint)} cannot be dialled", endPoint.EndPoint, socket)
        : new NapterFtpException(
            "GatewayUnreachable",
            NapterFtpErrorKind.Connection,
            $"The gateway {Name(endPoint)} cannot be reached: {exception.Message}",
            "Check this machine's Internet connection and whether a firewall lets it reach the gateway's high ports; "
            + "if the port was opened a while ago, it may have expired.",
            endPoint.EndPoint,
            exception);

    public static NapterFtpException Handshake(
        GatewayEndPoint endPoint, SslPolicyErrors verdict, string? chainStatus, Exception exception)
    {
        if (verdict.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return new NapterFtpException(
                "GatewayNameMismatch",
                NapterFtpErrorKind.Security,
                $"The certificate of the gateway {Name(endPoint)} is for another name.",
                "Something between this machine and SORACOM intercepts TLS, or answers in the gateway's place. Do not go on before you know what.",
                endPoint.EndPoint,
                exception);
        }

        if (verdict != SslPolicyErrors.None)
        {
            return new NapterFtpException(
                "GatewayCertificateNotTrusted",
                NapterFtpErrorKind.Security,
                $"The certificate of the gateway {Name(endPoint)} is not trusted ({(string.IsNullOrEmpty(chainStatus) ? verdict.ToString() : chainStatus)}).",
                chainStatus is not null && (chainStatus.Contains("PartialChain", StringComparison.Ordinal)
                    || chainStatus.Contains("UntrustedRoot", StringComparison.Ordinal)) ? MissingRootAdvice
                : "Check this machine's clock and its trusted roots. Where your organisation inspects TLS, or with a simulator, give its CA "
                    + "certificate to Connect-Napter as -TrustedRootPath.",
                endPoint.EndPoint,
                exception);
        }

        return IsReset(exception) || exception is IOException
            ? Reset(endPoint, exception)
            : new NapterFtpException(
                "GatewayHandshakeFailed",
                NapterFtpErrorKind.Security,
                $"The TLS handshake with the gateway {Name(endPoint)} failed: {(exception.InnerException ?? exception).Message}",
                "See whether the port was made with TLS, and whether something between this machine and SORACOM intercepts TLS.",
                endPoint.EndPoint,
                exception);
    }

    private static NapterFtpException Reset(GatewayEndPoint endPoint, Exception exception) => new(
        "GatewayReset",
        NapterFtpErrorKind.Connection,
        $"The gateway {Name(endPoint)} ended the connection at once.",
        "The device refuses this TCP port or is offline, the Napter port has ended, or SORACOM refused many connections in a short time. "
        + "Check the device port and that the device's server runs, then try again in a minute.",
        endPoint.EndPoint,
        exception);

    private static bool IsReset(Exception? exception) => exception switch
    {
        null => false,
        SocketException socket => socket.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown,
        AuthenticationException or IOException => IsReset(exception.InnerException),
        _ => false,
    };

    private static string Name(GatewayEndPoint endPoint) => $"{endPoint.HostName} ({endPoint.EndPoint})";
}

/// <summary>Verifies the gateway's certificate: its name, and a chain to a root of the system's or to one of the extra roots.</summary>
/// <remarks>Revocation is not checked: the check needs a connection of its own to the certificate authority, which stalls each
/// handshake where a firewall lets only the gateway through, and most clients treat an unanswered check as passed anyway.</remarks>
internal static class GatewayCertificate
{
    /// <summary>How the system builds the chain: to the extra roots first where there are any, for they are few, and all of the system's
    /// are read for each chain. Nothing is fetched from the network for it: neither revocation lists nor certificates, which
    /// Windows would else look for on demand, in a handshake that a firewall stalls then.</summary>
    public static X509ChainPolicy ChainPolicy(X509Certificate2Collection extraRoots)
    {
        var policy = ChainPolicy(extraRoots.Count > 0 ? X509ChainTrustMode.CustomRootTrust : X509ChainTrustMode.System);
        policy.CustomTrustStore.AddRange(extraRoots);
        return policy;
    }

    /// <summary>What is wrong with the certificate; <see cref="SslPolicyErrors.None"/> where it is trusted.</summary>
    /// <param name="certificate">The certificate the gateway showed, or null.</param>
    /// <param name="chain">The chain as built to the system's roots or to the extra ones.</param>
    /// <param name="errors">What the system holds against it.</param>
    /// <param name="extraRoots">Roots trusted beside the system's.</param>
    public static SslPolicyErrors Verify(
        X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, X509Certificate2Collection extraRoots)
    {
        var remaining = errors & ~SslPolicyErrors.RemoteCertificateChainErrors;
        if (remaining == errors || extraRoots.Count == 0 || certificate is not X509Certificate2 leaf || chain is null)
        {
            return errors;
        }

        using var second = new X509Chain();
        second.ChainPolicy = chain.ChainPolicy.TrustMode == X509ChainTrustMode.System ? ChainPolicy(extraRoots) : ChainPolicy(X509ChainTrustMode.System);
        foreach (var purpose in chain.ChainPolicy.ApplicationPolicy)
        {
            second.ChainPolicy.ApplicationPolicy.Add(purpose);
        }

        foreach (var element in chain.ChainElements)
        {
            second.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        second.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
        return second.Build(leaf) ? remaining : errors;
    }

    private static X509ChainPolicy ChainPolicy(X509ChainTrustMode trust) => new()
    {
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
        TrustMode = trust,
    };
}
