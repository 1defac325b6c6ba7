using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Soracom;

public sealed class SignInPlanTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("napterftp-plan-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("key,account,profile,default", "keyId-env")]
    [InlineData("account,profile,default", "env@example.com")]
    [InlineData("profile,default", "named@example.com")]
    [InlineData("default", "default@example.com")]
    public async Task The_environment_is_looked_through_in_its_order(string there, string chosen)
    {
        var environment = MakeEnvironment(there.Split(','));

        using var plan = SignInPlan.Make(new NapterConnectionOptions { Environment = environment }).Source;
        using var form = await plan.PrepareAsync(TestContext.Current.CancellationToken);

        Assert.Equal(chosen, form.AuthKeyId ?? form.Email);
    }

    [Fact]
    public void With_no_credentials_anywhere_the_error_says_where_they_may_be()
    {
        var error = Assert.Throws<NapterFtpException>(() =>
            SignInPlan.Make(new NapterConnectionOptions { Environment = MakeEnvironment([]) }));

        Assert.Equal("CredentialsMissing", error.ErrorId);
        Assert.Contains("SORACOM_AUTH_KEY_ID", error.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SORACOM_AUTH_KEY_ID", "SORACOM_AUTH_KEY")]
    [InlineData("SORACOM_PASSWORD", "SORACOM_EMAIL")]
    public void Half_a_pair_of_variables_is_an_error_that_names_the_other_half(string set, string missing)
    {
        var error = Assert.Throws<NapterFtpException>(() => SignInPlan.Make(new NapterConnectionOptions
        {
            Environment = name => name == set ? "planted-secret" : null,
        }));

        Assert.Equal("EnvironmentIncomplete", error.ErrorId);
        Assert.Contains($"{set} is set, but {missing} is not", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null, null, null, "https://api.soracom.io/", SoracomCoverage.Japan)]
    [InlineData(null, null, null, "g", "https://g.api.soracom.io/", SoracomCoverage.Global)]
    [InlineData(null, SoracomCoverage.Japan, null, "g", "https://api.soracom.io/", SoracomCoverage.Japan)]
    [InlineData(null, SoracomCoverage.Global, "http://127.0.0.1:8080", null, "http://127.0.0.1:8080/", SoracomCoverage.Global)]
    [InlineData("https://a.example.com/v1/", null, "http://127.0.0.1:8080", "jp", "https://a.example.com/", SoracomCoverage.Japan)]
    public void The_end_point_is_chosen_in_soracom_clis_order(
        string? given, SoracomCoverage? coverage, string? endPointVariable, string? coverageVariable, string endPoint, SoracomCoverage chosen)
    {
        var plan = SignInPlan.Make(new NapterConnectionOptions
        {
            Credential = new SoracomCredential.AuthKey("keyId-1", SoracomFixture.Secure("x")),
            Endpoint = given is null ? null : new Uri(given),
            Coverage = coverage,
            Environment = name => name switch
            {
                "SORACOM_ENDPOINT" => endPointVariable,
                "SORACOM_COVERAGE_TYPE" => coverageVariable,
                _ => null,
            },
        });

        Assert.Equal(endPoint, plan.EndPoint.ToString());
        Assert.Equal(chosen, plan.Coverage);
        plan.Source.Dispose();
    }

    [Theory]
    [InlineData("http://api.soracom.io", "EndpointNotSecure")]
    [InlineData("http://192.0.2.1:8080", "EndpointNotSecure")]
    [InlineData("http://127.0.0.1.example.com", "EndpointNotSecure")]
    [InlineData("ftp://api.soracom.io", "EndpointInvalid")]
    [InlineData("https://user:planted-secret@api.soracom.io", "EndpointInvalid")]
    [InlineData("https://api.soracom.io?x=1", "EndpointInvalid")]
    [InlineData("api.soracom.io", "EndpointInvalid")]
    public void An_end_point_that_would_give_secrets_away_or_is_none_is_refused(string endPoint, string errorId)
    {
        var error = Assert.Throws<NapterFtpException>(() => ApiEndPoint.Parse(endPoint, "-Endpoint"));

        Assert.Equal(errorId, error.ErrorId);
        Assert.DoesNotContain("planted", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080")]
    [InlineData("http://127.9.9.9")]
    [InlineData("http://[::1]:8080")]
    [InlineData("http://localhost:8080/")]
    public void Plain_http_to_this_machine_is_allowed(string endPoint)
    {
        Assert.Equal(Uri.UriSchemeHttp, ApiEndPoint.Parse(endPoint, "-Endpoint").Scheme);
    }

    private Func<string, string?> MakeEnvironment(string[] there)
    {
        foreach (var name in new[] { "default", "named" })
        {
            if (there.Contains("default"))
            {
                var path = Path.Combine(_directory, name + ".json");
                File.WriteAllText(path, $$"""{"email":"{{name}}@example.com","password":"x"}""");
                if (!OperatingSystem.IsWindows())
                {
                    File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                }
            }
        }

        return name => name switch
        {
            "SORACOM_PROFILE_DIR" => _directory,
            "SORACOM_AUTH_KEY_ID" when there.Contains("key") => "keyId-env",
            "SORACOM_AUTH_KEY" when there.Contains("key") => "x",
            "SORACOM_EMAIL" when there.Contains("account") => "env@example.com",
            "SORACOM_PASSWORD" when there.Contains("account") => "x",
            "SORACOM_PROFILE" when there.Contains("profile") => "named",
            _ => null,
        };
    }
}
