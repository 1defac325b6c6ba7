using System.Net;
using System.Text.Json;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Soracom;

public sealed class SecretTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_secret_reaches_a_log_line_or_an_error_even_where_the_answer_repeats_it()
    {
        await using var fixture = new SoracomFixture();
        var errors = new List<Exception>();
        fixture.Api.On("POST", "/v1/auth", request => Echo(HttpStatusCode.Unauthorized, request));
        errors.Add(await Assert.ThrowsAsync<SoracomApiException>(() => fixture.ConnectAsync(fixture.Options with { MfaCode = "planted-code" })));

        fixture.Api.On("POST", "/v1/auth", _ => FakeSoracom.Json(HttpStatusCode.OK, fixture.Api.NewToken()));
        var connection = await fixture.ConnectAsync();
        foreach (var status in new[] { HttpStatusCode.BadRequest, HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized, HttpStatusCode.OK })
        {
            fixture.Api.On("POST", "/v1/port_mappings", request => Echo(status, request));
            errors.Add(await Assert.ThrowsAsync<SoracomApiException>(() => connection.Api.CreateAsync(
                new PortMappingRequest(DeviceTarget.FromImsi("001010000000001"), 21, TimeSpan.FromHours(1), []), Cancellation)));
        }

        await connection.DisconnectAsync();

        Assert.NotEmpty(fixture.Log.Lines);
        Assert.All(fixture.Log.Lines, AssertClean);
        Assert.All(errors, error => AssertClean(error + ((NapterFtpException)error).Advice + ((NapterFtpException)error).Target));
        AssertClean(connection.ToString());
        AssertClean((fixture.Options with { MfaCode = "planted-code" }).ToString());
    }

    [Theory]
    [InlineData(390, "{\"code\":\"X\",\"message\":\"%\"}")]
    [InlineData(395, "%")]
    [InlineData(398, "{\"message\":\"%")]
    [InlineData(399, "<html><title>%</title>")]
    public async Task A_secret_at_the_place_where_a_long_message_is_cut_leaves_no_part_of_itself(int at, string body)
    {
        await using var fixture = new SoracomFixture();
        var connection = await fixture.ConnectAsync();
        var token = fixture.Api.Requests.Count == 1 ? "planted-token-1" : throw new InvalidOperationException();
        fixture.Api.On("POST", "/v1/port_mappings", _ => new HttpResponseMessage(HttpStatusCode.BadRequest)
        {
            Content = new StringContent(body.Replace("%", new string('x', at) + token + new string('y', 100), StringComparison.Ordinal)),
        });

        var error = await Assert.ThrowsAsync<SoracomApiException>(() => connection.Api.CreateAsync(
            new PortMappingRequest(DeviceTarget.FromImsi("001010000000001"), 21, TimeSpan.FromHours(1), []), Cancellation));

        Assert.Contains(new string('x', at), error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("xp", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_buffer_is_zeroed_when_it_grows_and_when_it_ends()
    {
        ReadOnlyMemory<byte> first;
        ReadOnlyMemory<byte> second;
        using (var buffer = new SecretBuffer())
        {
            buffer.GetSpan(1000).Fill(1);
            buffer.Advance(1000);
            first = buffer.Written;
            buffer.GetSpan(5000).Fill(1);
            buffer.Advance(5000);
            second = buffer.Written;
            Assert.Equal(-1, first.Span.IndexOfAnyExcept((byte)0));
            Assert.Equal(-1, second.Span.IndexOfAnyExcept((byte)1));
        }

        Assert.Equal(-1, second.Span.IndexOfAnyExcept((byte)0));
    }

    [Theory]
    [InlineData("a secret is secret", "secret", "a *** is ***")]
    [InlineData("a*b", "*", "a***b")]
    [InlineData("nothing", "", "nothing")]
    public void A_secret_is_taken_out_of_a_text(string text, string secret, string clean)
    {
        Assert.Equal(clean, Secrets.Redact(text, secret.AsSpan()));
    }

    private static HttpResponseMessage Echo(HttpStatusCode status, FakeRequest request) => FakeSoracom.Json(
        status,
        JsonSerializer.Serialize(new
        {
            code = request.Token ?? "X",
            message = $"you sent {request.Body} with {string.Join(",", request.Headers.Values)}; {(request.Token is null ? SoracomFixture.Password : "")}",
        }));

    private static void AssertClean(string? text) => Assert.DoesNotContain("planted", text ?? "", StringComparison.OrdinalIgnoreCase);
}
