using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;

namespace NapterFtp.Simulator.Tests;

public sealed class ApiTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private NapterSimulator _simulator = null!;
    private SimulatorUser _user = null!;

    public async ValueTask DisposeAsync()
    {
        _user.Dispose();
        await _simulator.DisposeAsync();
    }

    [Fact]
    public async Task Every_form_of_signing_in_gives_a_key_and_a_token_with_the_operator_in_it()
    {
        var account = new SimulatedAccount();
        await StartAsync(new() { Account = account, TimeProvider = _time });

        foreach (var (body, userName) in new (object, string?)[]
        {
            (new { authKeyId = account.AuthKeyId, authKey = account.AuthKey }, null),
            (new { email = account.Email, password = account.Password, tokenTimeoutSeconds = 172800 }, null),
            (new { operatorId = account.OperatorId, userName = account.SamUserName, password = account.SamUserPassword }, account.SamUserName),
        })
        {
            using var response = await _user.PostAsync("/v1/auth", body);
            var answer = await SimulatorUser.ReadAsync(response, HttpStatusCode.OK);
            var payload = answer.GetProperty("token").GetString()!.Split('.')[1].Replace('-', '+').Replace('_', '/');
            var token = JsonDocument.Parse(Convert.FromBase64String(payload.PadRight((payload.Length + 3) / 4 * 4, '='))).RootElement;
            Assert.Equal(account.OperatorId, token.GetProperty("operator").GetProperty("operatorId").GetString());
            Assert.Equal(userName, answer.TryGetProperty("userName", out var name) ? name.GetString() : null);
        }
    }

    [Fact]
    public async Task Wrong_secrets_and_a_missing_or_wrong_code_are_401_with_a_code_and_a_message()
    {
        var account = new SimulatedAccount { MfaCode = "123456" };
        await StartAsync(new() { Account = account });

        foreach (var body in new object[]
        {
            new { authKeyId = account.AuthKeyId, authKey = "wrong" },
            new { email = account.Email, password = account.Password },
            new { email = account.Email, password = account.Password, mfaOTPCode = "654321" },
            new { operatorId = account.OperatorId, userName = account.SamUserName, password = "wrong", mfaOTPCode = "123456" },
        })
        {
            using var response = await _user.PostAsync("/v1/auth", body);
            var error = await SimulatorUser.ReadAsync(response, HttpStatusCode.Unauthorized);
            Assert.StartsWith("AUM", error.GetProperty("code").GetString());
            Assert.NotEmpty(error.GetProperty("message").GetString()!);
        }

        using var right = await _user.PostAsync("/v1/auth", new { email = account.Email, password = account.Password, mfaOTPCode = "123456" });
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
    }

    [Fact]
    public async Task A_token_ends_with_its_time_and_can_be_renewed_only_before()
    {
        await StartAsync(new() { TimeProvider = _time });
        var path = $"/v1/operators/{_simulator.OperatorId}/token";

        using var renewed = await _user.PostAsync(path, new { tokenTimeoutSeconds = 180 });
        Assert.NotEmpty((await SimulatorUser.ReadAsync(renewed, HttpStatusCode.OK)).GetProperty("token").GetString()!);
        _time.Advance(TimeSpan.FromHours(24));
        using var list = await _user.GetAsync("/v1/port_mappings");
        using var late = await _user.PostAsync(path, new { tokenTimeoutSeconds = 180 });

        Assert.Equal(HttpStatusCode.Unauthorized, list.StatusCode);
        var error = await SimulatorUser.ReadAsync(late, HttpStatusCode.BadRequest);
        Assert.NotEmpty(error.GetProperty("errorMessage").GetProperty("code").GetString()!);
    }

    [Fact]
    public async Task Signing_out_ends_the_token()
    {
        await StartAsync();
        using var response = await _user.PostAsync("/v1/auth/logout", new { });
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        using var list = await _user.GetAsync("/v1/port_mappings");
        Assert.Equal(HttpStatusCode.Unauthorized, list.StatusCode);
    }

    [Fact]
    public async Task An_entry_has_the_times_and_the_duration_it_was_asked_for()
    {
        await StartAsync(new() { TimeProvider = _time });

        var entry = await _user.CreateAsync(duration: 600);

        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Equal(now, entry.GetProperty("createdTime").GetInt64());
        Assert.Equal(now + 600_000, entry.GetProperty("expiredTime").GetInt64());
        Assert.Equal(600, entry.GetProperty("duration").GetInt32());
        Assert.Equal(_simulator.Imsi, entry.GetProperty("imsi").GetString());
        Assert.False(entry.TryGetProperty("simId", out _));
        Assert.Equal("IMSI_PRIORITIZED", entry.GetProperty("destination").GetProperty("destinationChoosingStrategy").GetString());
    }

    [Fact]
    public async Task An_entry_by_SIM_ID_names_the_SIM_ID_and_not_the_service()
    {
        await StartAsync();

        using var response = await _user.PostAsync(
            $"/v1/port_mappings/sims/{_simulator.SimId}", new { destination = new { port = 21, service = "air" } });
        var entry = await SimulatorUser.ReadAsync(response, HttpStatusCode.Created);

        Assert.Equal(_simulator.SimId, entry.GetProperty("simId").GetString());
        Assert.False(entry.TryGetProperty("imsi", out _));
        Assert.False(entry.GetProperty("destination").TryGetProperty("service", out _));
        Assert.Equal("AIR_PRIORITIZED", entry.GetProperty("destination").GetProperty("destinationChoosingStrategy").GetString());
        Assert.Equal(1800, entry.GetProperty("duration").GetInt32());
        Assert.False(entry.GetProperty("tlsRequired").GetBoolean());
    }

    [Theory]
    [InlineData(0, 404)]
    [InlineData(1, 200)]
    public async Task The_lists_of_one_target_are_404_where_there_is_nothing(int entries, int status)
    {
        await StartAsync();
        for (var i = 0; i < entries; i++)
        {
            await _user.CreateAsync();
            using var bySim = await _user.PostAsync($"/v1/port_mappings/sims/{_simulator.SimId}", new { destination = new { port = 21 } });
        }

        using var ofImsi = await _user.GetAsync($"/v1/port_mappings/subscribers/{_simulator.Imsi}");
        using var ofSim = await _user.GetAsync($"/v1/port_mappings/sims/{_simulator.SimId}");

        Assert.Equal([status, status], [(int)ofImsi.StatusCode, (int)ofSim.StatusCode]);
    }

    [Fact]
    public async Task The_same_SIM_and_port_twice_give_two_entries_and_lists_come_in_pages()
    {
        await StartAsync();
        var ports = new List<int>();
        for (var i = 0; i < 5; i++)
        {
            ports.Add((await _user.CreateAsync()).GetProperty("port").GetInt32());
        }

        var listed = new List<int>();
        string? key = null;
        var pages = 0;
        do
        {
            using var page = await _user.GetAsync($"/v1/port_mappings?limit=2{(key is null ? "" : $"&last_evaluated_key={key}")}");
            listed.AddRange((await SimulatorUser.ReadAsync(page, HttpStatusCode.OK)).EnumerateArray().Select(e => e.GetProperty("port").GetInt32()));
            key = page.Headers.TryGetValues("x-soracom-next-key", out var keys) ? keys.Single() : null;
            pages++;
        }
        while (key is not null);

        Assert.Equal(5, ports.Distinct().Count());
        Assert.Equal(ports, listed);
        Assert.Equal(3, pages);
    }

    [Theory]
    [InlineData("""{}""", 400)]
    [InlineData("""{"destination":{"port":21}}""", 400)]
    [InlineData("""{"destination":{"imsi":"001010000000001","port":0}}""", 400)]
    [InlineData("""{"destination":{"imsi":"001010000000001","port":"21"}}""", 400)]
    [InlineData("""{"destination":{"imsi":"001010000000001","port":21},"duration":28801}""", 400)]
    [InlineData("""{"destination":{"imsi":"001010000000001","port":21},"source":{"ipRanges":["everywhere"]}}""", 400)]
    [InlineData("""{"destination":{"imsi":"999999999999999","port":21}}""", 404)]
    [InlineData("""not JSON""", 400)]
    public async Task What_cannot_be_made_is_an_error_with_a_code(string body, int status)
    {
        await StartAsync();

        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _user.PostAsync("/v1/port_mappings", content);

        var error = await SimulatorUser.ReadAsync(response, (HttpStatusCode)status);
        Assert.NotEmpty(error.GetProperty("code").GetString()!);
        Assert.Equal(0, _simulator.Counters.EntriesCreated);
    }

    [Fact]
    public async Task A_SIM_that_is_offline_gets_no_entry_and_one_with_too_many_no_more()
    {
        await StartAsync(new() { MaximumEntriesPerSim = 1 });

        await _user.CreateAsync();
        using var second = await _user.PostAsync("/v1/port_mappings", Destination());
        _simulator.Sims[0].Online = false;
        using var offline = await _user.PostAsync("/v1/port_mappings", Destination());

        Assert.Equal([HttpStatusCode.BadRequest, HttpStatusCode.BadRequest], [second.StatusCode, offline.StatusCode]);
    }

    [Fact]
    public async Task SIMs_are_found_by_parts_of_their_names_by_tags_and_by_session()
    {
        await StartAsync(new()
        {
            Sims =
            [
                Sim(1, "Pump north", online: true, tag: "tokyo"),
                Sim(2, "Pump south", online: false, tag: "osaka"),
                Sim(3, "Mixer", online: true, tag: "osaka"),
            ],
        });

        Assert.Equal(["Pump north", "Pump south"], await SearchAsync("name=pump"));
        Assert.Equal(["Pump north"], await SearchAsync("name=pump&session_status=ONLINE"));
        Assert.Equal(["Pump south"], await SearchAsync("name=pump&tag=osaka"));
        Assert.Equal(["Pump north", "Pump south", "Mixer"], await SearchAsync("name=pump&tag=osaka&search_type=or"));
        Assert.Equal(["Pump north", "Pump south"], await SearchAsync("limit=2"));
        Assert.Equal(["Mixer"], await SearchAsync("imsi=0000003"));
        using var tooShort = await _user.GetAsync("/v1/query/sims?name=p");
        Assert.Equal(HttpStatusCode.BadRequest, tooShort.StatusCode);

        async Task<string[]> SearchAsync(string query) => [.. (await _user.GetJsonAsync($"/v1/query/sims?{query}"))
            .EnumerateArray().Select(sim => sim.GetProperty("tags").GetProperty("name").GetString()!)];
    }

    [Fact]
    public async Task Calls_beyond_the_limit_wait_for_the_next_minute()
    {
        await StartAsync(new() { ApiCallsPerMinute = 2, TimeProvider = _time });

        await _user.GetJsonAsync("/v1/port_mappings");
        using var third = await _user.GetAsync("/v1/port_mappings");
        _time.Advance(TimeSpan.FromMinutes(1));
        await _user.GetJsonAsync("/v1/port_mappings");

        Assert.Equal(HttpStatusCode.TooManyRequests, third.StatusCode);
        Assert.Equal("60", third.Headers.GetValues("X-Soracom-Ratelimit-Seconds-Before-Refresh").Single());
    }

    [Fact]
    public async Task Calls_are_counted_by_operation_and_by_second()
    {
        await StartAsync(new() { TimeProvider = _time });
        _time.Advance(TimeSpan.FromSeconds(2));
        for (var i = 0; i < 3; i++)
        {
            await _user.GetJsonAsync("/v1/port_mappings");
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        await _user.DeleteAsync(await _user.CreateAsync());

        Assert.Equal(3, _simulator.Counters.ApiCalls[ApiOperation.ListPortMappings]);
        Assert.Equal(1, _simulator.Counters.ApiCalls[ApiOperation.DeletePortMapping]);
        Assert.Equal(6, _simulator.Counters.TotalApiCalls);
        Assert.Equal(3, _simulator.Counters.PeakApiCallsPerSecond);
        Assert.Equal([1L, 1L, 0L], [_simulator.Counters.EntriesCreated, _simulator.Counters.EntriesDeleted, _simulator.Counters.LiveEntries]);
    }

    [Fact]
    public async Task No_secret_shows_in_what_the_simulator_says_of_itself()
    {
        await StartAsync();
        foreach (var text in new[] { _simulator.ToString(), new SimulatedAccount().ToString(), _simulator.Sims[0].ToString() })
        {
            Assert.DoesNotContain(_simulator.AuthKey, text);
            Assert.DoesNotContain(_simulator.Password, text);
        }
    }

    private async Task StartAsync(SimulatorOptions? options = null)
    {
        _simulator = await NapterSimulator.StartAsync(options);
        _user = await SimulatorUser.SignInAsync(_simulator);
    }

    private object Destination() => new { destination = new { imsi = _simulator.Imsi, port = 21 } };

    private static SimulatedSimOptions Sim(int number, string name, bool online, string tag) => new()
    {
        Imsi = $"00101000000000{number}",
        SimId = $"898110000000000000{number}",
        Name = name,
        Online = online,
        Tags = new Dictionary<string, string> { ["site"] = tag },
    };
}
