using System.Security;
using System.Text.Json;

namespace NapterFtp.Soracom;

/// <summary>What one sign-in sends (schema <c>AuthRequest</c>). Owns its secrets; made for one sign-in and disposed of after it.</summary>
internal sealed class SignInForm : IDisposable
{
    public const int ShortestToken = 180;
    public const int LongestToken = 172_800;
    public const int LongestSwitchedToken = 3_600;
    private const int DefaultToken = 86_400;

    public string? Email { get; init; }

    public SecureString? Password { get; init; }

    public string? AuthKeyId { get; init; }

    public SecureString? AuthKey { get; init; }

    public string? OperatorId { get; init; }

    public string? UserName { get; init; }

    /// <summary>The code of an authenticator; good for one sign-in.</summary>
    public string? MfaCode { get; init; }

    public int? TokenTimeoutSeconds { get; init; }

    /// <summary>Who signs in first, where this form only names the user to switch to (<c>POST /auth/switch_user</c>).</summary>
    public SignInForm? SwitchFrom { get; init; }

    /// <summary>Whether it names a user and holds that user's secret, or names a user to switch to.</summary>
    public bool IsComplete => SwitchFrom is not null
        ? OperatorId is not null && UserName is not null && SwitchFrom is { SwitchFrom: null, IsComplete: true }
        : (AuthKeyId is not null && AuthKey is not null)
            || (Password is not null && (Email is not null || (OperatorId is not null && UserName is not null)));

    /// <summary>How long the token asked for will live.</summary>
    public TimeSpan TokenLifetime => TimeSpan.FromSeconds(SwitchFrom is null
        ? Math.Clamp(TokenTimeoutSeconds ?? DefaultToken, ShortestToken, LongestToken)
        : Math.Clamp(TokenTimeoutSeconds ?? LongestSwitchedToken, ShortestToken, LongestSwitchedToken));

    public void Write(Utf8JsonWriter writer)
    {
        if (SwitchFrom is not null)
        {
            writer.WriteString("operatorId", OperatorId);
            writer.WriteString("userName", UserName);
        }
        else if (AuthKeyId is not null)
        {
            writer.WriteString("authKeyId", AuthKeyId);
            writer.WriteSecret("authKey", AuthKey!);
        }
        else if (Email is not null)
        {
            writer.WriteString("email", Email);
            writer.WriteSecret("password", Password!);
        }
        else
        {
            writer.WriteString("operatorId", OperatorId);
            writer.WriteString("userName", UserName);
            writer.WriteSecret("password", Password!);
        }

        if (SwitchFrom is null && MfaCode is not null)
        {
            writer.WriteString("mfaOTPCode", MfaCode);
        }

        writer.WriteNumber("tokenTimeoutSeconds", (int)TokenLifetime.TotalSeconds);
    }

    /// <summary>Takes its secrets out of a text.</summary>
    public string Redact(string text) =>
        Secrets.Redact(Secrets.Redact(Secrets.Redact(text, Password), AuthKey), MfaCode);

    public void Dispose()
    {
        Password?.Dispose();
        AuthKey?.Dispose();
        SwitchFrom?.Dispose();
    }
}
