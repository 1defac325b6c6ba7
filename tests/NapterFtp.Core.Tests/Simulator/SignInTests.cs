using System.Net;
using System.Text.Json;

namespace NapterFtp.Simulator.Tests;

public sealed class SignInTests : SimulatorFixture
{
    [Fact]
    public async Task Every_form_of_signing_in_gives_a_key_and_a_token_with_the_operator_in_it()
    {
        var account = new SimulatedAccount();
        await StartAsync(new() { Account = account, TimeProvider = Time });

        foreach (var (body, userName) in new (object, string?)[]
        {
            (new { authKeyId = account.AuthKeyId, authKey = account.AuthKey }, null),
            (new { email = account.Email, password = account.Password, tokenTimeoutSeconds = 172800 }, null),
            (new { operatorId = account.OperatorId, userName = account.SamUserName, password = account.SamUserPassword }, account.SamUserName),
        })
        {
            using var response = await User.PostAsync("/v1/auth", body);
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
            using var response = await User.PostAsync("/v1/auth", body);
            var error = await SimulatorUser.ReadAsync(response, HttpStatusCode.Unauthorized);
            Assert.StartsWith("AUM", error.GetProperty("code").GetString());
            Assert.NotEmpty(error.GetProperty("message").GetString()!);
        }

        using var right = await User.PostAsync("/v1/auth", new { email = account.Email, password = account.Password, mfaOTPCode = "123456" });
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
    }

    [Fact]
    public async Task A_token_ends_with_its_time_and_can_be_renewed_only_before()
    {
        await StartAsync(new() { TimeProvider = Time });
        var path = $"/v1/operators/{Simulator.OperatorId}/token";

        using var renewed = await User.PostAsync(path, new { tokenTimeoutSeconds = 180 });
        Assert.NotEmpty((await SimulatorUser.ReadAsync(renewed, HttpStatusCode.OK)).GetProperty("token").GetString()!);
        Time.Advance(TimeSpan.FromHours(24));
        using var list = await User.GetAsync("/v1/port_mappings");
        using var late = await User.PostAsync(path, new { tokenTimeoutSeconds = 180 });

        Assert.Equal(HttpStatusCode.Unauthorized, list.StatusCode);
        var error = await SimulatorUser.ReadAsync(late, HttpStatusCode.BadRequest);
        Assert.NotEmpty(error.GetProperty("errorMessage").GetProperty("code").GetString()!);
    }

    [Fact]
    public async Task Signing_out_ends_the_token()
    {
        await StartAsync();
        using var response = await User.PostAsync("/v1/auth/logout", new { });
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        using var list = await User.GetAsync("/v1/port_mappings");
        Assert.Equal(HttpStatusCode.Unauthorized, list.StatusCode);
    }

    [Fact]
    public async Task No_secret_shows_in_what_the_simulator_says_of_itself()
    {
        await StartAsync();
        foreach (var text in new[] { Simulator.ToString(), new SimulatedAccount().ToString(), Simulator.Sims[0].ToString() })
        {
            Assert.DoesNotContain(Simulator.AuthKey, text);
            Assert.DoesNotContain(Simulator.Password, text);
        }
    }
}
