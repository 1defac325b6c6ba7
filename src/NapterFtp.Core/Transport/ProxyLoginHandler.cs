using System.ComponentModel;
using System.Net.Sockets;

namespace NapterFtp.Transport;

/// <summary>Has a login at a proxy that goes wrong in .NET's code for NTLM and Negotiate reported as the proxy's failure, like all others:
/// that code throws whatever comes out of it where a proxy's challenge is not as it should be, or the system's library for it is missing.</summary>
internal sealed class ProxyLoginHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (Exception exception) when (IsOfLogin(exception))
        {
            throw new HttpRequestException(HttpRequestError.ProxyTunnelError, exception.Message, new ProxyLoginException(exception));
        }
    }

    // Names of parameters and systems' codes: nothing of these comes out of the HTTP client for another reason.
    private static bool IsOfLogin(Exception exception) =>
        exception is ArgumentException or FormatException or TypeInitializationException or DllNotFoundException or PlatformNotSupportedException
        || (exception is Win32Exception and not SocketException);
}

/// <summary>A login at a proxy that could not even be tried.</summary>
internal sealed class ProxyLoginException(Exception inner) : Exception(inner.Message, inner);
