using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using NapterFtp.Core.Tests.Transport;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Soracom;

/// <summary>What only a real connection shows: certificates, resets, and how often a request really leaves.</summary>
public sealed class ApiConnectionTests : IAsyncDisposable
{
    private const string SignedIn = """{"apiKey":"planted-api-key","operatorId":"OP0000000001","token":"planted-token","userName":""}""";

    private readonly string _directory = Directory.CreateTempSubdirectory("napterftp-api-").FullName;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly List<string> _requests = [];
    private Task _serving = Task.CompletedTask;

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _serving;
        _end.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_certificate_of_an_added_root_is_trusted_and_its_host_name_matters()
    {
        using var authority = new TestCertificates();
        using var server = authority.Issue("localhost");
        Serve(server, _ => Answer(SignedIn));
        await using var fixture = new SoracomFixture();

        await (await ConnectAsync(fixture, "localhost", authority.Root)).DisposeAsync();
        var error = await Assert.ThrowsAsync<SoracomApiException>(() => ConnectAsync(fixture, "127.0.0.1", authority.Root));

        Assert.Equal(("SoracomNameMismatch", NapterFtpErrorKind.Security), (error.ErrorId, error.Kind));
    }

    [Fact]
    public async Task A_certificate_of_no_trusted_root_is_refused_before_anything_is_sent()
    {
        using var authority = new TestCertificates();
        using var other = new TestCertificates();
        using var server = authority.Issue("localhost");
        Serve(server, _ => Answer(SignedIn));
        await using var fixture = new SoracomFixture();

        foreach (var trusted in new[] { null, other.Root })
        {
            var error = await Assert.ThrowsAsync<SoracomApiException>(() => ConnectAsync(fixture, "localhost", trusted));
            Assert.Equal(("SoracomCertificateNotTrusted", NapterFtpErrorKind.Security), (error.ErrorId, error.Kind));
            Assert.Contains("-TrustedRootPath", error.Advice, StringComparison.Ordinal);
        }

        Assert.Empty(_requests);
    }

