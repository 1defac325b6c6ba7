using System.Net;
using System.Net.Sockets;
using NapterFtp.Transport;

namespace NapterFtp.Core.Tests.Transport;

/// <summary>Logins at a proxy by NTLM; <see cref="RealPeers.CompanyProxyTests"/> has real ones.</summary>
public sealed class ProxyLoginTests
{
    private static readonly Uri Proxy = new("http://proxy.example:8080");

    [Theory]
    [InlineData(@"PLANT\night", "NTLM", "PLANT", "night")]
    [InlineData(@"PLANT\night", "Negotiate", "PLANT", "night")]
    [InlineData(@"PLANT\night", "Basic", "", @"PLANT\night")]
    [InlineData("night@plant.example", "NTLM", "", "night@plant.example")]
    public void A_domain_is_parted_from_the_user_where_the_way_to_log_in_has_it_apart(string typed, string scheme, string domain, string user)
    {
        var login = new ProxyLogin(new NetworkCredential(typed, "p@ss")).GetCredential(Proxy, scheme);
        Assert.Equal((domain, user, "p@ss"), (login.Domain, login.UserName, login.Password));
    }

    [Theory]
    [InlineData("TlRMTVNTUAACAAAAAAAAADgAAAA=")]
    [InlineData("TlRMTVNT")]
    [InlineData("not base64!")]
    public async Task A_challenge_that_makes_no_sense_is_the_proxys_fault_in_words_and_nothing_raw(string challenge)
    {
        using var proxy = new TcpListener(IPAddress.Loopback, 0);
        proxy.Start();
        using var end = new CancellationTokenSource();
        var serving = ServeAsync(proxy, challenge, end.Token);
        var address = new UriBuilder("http", "127.0.0.1", ((IPEndPoint)proxy.LocalEndpoint).Port).Uri;
        var dialer = new GatewayDialer(
            new GatewayDialerOptions { Proxy = OutboundProxy.Choose(address, new NetworkCredential("night", "shift-secret"), _ => null) }, TimeProvider.System);

        var error = await Assert.ThrowsAsync<NapterFtpException>(
            () => dialer.ConnectAsync(new GatewayEndPoint(new IPEndPoint(IPAddress.Parse("203.0.113.5"), 31234), "203-0-113-5.napter.soracom.io"), default));

        Assert.Equal("ProxyLoginRefused", error.ErrorId);
        Assert.Equal(NapterFtpErrorKind.Authentication, error.Kind);
        Assert.Contains(address.Authority, error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Advice);
        Assert.DoesNotContain("shift-secret", error.ToString(), StringComparison.Ordinal);
        await end.CancelAsync();
        await serving;
    }

    /// <summary>Wants NTLM at first, and challenges whoever begins it.</summary>
    private static async Task ServeAsync(TcpListener proxy, string challenge, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                using var client = await proxy.AcceptTcpClientAsync(cancellationToken);
                var stream = client.GetStream();
                using var reader = new StreamReader(stream, leaveOpen: true);
                var begun = false;
                while (await reader.ReadLineAsync(cancellationToken) is { } line)
                {
                    begun |= line.StartsWith("Proxy-Authorization: NTLM", StringComparison.OrdinalIgnoreCase);
                    if (line.Length == 0)
                    {
                        var answer = $"HTTP/1.1 407 Login\r\nProxy-Authenticate: NTLM{(begun ? " " + challenge : "")}\r\nContent-Length: 0\r\n\r\n";
                        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer), cancellationToken);
                    }
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The test is over, or the client has gone.
        }
    }
}
