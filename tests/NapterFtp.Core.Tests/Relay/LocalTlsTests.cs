using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using NapterFtp.Core.Tests.Transport;
using NapterFtp.Relay;
using NapterFtp.Transport;

namespace NapterFtp.Core.Tests.Relay;

public sealed class LocalTlsTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public async Task A_client_gets_explicit_FTPS_on_control_and_data_and_the_device_never_hears_of_it()
    {
        await using var bench = Bench();
        bench.Device.WithTransfers((session, _) => session.SendFileAsync([1, 2, 3]));
        using var client = await bench.StartAsync();
        await SecureAsync(client);
        Assert.StartsWith("200", await client.AskAsync("PBSZ 0"), StringComparison.Ordinal);
        Assert.StartsWith("200", await client.AskAsync("PROT P"), StringComparison.Ordinal);
        Assert.StartsWith("533", await client.AskAsync("CCC"), StringComparison.Ordinal);
        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        Assert.StartsWith("150", await client.AskAsync("RETR a"), StringComparison.Ordinal);
        await using var stream = await HandshakeAsync(data.GetStream());
        var content = new MemoryStream();
        await stream.CopyToAsync(content, TestContext.Current.CancellationToken);
        Assert.Equal([1, 2, 3], content.ToArray());
        Assert.StartsWith("226", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal(["PASV\r\n", "RETR a\r\n"], bench.Device.Received);
        await bench.DataPortsClosedAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_certificate_whose_key_came_from_PEM_serves_handshakes_also_where_TLS_takes_no_keys_in_memory(bool usesKeysInMemory)
    {
        using var issued = _certificates.Issue("relay.test");
        using var key = issued.GetECDsaPrivateKey();
        using var fromPem = X509Certificate2.CreateFromPem(issued.ExportCertificatePem(), key!.ExportPkcs8PrivateKeyPem());
        var (near, far) = MemoryConnection.CreatePair();
        var accepting = TlsConnection.AcceptAsync(near, LocalTls.CreateOptions(fromPem, usesKeysInMemory)!, default);
        await using var client = await TlsConnection.ConnectAsync(
            far,
            new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, shown, _, _) => shown!.GetCertHashString() == issued.GetCertHashString() },
            blocking: false,
            endClosesBoth: false,
            default);
        await using var server = await accepting;
    }

    [Fact]
    public async Task An_upload_over_FTPS_arrives_whole()
    {
        await using var bench = Bench();

        // The device says 226 before it hands over what it has.
        var stored = new TaskCompletionSource<byte[]>();
        bench.Device.WithTransfers(async (session, _) => stored.SetResult(await session.ReceiveFileAsync()));
        using var client = await bench.StartAsync();
        await SecureAsync(client);
        Assert.StartsWith("200", await client.AskAsync("PROT P"), StringComparison.Ordinal);
        var content = new byte[500_000];
        Random.Shared.NextBytes(content);
        using (var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV")))
        {
            Assert.StartsWith("150", await client.AskAsync("STOR a"), StringComparison.Ordinal);
            await using var stream = await HandshakeAsync(data.GetStream());
            await stream.WriteAsync(content, TestContext.Current.CancellationToken);
            await stream.ShutdownAsync();
        }

        Assert.StartsWith("226", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal(content, await stored.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Commands_smuggled_in_behind_AUTH_are_not_run()
    {
        await using var bench = Bench();
        using var client = await bench.StartAsync();
        await client.SendAsync("AUTH TLS\r\nDELE important\r\n");
        Assert.StartsWith("503", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("NOOP"));
        Assert.Equal("NOOP\r\n", Assert.Single(bench.Device.Received));
    }

    [Fact]
    public async Task FEAT_offers_what_the_relay_offers()
    {
        await using var bench = Bench();
        bench.Device.OnCommand = (session, _) => session.SendAsync("211-Features:\r\n EPSV\r\n211 End\r\n");
        using var client = await bench.StartAsync();
        Assert.Equal("211-Features:\r\n", await client.AskAsync("FEAT"));
        Assert.Equal(" EPSV\r\n", await client.ReadLineAsync());
        Assert.Equal(" AUTH TLS\r\n", await client.ReadLineAsync());
        Assert.Equal(" PBSZ\r\n", await client.ReadLineAsync());
        Assert.Equal(" PROT\r\n", await client.ReadLineAsync());
        Assert.Equal("211 End\r\n", await client.ReadLineAsync());
    }

    [Fact]
    public async Task A_client_that_begins_no_handshake_for_its_data_is_told_so()
    {
        await using var bench = Bench();
        bench.Options = bench.Options with { IdleTimeout = TimeSpan.FromDays(1) };
        var sent = new TaskCompletionSource();
        bench.Device.WithTransfers(async (session, _) =>
        {
            await session.SendFileAsync([1, 2, 3]);
            sent.SetResult();
        });
        using var client = await bench.StartAsync();
        await SecureAsync(client);
        Assert.Equal("200 PBSZ=0\r\n", await client.AskAsync("PBSZ 0"));
        Assert.StartsWith("200", await client.AskAsync("PROT P"), StringComparison.Ordinal);
        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        Assert.StartsWith("150", await client.AskAsync("RETR a"), StringComparison.Ordinal);
        var final = client.ReadLineAsync();
        await sent.Task.WaitAsync(TestContext.Current.CancellationToken);
        await bench.AdvanceUntilAsync(TimeSpan.FromSeconds(31), () => final.IsCompleted);
        Assert.StartsWith("426 The transfer failed: The client's TLS handshake failed: It did not end within 30 s.", await final, StringComparison.Ordinal);
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("NOOP"));
    }

    [Fact]
    public async Task A_session_whose_client_begins_no_handshake_ends_with_that_reason()
    {
        await using var bench = Bench();
        bench.Options = bench.Options with { IdleTimeout = TimeSpan.FromDays(1) };
        using var client = await bench.StartAsync();
        Assert.StartsWith("234", await client.AskAsync("AUTH TLS"), StringComparison.Ordinal);
        await bench.AdvanceUntilAsync(
            TimeSpan.FromSeconds(31), () => bench.Log.All.Any(text => text.Contains("TLS handshake failed: It did not end", StringComparison.Ordinal)));
    }

    private ProxyBench Bench()
    {
        var bench = new ProxyBench();
        bench.Options = bench.Options with { TlsCertificate = _certificates.Issue("relay.test") };
        return bench;
    }

    private async Task SecureAsync(RawFtpClient client)
    {
        Assert.StartsWith("234", await client.AskAsync("AUTH TLS"), StringComparison.Ordinal);
        client.Stream = await HandshakeAsync(client.Stream);
    }

    private async Task<SslStream> HandshakeAsync(Stream stream)
    {
        var tls = new SslStream(stream, leaveInnerStreamOpen: false);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "relay.test",
                CertificateChainPolicy = new()
                {
                    TrustMode = System.Security.Cryptography.X509Certificates.X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { _certificates.Root },
                    RevocationMode = System.Security.Cryptography.X509Certificates.X509RevocationMode.NoCheck,
                },
            },
            TestContext.Current.CancellationToken);
        return tls;
    }
}
