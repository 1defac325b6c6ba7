namespace NapterFtp.Simulator.Api;

/// <summary>Signing in and out, and refreshing tokens.</summary>
internal sealed class AuthCalls(SimulatedAccount account, TokenStore tokens)
{
    private const int DefaultSeconds = 86400;
    private const int MaximumSeconds = 172800;
    private const int MinimumSeconds = 180;
    private const int MaximumSwitchSeconds = 3600;

    public HttpAnswer Auth(HttpRequest request)
    {
        var body = ApiBody.Parse(request);
        var userName = Identify(body);
        return Answer(tokens.Issue(account.OperatorId, userName, Lifetime(body, DefaultSeconds, MaximumSeconds)));
    }

    public HttpAnswer Logout(SignIn signIn)
    {
        tokens.Revoke(signIn);
        return new HttpAnswer(204);
    }

    public HttpAnswer SwitchUser(HttpRequest request)
    {
        var body = ApiBody.Parse(request);
        if (body.Text("operatorId") != account.SwitchOperatorId || body.Text("userName") != account.SwitchUserName)
        {
            throw new ApiErrorException(400, "AUM0018", "Switching to this user is not allowed.");
        }

        return Answer(tokens.Issue(
            account.SwitchOperatorId, account.SwitchUserName, Lifetime(body, MaximumSwitchSeconds, MaximumSwitchSeconds)));
    }

    /// <summary>A new token for the same API key. This call's errors are nested, unlike all others.</summary>
    public HttpAnswer GenerateToken(HttpRequest request, SignIn? signIn)
    {
        if (signIn is null || request.Segments[2] != signIn.OperatorId)
        {
            var error = signIn is null ? ApiErrorException.NotSignedIn() : ApiErrorException.Forbidden();
            return HttpAnswer.Of(
                new { HttpStatus = 400, ErrorMessage = new { error.Code, error.Message } },
                400);
        }

        var lifetime = Lifetime(ApiBody.Parse(request), DefaultSeconds, MaximumSeconds);
        return HttpAnswer.Of(new { tokens.Issue(signIn.OperatorId, signIn.UserName, lifetime, signIn.ApiKey).Token });
    }

    /// <summary>Null for the root user, else the SAM user's name.</summary>
    private string? Identify(ApiBody body)
    {
        if (body.Text("authKeyId") is { } keyId)
        {
            return keyId == account.AuthKeyId && body.Text("authKey") == account.AuthKey
                ? null
                : throw ApiErrorException.SignInFailed();
        }

        var userName = body.Text("userName");
        var known = userName is null
            ? body.Text("email") == account.Email && body.Text("password") == account.Password
            : body.Text("operatorId") == account.OperatorId
                && userName == account.SamUserName
                && body.Text("password") == account.SamUserPassword;
        if (!known)
        {
            throw ApiErrorException.SignInFailed();
        }

        if (account.MfaCode is { } code && body.Text("mfaOTPCode") != code)
        {
            throw body.Text("mfaOTPCode") is null ? ApiErrorException.MfaRequired() : ApiErrorException.SignInFailed();
        }

        return userName;
    }

    private static TimeSpan Lifetime(ApiBody body, int standard, int maximum)
    {
        var seconds = body.Integer("tokenTimeoutSeconds") ?? standard;
        return seconds >= MinimumSeconds && seconds <= maximum
            ? TimeSpan.FromSeconds(seconds)
            : throw ApiErrorException.InvalidRequest($"tokenTimeoutSeconds must be {MinimumSeconds} to {maximum}.");
    }

    private static HttpAnswer Answer(SignIn signIn) =>
        HttpAnswer.Of(new { signIn.ApiKey, signIn.OperatorId, signIn.Token, signIn.UserName });
}