    [Theory]
    [InlineData(3, 9)]
    [InlineData(-9, -3)]
    public async Task A_certificate_that_is_not_valid_now_makes_the_users_clock_suspect(int validFromDays, int validToDays)
    {
        using var authority = new TestCertificates();
        using var server = authority.Issue("localhost", validFromDays, validToDays);
        Serve(server, _ => Answer(SignedIn));
        await using var fixture = new SoracomFixture();

        var error = await Assert.ThrowsAsync<SoracomApiException>(() => ConnectAsync(fixture, "localhost", authority.Root));

        Assert.Equal("SoracomCertificateNotTrusted", error.ErrorId);
        Assert.Contains("NotTimeValid", error.Message, StringComparison.Ordinal);
        Assert.Contains("clock", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Issuers_that_a_certificate_says_where_to_find_are_not_fetched()
    {
        using var web = new TcpListener(IPAddress.Loopback, 0);
        web.Start();
        var fetched = web.AcceptSocketAsync();
        using var server = TestCertificates.IssueBelowHidden("localhost", new Uri($"http://{web.LocalEndpoint}/issuer.cer"));
        using var authority = new TestCertificates();
        Serve(server, _ => Answer(SignedIn));
        await using var fixture = new SoracomFixture();

        foreach (var trusted in new[] { null, authority.Root })
        {
            var error = await Assert.ThrowsAsync<SoracomApiException>(() => ConnectAsync(fixture, "localhost", trusted));
            Assert.Equal("SoracomCertificateNotTrusted", error.ErrorId);
        }

        Assert.False(fetched.IsCompleted);
    }

    [Fact]
    public async Task A_create_that_was_sent_before_the_connection_broke_is_not_sent_again()
    {
        Serve(null, request => request.StartsWith("POST /v1/port_mappings ", StringComparison.Ordinal) ? null : Answer(SignedIn));
        await using var fixture = new SoracomFixture();
        var connection = await ConnectAsync(fixture, "127.0.0.1", null, "http");

        var error = await Assert.ThrowsAsync<SoracomApiException>(() => connection.Api.CreateAsync(
            new PortMappingRequest(DeviceTarget.FromImsi("001010000000001"), 21, TimeSpan.FromHours(1), []),
            TestContext.Current.CancellationToken));

        Assert.Equal("SoracomConnectionBroken", error.ErrorId);
        Assert.True(error.MayHaveTakenEffect);
        Assert.Single(_requests, request => request.StartsWith("POST /v1/port_mappings ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("no such file", "TrustedRootUnreadable")]
    [InlineData("", "TrustedRootInvalid")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "TrustedRootInvalid")]
    public void A_file_of_roots_that_cannot_be_used_is_an_error(string content, string errorId)
    {
        var path = Path.Combine(_directory, "ca.pem");
        if (errorId == "TrustedRootInvalid")
        {
            File.WriteAllText(path, content);
        }

        var error = Assert.Throws<NapterFtpException>(() => TrustedRoots.Load(path));

        Assert.Equal(errorId, error.ErrorId);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    private static string Answer(string json) =>
        $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {json.Length}\r\n\r\n{json}";

    private Task<NapterConnection> ConnectAsync(SoracomFixture fixture, string host, X509Certificate2? root, string scheme = "https")
    {
        var path = Path.Combine(_directory, "root.pem");
        if (root is not null)
        {
            File.WriteAllText(path, root.ExportCertificatePem());
        }

        return fixture.ConnectAsync(fixture.Options with
        {
            Handler = null,
            ApiConnectLimit = TimeSpan.FromMinutes(5),
            Endpoint = new Uri($"{scheme}://{host}:{Port}"),
            TrustedRootPath = root is null ? null : path,
        });
    }

    /// <summary>Answers each request of each connection; null breaks the connection off.</summary>
    private void Serve(X509Certificate2? certificate, Func<string, string?> answer)
    {
        _listener.Start();
        _serving = Task.Run(async () =>
        {
            var connections = new List<Task>();
            try
            {
                while (true)
                {
                    connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token), certificate, answer));
                }
            }
            catch (Exception e) when (_end.IsCancellationRequested && e is OperationCanceledException or InvalidOperationException or SocketException)
            {
                // The listener may have stopped before it is asked again.
                await Task.WhenAll(connections);
            }
        });
    }

    private async Task ServeAsync(TcpClient client, X509Certificate2? certificate, Func<string, string?> answer)
    {
        using (client)
        {
            try
            {
                Stream stream = client.GetStream();
                if (certificate is not null)
                {
                    var tls = new SslStream(stream);
                    await tls.AuthenticateAsServerAsync(
                        new SslServerAuthenticationOptions { ServerCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true) },
                        _end.Token);
                    stream = tls;
                }

                while (await ReadRequestAsync(stream) is { } request)
                {
                    lock (_requests)
                    {
                        _requests.Add(request);
                    }

                    if (answer(request) is not { } text)
                    {
                        return;
                    }

                    await stream.WriteAsync(Encoding.UTF8.GetBytes(text), _end.Token);
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
            {
                // The client went away, as it should from a server that it does not trust.
            }
        }
    }

    private async Task<string?> ReadRequestAsync(Stream stream)
    {
        var request = new StringBuilder();
        var buffer = new byte[4096];
        while (true)
        {
            var read = await stream.ReadAsync(buffer, _end.Token);
            if (read == 0)
            {
                return null;
            }

            request.Append(Encoding.Latin1.GetString(buffer, 0, read));
            var text = request.ToString();
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            var length = System.Text.RegularExpressions.Regex.Match(text, @"Content-Length: (\d+)");
            if (end >= 0 && text.Length >= end + 4 + (length.Success ? int.Parse(length.Groups[1].Value, null) : 0))
            {
                return text;
            }
        }
    }
}
