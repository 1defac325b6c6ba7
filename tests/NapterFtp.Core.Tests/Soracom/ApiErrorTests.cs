using System.Net;
using System.Text;
using NapterFtp.Soracom;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Soracom;

public sealed class ApiErrorTests
{
    private static readonly PortMappingRequest Request = new(DeviceTarget.FromImsi("001010000000001"), 21, TimeSpan.FromHours(1), []);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"code":"PMM0001","message":"No such SIM"}""", "PMM0001", "No such SIM")]
    [InlineData("""{"httpStatus":400,"errorMessage":{"code":"AUM0003","message":"Expired"}}""", "AUM0003", "Expired")]
    [InlineData("""{"errorMessage":"Something is wrong"}""", null, "Something is wrong")]
    [InlineData("""{"message":"Forbidden"}""", null, "Forbidden")]
    [InlineData("""{"message":null,"code":17}""", "17", null)]
    [InlineData("""{"code":"PMM0001","message":"No such""", "PMM0001", "No such")]
    [InlineData("""{"errorMessage":{"code":"PM""", null, null)]
    [InlineData("\"just a string\"", null, "just a string")]
    [InlineData("[1,2]", null, null)]
    [InlineData("<html>\n<head><title>502 Bad\n Gateway</title></head><body><h1>nginx</h1></body></html>", null, "502 Bad Gateway")]
    [InlineData("<h1>No title</h1>\u0007<p>here</p>", null, "No title here")]
    [InlineData("upstream connect error", null, "upstream connect error")]
    [InlineData("", null, null)]
    [InlineData(" \r\n ", null, null)]
    public void Code_and_message_are_found_in_a_body_of_any_kind(string body, string? code, string? message)
    {
        Assert.Equal(new ApiErrorBody(code, message), ApiErrorBody.Parse(Encoding.UTF8.GetBytes(body), text => text));
    }

    [Fact]
    public void A_long_message_is_cut()
    {
        Assert.Equal(401, ApiErrorBody.Parse(Encoding.UTF8.GetBytes(new string('x', 100_000)), text => text).Message!.Length);
    }

    [Theory]
    [InlineData(400, "SoracomRequestRefused", NapterFtpErrorKind.InvalidArgument, "online")]
    [InlineData(403, "SoracomPermissionDenied", NapterFtpErrorKind.PermissionDenied, "PortMapping:createPortMapping")]
    [InlineData(404, "DeviceNotFound", NapterFtpErrorKind.NotFound, "-Coverage")]
    [InlineData(302, "SoracomRedirected", NapterFtpErrorKind.Protocol, "-Endpoint")]
    [InlineData(418, "SoracomRequestRefused", NapterFtpErrorKind.InvalidArgument, "values")]
    public async Task A_refusal_tells_what_SORACOM_said_and_what_to_do(int status, string errorId, NapterFtpErrorKind kind, string advice)
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.On("POST", "/v1/port_mappings", _ => FakeSoracom.Json((HttpStatusCode)status, """{"code":"PMM0001","message":"SORACOM's words."}"""));
        var connection = await fixture.ConnectAsync();

        var error = await Assert.ThrowsAsync<SoracomApiException>(() => connection.Api.CreateAsync(Request, Cancellation));

        Assert.Equal(
            $"SORACOM could not open a way to port 21 of device 001010000000001: SORACOM's words (PMM0001, HTTP {status}).",
            error.Message);
        Assert.Equal((errorId, kind), (error.ErrorId, error.Kind));
        Assert.Contains(advice, error.Advice, StringComparison.Ordinal);
        Assert.Equal(("PMM0001", (HttpStatusCode)status), (error.Code, error.StatusCode));
        Assert.Equal(Request.Device, error.Target);
        Assert.False(error.MayHaveTakenEffect);
        // Rights may have changed since the token was issued: with a new one it is asked once more.
        Assert.Equal(status == 403 ? 2 : 1, fixture.Api.To("POST", "/v1/port_mappings").Count);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task A_create_that_a_server_failed_at_may_have_taken_effect_and_is_not_repeated(int status)
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.On("POST", "/v1/port_mappings", _ => FakeSoracom.Json((HttpStatusCode)status, "<html>"));
        var connection = await fixture.ConnectAsync();

        var error = await Assert.ThrowsAsync<SoracomApiException>(() => connection.Api.CreateAsync(Request, Cancellation));

        Assert.Equal("SoracomUnavailable", error.ErrorId);
        Assert.True(error.MayHaveTakenEffect);
        Assert.Single(fixture.Api.To("POST", "/v1/port_mappings"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>Sign in to the hotel's network</html>")]
    [InlineData("{}")]
    [InlineData("""{"ipAddress":"35.75.205.78","port":300""")]
    public async Task A_create_whose_answer_cannot_be_read_may_have_taken_effect(string body)
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.On("POST", "/v1/port_mappings", _ => FakeSoracom.Json(HttpStatusCode.Created, body));
        var connection = await fixture.ConnectAsync();

        var error = await Assert.ThrowsAsync<SoracomApiException>(() => connection.Api.CreateAsync(Request, Cancellation));

        Assert.Equal("SoracomAnswerUnreadable", error.ErrorId);
        Assert.True(error.MayHaveTakenEffect);
        Assert.Single(fixture.Api.To("POST", "/v1/port_mappings"));
    }

    [Fact]
    public async Task A_create_that_was_sent_and_not_answered_may_have_taken_effect()
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.OnAsync("POST", "/v1/port_mappings", NeverAsync);
        var connection = await fixture.ConnectAsync();
        var create = connection.Api.CreateAsync(Request, Cancellation);

        await fixture.Time.PassAsync(wait => wait == TimeSpan.FromSeconds(20));
        var error = await Assert.ThrowsAsync<SoracomApiException>(() => create);

        Assert.Equal(("SoracomTimeout", NapterFtpErrorKind.Timeout), (error.ErrorId, error.Kind));
        Assert.True(error.MayHaveTakenEffect);
        Assert.Single(fixture.Api.To("POST", "/v1/port_mappings"));
    }

    [Fact]
    public async Task Where_a_repetition_used_up_the_callers_time_the_error_names_all_of_it()
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.OnAsync("GET", "/v1/port_mappings", NeverAsync);
        var connection = await fixture.ConnectAsync();
        var list = connection.Api.ListAsync(null, Cancellation);

        await fixture.Time.PassAsync(wait => wait == TimeSpan.FromSeconds(20));
        await fixture.Time.PassAsync(wait => wait < TimeSpan.FromSeconds(1));
        await fixture.Time.PassAsync(wait => wait > TimeSpan.FromSeconds(9) && wait < TimeSpan.FromSeconds(10));
        var error = await Assert.ThrowsAsync<SoracomApiException>(() => list);

        Assert.StartsWith("SORACOM did not answer within 30 s ", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, fixture.Api.To("GET", "/v1/port_mappings").Count);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_still_tells_its_status()
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.On("POST", "/v1/port_mappings", _ => new HttpResponseMessage(HttpStatusCode.Forbidden)
        {
            Content = new StreamContent(new BreakingStream("""{"code":"SEM0001","message":"No perm""")),
        });
        var connection = await fixture.ConnectAsync();

        var error = await Assert.ThrowsAsync<SoracomApiException>(() => connection.Api.CreateAsync(Request, Cancellation));

        Assert.Equal(("SoracomPermissionDenied", "SEM0001"), (error.ErrorId, error.Code));
    }

    [Fact]
    public async Task An_api_that_cannot_be_reached_is_reported_at_once()
    {
        var port = FreePorts.One();
        await using var fixture = new SoracomFixture();

        var error = await Assert.ThrowsAsync<SoracomApiException>(() => fixture.ConnectAsync(fixture.Options with
        {
            Handler = null,
            Endpoint = new Uri($"http://127.0.0.1:{port}"),
        }));

        Assert.Equal(("SoracomUnreachable", NapterFtpErrorKind.Connection), (error.ErrorId, error.Kind));
        Assert.Contains($"127.0.0.1:{port}", error.Message, StringComparison.Ordinal);
        Assert.Contains("refused", error.Message, StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> NeverAsync(FakeRequest request, CancellationToken cancellationToken)
    {
        await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        throw new InvalidOperationException();
    }

    private sealed class BreakingStream(string text) : MemoryStream(Encoding.UTF8.GetBytes(text))
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await base.ReadAsync(buffer, cancellationToken);
            return read > 0 ? read : throw new IOException("Connection reset by peer");
        }
    }
}
