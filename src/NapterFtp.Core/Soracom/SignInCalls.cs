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
