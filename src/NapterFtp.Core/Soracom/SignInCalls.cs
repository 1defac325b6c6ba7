using System.Text.Json;

namespace NapterFtp.Soracom;

/// <summary>The calls that get, renew and end a token.</summary>
internal sealed class SignInCalls(ApiChannel channel, SignInSource source, TimeProvider time)
{
    private static readonly TimeSpan SignOutPatience = TimeSpan.FromSeconds(5);

    /// <summary><c>POST /auth</c>, and <c>POST /auth/switch_user</c> where the profile has a source profile.</summary>
    public async Task<ApiToken> SignInAsync(CancellationToken cancellationToken)
    {
        using var form = await source.PrepareAsync(cancellationToken);
        if (form.SwitchFrom is null)
        {
            return await SendFormAsync(new ApiCall("Auth", "auth", HttpMethod.Post, "/auth") { Purpose = "sign in" }, form, null, cancellationToken);
        }

        var first = await SendFormAsync(
            new ApiCall("Auth", "auth", HttpMethod.Post, "/auth") { Purpose = "sign in as the source profile's user" },
            form.SwitchFrom,
            null,
            cancellationToken);
        // The first token is left to end by itself: whether the second would outlive its revocation is not documented.
        return await SendFormAsync(
            new ApiCall("Auth", "switchUser", HttpMethod.Post, "/auth/switch_user")
            {
                Purpose = $"switch to user {form.UserName} of operator {form.OperatorId}",
                Target = form.UserName,
            },
            form,
            first,
            cancellationToken);
    }

    /// <summary><c>POST /operators/{operator_id}/token</c>.</summary>
    public async Task<ApiToken> RefreshAsync(ApiToken token, CancellationToken cancellationToken)
    {
        var call = new ApiCall("Operator", "generateAuthToken", HttpMethod.Post, $"/operators/{Uri.EscapeDataString(token.OperatorId!)}/token")
        {
            Purpose = "renew the token",
            Body = writer => writer.WriteNumber("tokenTimeoutSeconds", (int)token.Lifetime.TotalSeconds),
        };
        var asked = time.GetUtcNow();
        return await channel.SendAsync(
            call,
            token,
            answer => answer.Read(root => root.Text("token") is { Length: > 0 } renewed
                ? Make(token.ApiKey, renewed, token.OperatorId, token.UserName, token.Lifetime, asked)
                : null),
            cancellationToken);
    }

    /// <summary><c>POST /auth/logout</c>; a token that SORACOM no longer knows is as good as signed out. Never throws.</summary>
    public async Task SignOutAsync(ApiToken token, CancellationToken cancellationToken)
    {
        var call = new ApiCall("Auth", "logout", HttpMethod.Post, "/auth/logout") { Purpose = "sign out", Patience = SignOutPatience };
        try
        {
            await channel.SendAsync(call, token, answer => answer.Status, cancellationToken);
        }
        catch (Exception e) when (e is NapterFtpException or OperationCanceledException)
        {
            // The token ends by itself; the failed call is in the log.
        }
    }

    private async Task<ApiToken> SendFormAsync(ApiCall call, SignInForm form, ApiToken? token, CancellationToken cancellationToken)
    {
        call = call with { Body = form.Write, Redact = form.Redact, IsSignIn = true };
        var asked = time.GetUtcNow();
        return await channel.SendAsync(
            call,
            token,
            answer => answer.Read(root => root.Text("apiKey") is { Length: > 0 } key && root.Text("token") is { Length: > 0 } value
                ? Make(key, value, root.Text("operatorId"), root.Text("userName"), form.TokenLifetime, asked)
                : null),
            cancellationToken);
    }

    private static ApiToken Make(string key, string token, string? operatorId, string? userName, TimeSpan asked, DateTimeOffset askedAt)
    {
        var claims = ApiToken.ReadClaims(token);
        var lifetime = claims.Lifetime is { } told && told < asked ? told : asked;
        return new ApiToken
        {
            ApiKey = key,
            Token = token,
            OperatorId = string.IsNullOrEmpty(operatorId) ? claims.OperatorId : operatorId,
            UserName = string.IsNullOrEmpty(userName) ? null : userName,
            Lifetime = lifetime,
            ExpiresAt = askedAt + lifetime,
        };
    }
}

/// <summary>What a sign-in gives: the key and token that every other call carries.</summary>
internal sealed class ApiToken
{
    /// <summary>The value of <c>X-Soracom-API-Key</c>.</summary>
    public required string ApiKey { get; init; }

    /// <summary>The value of <c>X-Soracom-Token</c>, a JWT.</summary>
    public required string Token { get; init; }

    public string? OperatorId { get; init; }

    /// <summary>The SAM user's name; null for the root account.</summary>
    public string? UserName { get; init; }

    /// <summary>How long it was asked to live.</summary>
    public required TimeSpan Lifetime { get; init; }

    /// <summary>When it ends, by our own clock.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When a new one is asked for: a tenth of its life ahead of its end, between half a minute and ten minutes; of one that lives
    /// for less than a minute, which would else be renewed without a pause, half of its life.</summary>
    public DateTimeOffset RefreshAt =>
        ExpiresAt - TimeSpan.FromSeconds(Math.Min(Math.Clamp(Lifetime.TotalSeconds / 10, 30, 600), Lifetime.TotalSeconds / 2));

    /// <summary>Takes it out of a text.</summary>
    public string Redact(string text) => Secrets.Redact(Secrets.Redact(text, Token), ApiKey);

    /// <summary>Never the key or the token.</summary>
    public override string ToString() => $"token of {OperatorId}";

    /// <summary>What a JWT's payload tells: <c>operator.operatorId</c>, and <c>exp</c> - <c>iat</c>. Its signature is SORACOM's affair.</summary>
    public static (string? OperatorId, TimeSpan? Lifetime) ReadClaims(string token)
    {
        try
        {
            var parts = token.Split('.');
            if (parts.Length < 2)
            {
                return default;
            }

            var padded = parts[1].Replace('-', '+').Replace('_', '/');
            using var payload = JsonDocument.Parse(Convert.FromBase64String(padded.PadRight((padded.Length + 3) / 4 * 4, '=')));
            var root = payload.RootElement;
            var seconds = root.Whole("exp") - root.Whole("iat");
            return (
                root.Child("operator")?.Text("operatorId"),
                seconds is > 0 and <= 10_000_000 ? TimeSpan.FromSeconds(seconds.Value) : null);
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return default;
        }
    }
}
