using System.Collections.Concurrent;
using System.Text.Json;

namespace NapterFtp.Simulator.Api;

/// <summary>Who is signed in: pairs of API key and JWT-shaped token, until they expire or are revoked.</summary>
internal sealed class TokenStore(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, SignIn> _signIns = new();

    /// <summary>What tokens issued from now on may do.</summary>
    public SimulatedRights Rights { get; set; } = new();

    public SignIn Issue(string operatorId, string? userName, TimeSpan lifetime, string? apiKey = null)
    {
        var expiresAt = time.GetUtcNow() + lifetime;
        var signIn = new SignIn(apiKey ?? Secrets.New("api-"), NewToken(operatorId, userName, expiresAt), operatorId, userName, expiresAt, Rights);
        _signIns[signIn.Token] = signIn;
        return signIn;
    }

    /// <summary>The sign-in that a request's headers prove, or null.</summary>
    public SignIn? Find(HttpRequest request) =>
        request.Header("X-Soracom-Token") is { } token
        && _signIns.TryGetValue(token, out var signIn)
        && signIn.ApiKey == request.Header("X-Soracom-API-Key")
        && time.GetUtcNow() < signIn.ExpiresAt
            ? signIn
            : null;

    public void Revoke(SignIn signIn) => _signIns.TryRemove(signIn.Token, out _);

    /// <summary>Ends every token at once, as if all had expired.</summary>
    public void RevokeAll() => _signIns.Clear();

    private static string NewToken(string operatorId, string? userName, DateTimeOffset expiresAt)
    {
        var header = JsonSerializer.SerializeToUtf8Bytes(new { typ = "JWT", alg = "none" });
        var payload = JsonSerializer.SerializeToUtf8Bytes(new
        {
            iss = "https://simulator.test",
            exp = expiresAt.ToUnixTimeSeconds(),
            @operator = new { operatorId },
            user = userName,
        });
        return $"{Encode(header)}.{Encode(payload)}.{Secrets.New("")}";
    }

    // RFC 7515 section 2: base64url without padding.
    private static string Encode(byte[] bytes) =>
        Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}

/// <summary>One sign-in's key and token.</summary>
internal sealed record SignIn(string ApiKey, string Token, string OperatorId, string? UserName, DateTimeOffset ExpiresAt, SimulatedRights Rights);
