using System.Net;
using System.Text;

namespace NapterFtp.Simulator.Tests;

public sealed class DownlinkCallTests : SimulatorFixture
{
    private string Ping => $"/v1/sims/{Simulator.SimId}/downlink/ping";

    private string Captures => $"/v1/sims/{Simulator.SimId}/packet_capture_sessions";

    [Fact]
    public async Task A_device_that_is_online_answers_pings_after_their_round_trips()
    {
        await StartAsync(new() { Sims = Sims, TimeProvider = Time, RoundTrip = TimeSpan.FromMilliseconds(40) });
        var started = System.Diagnostics.Stopwatch.StartNew();

        using var response = await User.PostAsync(Ping, new { numberOfPingRequests = 3, timeoutSeconds = 1 });

        var answer = await SimulatorUser.ReadAsync(response, HttpStatusCode.OK);
        Assert.True(started.Elapsed >= TimeSpan.FromMilliseconds(110));
        Assert.True(answer.GetProperty("success").GetBoolean());
        Assert.Equal("40 ms", answer.GetProperty("rtt").GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_device_that_does_not_answer_is_waited_for(bool online)
    {
        await StartAsync();
        Simulator.Sims[0].Online = online;
        Simulator.Sims[0].AnswersPing = !online;
        var ping = User.PostAsync(Ping, new { numberOfPingRequests = 5, timeoutSeconds = 3 });

        while (!ping.IsCompleted)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        using var response = await ping;
        Assert.False((await SimulatorUser.ReadAsync(response, HttpStatusCode.OK)).GetProperty("success").GetBoolean());
    }

    [Theory]
    [InlineData("{\"numberOfPingRequests\":6}")]
    [InlineData("{\"timeoutSeconds\":0}")]
    public async Task More_pings_than_SORACOM_sends_are_refused(string body)
    {
        await StartAsync();
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await User.PostAsync(Ping, content);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task A_capture_has_what_passed_while_it_ran_and_is_there_when_it_has_been_worked_on()
    {
        await StartAsync(new() { TimeProvider = Time, PacketCaptureStartsAfter = TimeSpan.FromSeconds(20), PacketCaptureProcessing = TimeSpan.FromSeconds(10) });
        using var created = await User.PostAsync(Captures, new { duration = 60, prefix = "test" });
        var session = await SimulatorUser.ReadAsync(created, HttpStatusCode.OK);
        var path = $"{Captures}/{session.GetProperty("sessionId").GetString()}";
        Assert.Equal("REQUESTED", session.GetProperty("status").GetString());
        using var early = await User.PostAsync($"{path}/stop", new { });
        Assert.Equal(HttpStatusCode.BadRequest, early.StatusCode);

        Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal("CAPTURING", (await User.GetJsonAsync(path)).GetProperty("status").GetString());
        await using (var tls = await User.ConnectTlsAsync(await User.CreateAsync()))
        {
            var greeting = new byte[200];
            Assert.NotEqual(0, await tls.ReadAsync(greeting, Limit.Token));
            await tls.WriteAsync("PASS planted\r\n"u8.ToArray(), Limit.Token);
            Assert.NotEqual(0, await tls.ReadAsync(greeting, Limit.Token));
        }

        using var stopped = await User.PostAsync($"{path}/stop", new { });
        Assert.Equal("POST_PROCESSING", (await SimulatorUser.ReadAsync(stopped, HttpStatusCode.OK)).GetProperty("status").GetString());
        Time.Advance(TimeSpan.FromSeconds(10));
        var done = await User.GetJsonAsync(path);
        Assert.Equal("DONE", done.GetProperty("status").GetString());
        using var http = new HttpClient();
        var file = await http.GetByteArrayAsync(done.GetProperty("url").GetString(), Limit.Token);
        Assert.Equal([0xd4, 0xc3, 0xb2, 0xa1], file[..4]);
        var text = Encoding.Latin1.GetString(file);
        Assert.Contains("220 ", text, StringComparison.Ordinal);
        Assert.Contains("PASS planted", text, StringComparison.Ordinal);

        Assert.Single((await User.GetJsonAsync(Captures)).EnumerateArray());
        using var deleted = await User.DeleteAsync(path);
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        using var gone = await http.GetAsync(done.GetProperty("url").GetString(), Limit.Token);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task A_session_is_at_least_half_a_minute_long_and_has_a_fault_when_one_is_armed()
    {
        await StartAsync();
        using var refused = await User.PostAsync(Captures, new { duration = 29 });
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Simulator.Faults.Arm(ApiFault.Error(503) with { Operation = ApiOperation.CreateSimPacketCaptureSession });
        using var failed = await User.PostAsync(Captures, new { duration = 30 });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, failed.StatusCode);
        Simulator.Rights = new() { SimIds = [] };
        using var other = await SimulatorUser.SignInAsync(Simulator);
        using var forbidden = await other.PostAsync(Ping, new { });
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
    }
}
