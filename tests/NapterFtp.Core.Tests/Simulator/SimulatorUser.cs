using System.Net;
using System.Net.Http.Json;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace NapterFtp.Simulator.Tests;

/// <summary>A user of the simulator with nothing but HTTP and sockets.</summary>
internal sealed class SimulatorUser(NapterSimulator simulator) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = simulator.ApiEndPoint };

    public static async Task<SimulatorUser> SignInAsync(NapterSimulator simulator)
    {
        var user = new SimulatorUser(simulator);
        using var response = await user.PostAsync("/v1/auth", new { authKeyId = simulator.AuthKeyId, authKey = simulator.AuthKey });
        var body = await ReadAsync(response, HttpStatusCode.OK);
        user.Use(body.GetProperty("apiKey").GetString()!, body.GetProperty("token").GetString()!);
        return user;
    }

    public void Use(string apiKey, string token)
    {
        _http.DefaultRequestHeaders.Remove("X-Soracom-API-Key");
        _http.DefaultRequestHeaders.Remove("X-Soracom-Token");
        _http.DefaultRequestHeaders.Add("X-Soracom-API-Key", apiKey);
        _http.DefaultRequestHeaders.Add("X-Soracom-Token", token);
    }

    public Task<HttpResponseMessage> GetAsync(string path) => _http.GetAsync(path, Limit.Token);

    public Task<HttpResponseMessage> PostAsync(string path, object body) => _http.PostAsJsonAsync(path, body, Limit.Token);

    public Task<HttpResponseMessage> PostAsync(string path, HttpContent content) => _http.PostAsync(path, content, Limit.Token);

    public Task<HttpResponseMessage> DeleteAsync(string path) => _http.DeleteAsync(path, Limit.Token);

    public async Task<JsonElement> GetJsonAsync(string path)
    {
        using var response = await GetAsync(path);
        return await ReadAsync(response, HttpStatusCode.OK);
    }

    /// <summary>Makes an entry to the first SIM's control port, or to another port.</summary>
    public async Task<JsonElement> CreateAsync(int port = 21, int? duration = null, bool tls = true, string[]? ranges = null)
    {
        using var response = await PostAsync("/v1/port_mappings", new
        {
            destination = new { imsi = simulator.Imsi, port },
            duration = duration ?? 1800,
            source = new { ipRanges = ranges ?? [] },
            tlsRequired = tls,
        });
        return await ReadAsync(response, HttpStatusCode.Created);
    }

    public Task<HttpResponseMessage> DeleteAsync(JsonElement entry) =>
        DeleteAsync($"/v1/port_mappings/{entry.GetProperty("ipAddress").GetString()}/{entry.GetProperty("port").GetInt32()}");

    public static async Task<Socket> ConnectAsync(JsonElement entry, IPAddress? from = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (from is not null)
        {
            socket.Bind(new IPEndPoint(from, 0));
        }

        await socket.ConnectAsync(IPEndPoint.Parse(entry.GetProperty("endpoint").GetString()!), Limit.Token);
        return socket;
    }

    /// <summary>Connects with TLS; the certificate must be the authority's own and carry the entry's host name.</summary>
    public async Task<SslStream> ConnectTlsAsync(JsonElement entry)
    {
        var tls = new SslStream(new NetworkStream(await ConnectAsync(entry), ownsSocket: true));
        try
        {
            await HandshakeAsync(tls, entry.GetProperty("hostname").GetString()!);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    public Task HandshakeAsync(SslStream tls, string hostName)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.ImportFromPemFile(simulator.TrustedRootPath);
        return tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = hostName, CertificateChainPolicy = policy },
            Limit.Token);
    }

    public static async Task<JsonElement> ReadAsync(HttpResponseMessage response, HttpStatusCode expected)
    {
        var text = await response.Content.ReadAsStringAsync(Limit.Token);
        Assert.True(response.StatusCode == expected, $"{response.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement.Clone();
    }

    public void Dispose() => _http.Dispose();
}
