using System.Text.Json;

namespace NapterFtp.Soracom;

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

    /// <summary>When a new one is asked for: a tenth of its life ahead of its end, between half a minute and ten minutes.</summary>
    public DateTimeOffset RefreshAt =>
        ExpiresAt - TimeSpan.FromSeconds(Math.Clamp(Lifetime.TotalSeconds / 10, 30, 600));

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
