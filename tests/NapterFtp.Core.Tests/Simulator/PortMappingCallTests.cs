using System.Net;
using System.Text;

namespace NapterFtp.Simulator.Tests;

public sealed class PortMappingCallTests : SimulatorFixture
{
    [Fact]
    public async Task An_entry_has_the_times_and_the_duration_it_was_asked_for()
    {
        await StartAsync(new() { TimeProvider = Time });

        var entry = await User.CreateAsync(duration: 600);

        var now = Time.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Equal(now, entry.GetProperty("createdTime").GetInt64());
        Assert.Equal(now + 600_000, entry.GetProperty("expiredTime").GetInt64());
        Assert.Equal(600, entry.GetProperty("duration").GetInt32());
        Assert.Equal(Simulator.Imsi, entry.GetProperty("imsi").GetString());
        Assert.False(entry.TryGetProperty("simId", out _));
        Assert.Equal("IMSI_PRIORITIZED", entry.GetProperty("destination").GetProperty("destinationChoosingStrategy").GetString());
    }

    [Fact]
    public async Task An_entry_by_SIM_ID_names_the_SIM_ID_and_not_the_service()
    {
        await StartAsync();

        using var response = await User.PostAsync(
            $"/v1/port_mappings/sims/{Simulator.SimId}", new { destination = new { port = 21, service = "air" } });
        var entry = await SimulatorUser.ReadAsync(response, HttpStatusCode.Created);

        Assert.Equal(Simulator.SimId, entry.GetProperty("simId").GetString());
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
            await User.CreateAsync();
            using var bySim = await User.PostAsync($"/v1/port_mappings/sims/{Simulator.SimId}", new { destination = new { port = 21 } });
        }

        using var ofImsi = await User.GetAsync($"/v1/port_mappings/subscribers/{Simulator.Imsi}");
        using var ofSim = await User.GetAsync($"/v1/port_mappings/sims/{Simulator.SimId}");

        Assert.Equal([status, status], [(int)ofImsi.StatusCode, (int)ofSim.StatusCode]);
    }

    [Fact]
    public async Task The_same_SIM_and_port_twice_give_two_entries_and_lists_come_in_pages()
    {
        await StartAsync();
        var ports = new List<int>();
        for (var i = 0; i < 5; i++)
        {
            ports.Add((await User.CreateAsync()).GetProperty("port").GetInt32());
        }

        var listed = new List<int>();
        string? key = null;
        var pages = 0;
        do
        {
            using var page = await User.GetAsync($"/v1/port_mappings?limit=2{(key is null ? "" : $"&last_evaluated_key={key}")}");
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
        using var response = await User.PostAsync("/v1/port_mappings", content);

        var error = await SimulatorUser.ReadAsync(response, (HttpStatusCode)status);
        Assert.NotEmpty(error.GetProperty("code").GetString()!);
        Assert.Equal(0, Simulator.Counters.EntriesCreated);
    }

    [Fact]
    public async Task A_SIM_that_is_offline_gets_no_entry_and_one_with_too_many_no_more()
    {
        await StartAsync(new() { MaximumEntriesPerSim = 1 });

        await User.CreateAsync();
        using var second = await User.PostAsync("/v1/port_mappings", Destination());
        Simulator.Sims[0].Online = false;
        using var offline = await User.PostAsync("/v1/port_mappings", Destination());

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
        using var tooShort = await User.GetAsync("/v1/query/sims?name=p");
        Assert.Equal(HttpStatusCode.BadRequest, tooShort.StatusCode);

        async Task<string[]> SearchAsync(string query) => [.. (await User.GetJsonAsync($"/v1/query/sims?{query}"))
            .EnumerateArray().Select(sim => sim.GetProperty("tags").GetProperty("name").GetString()!)];
    }

    [Theory]
    [InlineData(ApiLimitScope.Group)]
    [InlineData(ApiLimitScope.Path)]
    [InlineData(ApiLimitScope.Untold)]
    public async Task Each_answer_tells_what_is_left_of_the_limit_and_calls_beyond_it_wait_for_the_next_minute(ApiLimitScope scope)
    {
        await StartAsync(new() { ApiCallsPerMinute = 2, ApiLimitScope = scope, TimeProvider = Time });

        Assert.Equal((200, scope == ApiLimitScope.Untold ? null : "2 1 60"), await GetAsync("/v1/port_mappings"));
        Time.Advance(TimeSpan.FromSeconds(19.5));
        Assert.Equal((404, scope switch { ApiLimitScope.Group => "2 0 41", ApiLimitScope.Path => "2 1 60", _ => null }), await GetAsync($"/v1/port_mappings/subscribers/{Simulator.Imsi}"));
        Assert.Equal(scope == ApiLimitScope.Path ? (200, "2 0 41") : (429, scope == ApiLimitScope.Untold ? null : "2 0 41"), await GetAsync("/v1/port_mappings"));
        Time.Advance(TimeSpan.FromSeconds(41));
        Assert.Equal((200, scope == ApiLimitScope.Untold ? null : "2 1 60"), await GetAsync("/v1/port_mappings"));

        async Task<(int, string?)> GetAsync(string path)
        {
            using var answer = await User.GetAsync(path);
            string[] names = ["Limit", "Remaining", "Seconds-Before-Refresh"];
            return ((int)answer.StatusCode, answer.Headers.Contains("X-Soracom-Ratelimit-Limit")
                ? string.Join(' ', names.Select(name => answer.Headers.GetValues("X-Soracom-Ratelimit-" + name).Single()))
                : null);
        }
    }

    [Fact]
    public async Task Calls_are_counted_by_operation_and_by_second()
    {
        await StartAsync(new() { TimeProvider = Time });
        Time.Advance(TimeSpan.FromSeconds(2));
        for (var i = 0; i < 3; i++)
        {
            await User.GetJsonAsync("/v1/port_mappings");
        }

        Time.Advance(TimeSpan.FromSeconds(1));
        await User.DeleteAsync(await User.CreateAsync());

        Assert.Equal(3, Simulator.Counters.ApiCalls[nameof(ApiOperation.ListPortMappings)]);
        Assert.Equal(1, Simulator.Counters.ApiCalls[nameof(ApiOperation.DeletePortMapping)]);
        Assert.Equal(6, Simulator.Counters.TotalApiCalls);
        Assert.Equal(3, Simulator.Counters.PeakApiCallsPerSecond);
        Assert.Equal([1L, 1L, 0L], [Simulator.Counters.EntriesCreated, Simulator.Counters.EntriesDeleted, Simulator.Counters.LiveEntries]);
    }

    private object Destination() => new { destination = new { imsi = Simulator.Imsi, port = 21 } };

    private static SimulatedSimOptions Sim(int number, string name, bool online, string tag) => new()
    {
        Imsi = $"00101000000000{number}",
        SimId = $"898110000000000000{number}",
        Name = name,
        Online = online,
        Tags = new Dictionary<string, string> { ["site"] = tag },
    };
}
