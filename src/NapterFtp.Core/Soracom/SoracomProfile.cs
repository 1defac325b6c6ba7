using System.Globalization;
using System.Security;
using System.Text;
using System.Text.Json;

namespace NapterFtp.Soracom;

/// <summary>A profile of soracom-cli, read. Owns its secrets.</summary>
internal sealed class SoracomProfile : IDisposable
{
    public string? CoverageType { get; private set; }

    public string? Email { get; private set; }

    public SecureString? Password { get; private set; }

    public string? AuthKeyId { get; private set; }

    public SecureString? AuthKey { get; private set; }

    public string? UserName { get; private set; }

    public string? OperatorId { get; private set; }

    /// <summary>Without <c>/v1</c>.</summary>
    public string? Endpoint { get; private set; }

    /// <summary>The profile that signs in first, to switch from its user to this one's.</summary>
    public string? SourceProfile { get; private set; }

    /// <summary>A command line that prints a profile to use in place of this one.</summary>
    public string? ProfileCommand { get; private set; }

    public string? MfaCode { get; private set; }

    public int? TokenTimeoutSeconds { get; private set; }

    /// <summary>Reads a profile's JSON. Secrets go from the bytes straight into secure strings; the caller zeroes the bytes.</summary>
    /// <exception cref="JsonException">Not a JSON object.</exception>
    public static SoracomProfile Parse(ReadOnlySpan<byte> json)
    {
        if (json.StartsWith(Encoding.UTF8.Preamble))
        {
            json = json[Encoding.UTF8.Preamble.Length..];
        }

        var profile = new SoracomProfile();
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw new JsonException("A profile is a JSON object.");
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                reader.Read();
                if (!profile.Read(name, ref reader))
                {
                    reader.Skip();
                }
            }

            return profile;
        }
        catch
        {
            profile.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Password?.Dispose();
        AuthKey?.Dispose();
    }

    private bool Read(string name, ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number && name == "tokenTimeoutSeconds")
        {
            TokenTimeoutSeconds = reader.TryGetInt32(out var seconds) ? seconds : null;
            return true;
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            return false;
        }

        switch (name)
        {
            case "password":
                Password = Secret(ref reader);
                break;
            case "authKey":
                AuthKey = Secret(ref reader);
                break;
            case "coverageType":
                CoverageType = Text(ref reader);
                break;
            case "email":
                Email = Text(ref reader);
                break;
            case "authKeyId":
                AuthKeyId = Text(ref reader);
                break;
            case "username":
                UserName = Text(ref reader);
                break;
            case "operatorId":
                OperatorId = Text(ref reader);
                break;
            case "endpoint":
                Endpoint = Text(ref reader);
                break;
            case "sourceProfile":
                SourceProfile = Text(ref reader);
                break;
            case "profileCommand":
                ProfileCommand = Text(ref reader);
                break;
            case "mfaOTPCode":
                MfaCode = Text(ref reader);
                break;
            case "tokenTimeoutSeconds":
                TokenTimeoutSeconds = int.TryParse(Text(ref reader), NumberStyles.Integer, CultureInfo.InvariantCulture, out var seconds)
                    ? seconds
                    : null;
                break;
        }

        return true;
    }

    private static string? Text(ref Utf8JsonReader reader) => reader.GetString() is { Length: > 0 } text ? text : null;

    private static SecureString? Secret(ref Utf8JsonReader reader)
    {
        var characters = new char[reader.ValueSpan.Length];
        try
        {
            var length = reader.CopyString(characters);
            return length == 0 ? null : Secrets.ToSecure(characters.AsSpan(0, length));
        }
        finally
        {
            Array.Clear(characters);
        }
    }
}
