using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Security;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using NapterFtp.Routers;
using NapterFtp.Simulator;
using NapterFtp.Simulator.Tests;
using NapterFtp.Soracom;

namespace NapterFtp.Contract.Tests;

/// <summary>What the client sends and what the simulator answers are both held against SORACOM's own description.</summary>
public sealed class ContractTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly SimulatedAccount _account = new();
    private readonly ConcurrentQueue<Exchange> _exchanges = new();
    private readonly SoracomContract _contract = SoracomContract.Load();
    private NapterSimulator _simulator = null!;

    public ValueTask DisposeAsync() => _simulator.DisposeAsync();

    [Fact]
    public async Task Every_call_of_the_client_and_every_answer_of_the_simulator_keeps_the_contract()
    {
        await StartAsync();
        foreach (var credential in new SoracomCredential[]
        {
            new SoracomCredential.Root(_account.Email, Secure(_account.Password)),
            new SoracomCredential.SamUser(_account.OperatorId, _account.SamUserName, Secure(_account.SamUserPassword)),
        })
        {
            await (await ConnectAsync(credential)).DisposeAsync();
        }

        await using (var connection = await ConnectAsync(new SoracomCredential.AuthKey(_account.AuthKeyId, Secure(_account.AuthKey))))
        {
            await UsePortMappingsAsync(connection.Api);
            await UseSimsAsync(connection.Api);
            await ReadAuditLogAsync(connection.Api);
            await UseDownlinkAsync(connection);
        }

        await AssertKeptAsync(
            "auth",
            "logout",
            "listPortMappings",
            "createPortMapping",
            "createPortMappingForSim",
            "deletePortMapping",
            "listPortMappingsForSim",
            "listPortMappingsForSubscriber",
            "searchSims",
            "getSim",
            "getNapterAuditLogs",
            "sendDownlinkPing",
            "sendDownlinkSsh",
            "createSimPacketCaptureSession",
            "listSimPacketCaptureSessions",
            "getSimPacketCaptureSession",
            "stopSimPacketCaptureSession",
            "deleteSimPacketCaptureSession");
    }

    [Fact]
    public async Task Renewing_a_token_keeps_the_contract()
    {
        await StartAsync();
        await using var connection = await ConnectAsync(new SoracomCredential.AuthKey(_account.AuthKeyId, Secure(_account.AuthKey)));

        var ends = connection.TokenExpiresAt!.Value;
        _time.Advance(ends - _time.GetUtcNow() - TimeSpan.FromSeconds(1));
        await Limit.UntilAsync(() => Task.FromResult(_exchanges.Any(exchange => exchange.PathAndQuery.EndsWith("/token", StringComparison.Ordinal))));

        await AssertKeptAsync("auth", "generateAuthToken");
    }

    [Fact]
    public async Task Errors_keep_the_contract()
    {
        await StartAsync();
        using var http = new HttpClient(new RecordingHandler(_exchanges)) { BaseAddress = _simulator.ApiEndPoint };
        await PostAsync("/v1/auth", new { authKeyId = _account.AuthKeyId, authKey = "wrong" }, HttpStatusCode.Unauthorized);
        var signIn = await PostAsync("/v1/auth", new { authKeyId = _account.AuthKeyId, authKey = _account.AuthKey }, HttpStatusCode.OK);
        http.DefaultRequestHeaders.Add("X-Soracom-API-Key", signIn["apiKey"]!.GetValue<string>());
        http.DefaultRequestHeaders.Add("X-Soracom-Token", signIn["token"]!.GetValue<string>());

        await PostAsync("/v1/auth/switch_user", new { operatorId = "OP0", userName = "x" }, HttpStatusCode.BadRequest);
        await PostAsync(
            "/v1/auth/switch_user", new { operatorId = _account.SwitchOperatorId, userName = _account.SwitchUserName }, HttpStatusCode.OK);
        await PostAsync("/v1/port_mappings", new { destination = new { port = 21, imsi = "999999999999999" } }, HttpStatusCode.NotFound);
        await PostAsync("/v1/port_mappings", new { destination = new { port = 21, imsi = _simulator.Imsi }, duration = 99999 }, HttpStatusCode.BadRequest);
        foreach (var path in new[]
        {
            $"/v1/port_mappings/sims/{_simulator.SimId}", $"/v1/port_mappings/subscribers/{_simulator.Imsi}", "/v1/sims/8900000000000000000", "/v1/query/sims?name=x",
        })
        {
            using var missing = await http.GetAsync(path);
            Assert.InRange((int)missing.StatusCode, 400, 404);
        }

        _simulator.Faults.Arm(ApiFault.TooManyRequests(TimeSpan.FromSeconds(3)));
        using var limited = await http.GetAsync("/v1/port_mappings");
        Assert.Equal(HttpStatusCode.TooManyRequests, limited.StatusCode);
        _time.Advance(TimeSpan.FromHours(25));
        await PostAsync($"/v1/operators/{_account.OperatorId}/token", new { tokenTimeoutSeconds = 180 }, HttpStatusCode.BadRequest);

        await AssertKeptAsync("auth", "switchUser", "createPortMapping", "generateAuthToken");

        async Task<JsonNode> PostAsync(string path, object body, HttpStatusCode expected)
        {
            using var response = await http.PostAsJsonAsync(path, body);
            Assert.Equal(expected, response.StatusCode);
            return (await response.Content.ReadFromJsonAsync<JsonNode>())!;
        }
    }

    public static TheoryData<string, string, string> Deviations => new()
    {
        { "RequestBody", """{"destination":{"port":21,"imsi":"001010000000001"},"seconds":60}""", "NoAdditionalPropertiesAllowed" },
        { "RequestBody", """{"duration":60}""", "PropertyRequired" },
        { "RequestBody", """{"destination":{"port":"21"}}""", "NumberExpected" },
        { "RequestBody", """{"destination":{"port":21,"service":"wire"}}""", "NotInEnumeration" },
        { "RequestBody", "port=21", "no JSON" },
        { "RequestHeaders", "X-Soracom-Token", "X-Soracom-Token is missing" },
        { "RequestHeaders", "Content-Type", "content type is missing" },
        { "PathAndQuery", "/v1/port_mappings?colour=red", "colour isn't described" },
        { "PathAndQuery", "/v1/portmappings", "no such operation" },
        { "ResponseBody", """{"ipAddress":"127.0.0.1","key":"abc"}""", "NoAdditionalPropertiesAllowed" },
        { "ResponseBody", """{"createdTime":"2024-04-01T00:00:00Z"}""", "IntegerExpected" },
        { "ResponseBody", """{"source":{"ipRanges":"127.0.0.0/8"}}""", "ArrayExpected" },
        { "ResponseHeaders", "x-soracom-next-key", "x-soracom-next-key isn't described" },
        { "Status", "200", "status isn't described" },
        { "Status", "400", "NoAdditionalPropertiesAllowed" },
    };

    [Theory]
    [MemberData(nameof(Deviations))]
    public async Task A_deviation_from_the_contract_is_found(string where, string what, string problem)
    {
        await StartAsync();
        await using var connection = await ConnectAsync(new SoracomCredential.AuthKey(_account.AuthKeyId, Secure(_account.AuthKey)));
        await connection.Api.CreateAsync(Request(DeviceTarget.FromImsi(_simulator.Imsi)), Limit.Token);
        var good = _exchanges.Single(exchange => exchange.PathAndQuery == "/v1/port_mappings");
        Assert.Empty(await _contract.CheckAsync(good));

        var bad = where switch
        {
            "RequestBody" => good with { RequestBody = what },
            "RequestHeaders" => good with { RequestHeaders = good.RequestHeaders.Where(header => header.Key != what).ToDictionary() },
            "PathAndQuery" => good with { PathAndQuery = what },
            "ResponseBody" => good with { ResponseBody = what },
            "ResponseHeaders" => good with { ResponseHeaders = new Dictionary<string, string>(good.ResponseHeaders) { [what] = "1" } },
            _ => good with { Status = int.Parse(what, System.Globalization.CultureInfo.InvariantCulture) },
        };

        Assert.Contains(problem, string.Join('\n', await _contract.CheckAsync(bad)));
    }

    private async Task StartAsync() => _simulator = await NapterSimulator.StartAsync(new() { Account = _account, TimeProvider = _time });

    private Task<NapterConnection> ConnectAsync(SoracomCredential credential) => NapterConnection.ConnectAsync(
        new NapterConnectionOptions
        {
            Credential = credential,
            Endpoint = _simulator.ApiEndPoint,
            TrustedRootPath = _simulator.TrustedRootPath,
            Handler = new RecordingHandler(_exchanges),
            Time = _time,
            Environment = _ => null,
            ApiCallsPerSecond = 1000,
        },
        Limit.Token);

    private async Task UsePortMappingsAsync(SoracomClient api)
    {
        var byImsi = DeviceTarget.FromImsi(_simulator.Imsi);
        Assert.Empty(await api.ListAsync(byImsi, Limit.Token));
        var entries = new List<PortMapping>();
        foreach (var request in new[]
        {
            Request(byImsi),
            Request(byImsi) with { SourceRanges = ["192.0.2.0/24", "127.0.0.1/32"], Tls = false },
            Request(DeviceTarget.FromSimId(_simulator.SimId, SimService.Air)),
            Request(DeviceTarget.FromSimId(_simulator.SimId, SimService.Arc)),
        })
        {
            entries.Add(await api.CreateAsync(request, Limit.Token));
        }

        Assert.Equal(4, (await api.ListAsync(null, Limit.Token)).Count);
        Assert.Equal(2, (await api.ListAsync(byImsi, Limit.Token)).Count);
        Assert.Equal(2, (await api.ListAsync(DeviceTarget.FromSimId(_simulator.SimId), Limit.Token)).Count);
        Assert.True(await api.DeleteAsync(entries[0].EndPoint, Limit.Token));
        Assert.False(await api.DeleteAsync(entries[0].EndPoint, Limit.Token));
        await Assert.ThrowsAsync<SoracomApiException>(() => api.CreateAsync(Request(DeviceTarget.FromImsi("999999999999999")), Limit.Token));
    }

    private async Task UseSimsAsync(SoracomClient api)
    {
        Assert.Single(await ListAsync(api.SearchSimsAsync(new SimSearch { Name = "simulated", Online = true }, Limit.Token)));
        Assert.Empty(await ListAsync(api.SearchSimsAsync(new SimSearch { Imsi = "99999", Tag = "no such", Online = false }, Limit.Token)));
        Assert.NotNull(await api.GetSimAsync(_simulator.SimId, Limit.Token));
        Assert.Null(await api.GetSimAsync("8900000000000000000", Limit.Token));
    }

    private async Task UseDownlinkAsync(NapterConnection connection)
    {
        var simId = _simulator.SimId;
        Assert.True((await connection.Ping.SendAsync(simId, Limit.Token)).Answered);
        _simulator.Sims[0].AnswersSsh = command => new SimulatedSshAnswer(3, command.Command, "no");
        using var password = NapterFtp.Soracom.Secrets.ToSecure("any");
        Assert.Equal(
            new ShellResult(3, "ls", "no"),
            await connection.Api.RunOnDeviceAsync(simId, new DownlinkSsh(new RouterLogin("root", password, null, null), 22, "ls"), Limit.Token));
        var captures = connection.Captures;
        var capture = await captures.CreateAsync(simId, TimeSpan.FromMinutes(10), Limit.Token);
        Assert.True((await captures.GetAsync(simId, capture.Id, Limit.Token)).IsCapturing);
        Assert.Equal("DONE", (await captures.StopAsync(simId, capture.Id, Limit.Token)).Status);
        Assert.Equal(capture.Id, Assert.Single(await captures.ListAsync(simId, Limit.Token)).Id);
        await captures.DeleteAsync(simId, capture.Id, Limit.Token);
        await captures.DeleteAsync(simId, capture.Id, Limit.Token);
        await Assert.ThrowsAsync<SoracomApiException>(() => captures.StopAsync(simId, capture.Id, Limit.Token));
    }

    private async Task ReadAuditLogAsync(SoracomClient api)
    {
        var now = _time.GetUtcNow();
        var query = new AuditLogQuery { Imsi = _simulator.Imsi, After = now.AddHours(-1), Before = now.AddHours(1), First = 3 };
        Assert.Equal(3, (await ListAsync(api.GetAuditLogAsync(query, Limit.Token))).Count);
        Assert.Equal(5, (await ListAsync(api.GetAuditLogAsync(new AuditLogQuery(), Limit.Token))).Count);
    }

    private async Task AssertKeptAsync(params string[] operations)
    {
        var problems = new List<string>();
        foreach (var exchange in _exchanges)
        {
            problems.AddRange(await _contract.CheckAsync(exchange));
        }

        Assert.Empty(problems);
        var used = _exchanges.Select(exchange => _contract.Find(exchange.Method, exchange.PathAndQuery.Split('?')[0])!.Id);
        Assert.Empty(operations.Except(used));
    }

    private static PortMappingRequest Request(DeviceTarget device) => new(device, 21, TimeSpan.FromMinutes(10), []);

    private static async Task<List<T>> ListAsync<T>(IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (var item in items)
        {
            list.Add(item);
        }

        return list;
    }

    private static SecureString Secure(string text)
    {
        var secure = new SecureString();
        foreach (var c in text)
        {
            secure.AppendChar(c);
        }

        return secure;
    }
}
