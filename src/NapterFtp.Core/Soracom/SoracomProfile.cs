using System.Globalization;
using System.Security;
using System.Security.Cryptography;
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

    /// <summary>Takes a field by its name in whichever case, as soracom-cli does: commands print <c>userName</c> as well as <c>username</c>.</summary>
    private bool Read(string name, ref Utf8JsonReader reader)
    {
        name = name.ToUpperInvariant();
        if (reader.TokenType == JsonTokenType.Number && name == "TOKENTIMEOUTSECONDS")
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
            case "PASSWORD":
                Password = Secret(ref reader);
                break;
            case "AUTHKEY":
                AuthKey = Secret(ref reader);
                break;
            case "COVERAGETYPE":
                CoverageType = Text(ref reader);
                break;
            case "EMAIL":
                Email = Text(ref reader);
                break;
            case "AUTHKEYID":
                AuthKeyId = Text(ref reader);
                break;
            case "USERNAME":
                UserName = Text(ref reader);
                break;
            case "OPERATORID":
                OperatorId = Text(ref reader);
                break;
            case "ENDPOINT":
                Endpoint = Text(ref reader);
                break;
            case "SOURCEPROFILE":
                SourceProfile = Text(ref reader);
                break;
            case "PROFILECOMMAND":
                ProfileCommand = Text(ref reader);
                break;
            case "MFAOTPCODE":
                MfaCode = Text(ref reader);
                break;
            case "TOKENTIMEOUTSECONDS":
                TokenTimeoutSeconds = int.TryParse(Text(ref reader), NumberStyles.Integer, CultureInfo.InvariantCulture, out var seconds)
                    ? seconds
                    : null;
                break;
        }

        return true;
    }

    private static string? Text(ref Utf8JsonReader reader) => reader.GetString() is { Length: > 0 } text ? text : null;

    private static SecureString? Secret(ref Utf8JsonReader reader) => reader.ValueSpan.IsEmpty ? null : reader.GetSecret();
}

/// <summary>soracom-cli's profiles: <c>&lt;name&gt;.json</c> in <c>$SORACOM_PROFILE_DIR</c> or <c>~/.soracom</c>.</summary>
internal sealed class ProfileStore(Func<string, string?> environment, string home)
{
    public const string DefaultName = "default";
    private const long LargestProfile = 1 << 20;

    public ProfileStore(Func<string, string?> environment)
        : this(environment, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile))
    {
    }

    /// <summary>The folder; null where the user has no home folder, as some services, and names none.</summary>
    public string? Directory => environment("SORACOM_PROFILE_DIR") is { Length: > 0 } directory
        ? directory
        : home.Length > 0 ? Path.Combine(home, ".soracom") : null;

    /// <summary>The names of the profiles there are; empty where there is no folder.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            try
            {
                return Directory is not { } directory ? [] : [.. System.IO.Directory.EnumerateFiles(directory, "*.json")
                    .Select(file => Path.GetFileNameWithoutExtension(file))
                    .Order(StringComparer.OrdinalIgnoreCase)];
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return [];
            }
        }
    }

    public bool Exists(string name) => Directory is not null && File.Exists(PathOf(name));

    /// <summary>Reads a profile; the caller disposes of it.</summary>
    /// <exception cref="NapterFtpException"><c>ProfileNameInvalid</c>, <c>ProfileNotFound</c>, <c>ProfilePermissionsTooOpen</c>,
    /// <c>ProfileUnreadable</c> or <c>ProfileInvalid</c>.</exception>
    public SoracomProfile Load(string name)
    {
        var path = PathOf(name);
        byte[] json = [];
        try
        {
            if (!OwnFile.TryRead(path, LargestProfile, out json))
            {
                throw new NapterFtpException(
                    "ProfilePermissionsTooOpen",
                    NapterFtpErrorKind.PermissionDenied,
                    $"Other users of this computer may read or change the profile '{path}'.",
                    $"Make it your own with: chmod 600 '{path}'",
                    path);
            }

            return SoracomProfile.Parse(json);
        }
        catch (JsonException e)
        {
            // The cause is not kept: its message may quote what it could not read.
            throw new NapterFtpException(
                "ProfileInvalid",
                NapterFtpErrorKind.InvalidArgument,
                $"The profile '{path}' is not valid JSON (line {e.LineNumber + 1}).",
                "Write it again with: soracom configure",
                path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            var names = Names;
            throw new NapterFtpException(
                "ProfileNotFound",
                NapterFtpErrorKind.NotFound,
                $"There is no profile '{name}' in '{Directory}'.",
                names.Count == 0 ? "Make one with: soracom configure" : $"There are: {string.Join(", ", names)}.",
                name,
                e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NapterFtpException(
                "ProfileUnreadable",
                NapterFtpErrorKind.File,
                $"The profile '{path}' cannot be read: {e.Message}",
                "Check that you own the file and may read it.",
                path,
                e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(json);
        }
    }

    private string PathOf(string name) =>
        name.Length > 0 && name.IndexOfAny(['/', '\\', ':', '\0']) < 0 && name is not ("." or "..")
            ? Path.Combine(Directory ?? throw NoFolder(name), name + ".json")
            : throw new NapterFtpException(
                "ProfileNameInvalid",
                NapterFtpErrorKind.InvalidArgument,
                $"'{name}' is not the name of a profile.",
                "Give the name alone, without folder and without .json.",
                name);

    private static NapterFtpException NoFolder(string name) => new(
        "ProfileNotFound",
        NapterFtpErrorKind.NotFound,
        $"There is no profile '{name}': this user has no home folder.",
        "Name the folder of the profiles with the environment variable SORACOM_PROFILE_DIR.",
        name);
}
