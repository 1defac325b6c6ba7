using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NapterFtp.Copy;
using NapterFtp.Soracom;

namespace NapterFtp.Pulls;

/// <summary>FTP logins by the names that schedules give, in a JSON file of the user's own, for computers without a vault:
/// <c>{"plant": {"user": "ftp", "password": "…"}}</c>. The file is <c>$NAPTERFTP_LOGIN_FILE</c>, else <c>logins.json</c> in the folder for
/// state.</summary>
internal static class LoginFile
{
    public const string Variable = "NAPTERFTP_LOGIN_FILE";

    private const string DefaultName = "logins.json";
    private const long Largest = 1 << 20;

    /// <summary>Which file it is; null where the user has no folder for state and names none.</summary>
    public static string? Path(Func<string, string?> environment, string? stateFolder) =>
        environment(Variable) is { Length: > 0 } named ? System.IO.Path.GetFullPath(named)
        : stateFolder is null ? null
        : System.IO.Path.Combine(stateFolder, DefaultName);

    /// <summary>Looks a name up.</summary>
    /// <param name="path">The file, which need not be there.</param>
    /// <param name="name">The name, as it is written there.</param>
    /// <returns>Null where it is not in the file. The caller owns the password.</returns>
    /// <exception cref="NapterFtpException"><c>LoginFileTooOpen</c>, <c>LoginFileInvalid</c>, <c>LoginFileUnreadable</c>.</exception>
    public static FtpLogin? Find(string path, string name)
    {
        byte[] json = [];
        try
        {
            if (!OwnFile.TryReadOwn(path, Largest, out json))
            {
                throw new NapterFtpException(
                    "LoginFileTooOpen",
                    NapterFtpErrorKind.PermissionDenied,
                    $"Other users of this computer may read or change the file of logins '{path}'.",
                    OwnFile.Remedy(path),
                    path);
            }

            return Read(json, name);
        }
        catch (JsonException exception)
        {
            // The cause is not kept: its message may quote what it could not read.
            throw new NapterFtpException(
                "LoginFileInvalid",
                NapterFtpErrorKind.InvalidArgument,
                $"The file of logins '{path}' cannot be understood (line {exception.LineNumber + 1}).",
                """Write it as {"name": {"user": "…", "password": "…"}}.""",
                path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NapterFtpException(
                "LoginFileUnreadable",
                NapterFtpErrorKind.File,
                $"The file of logins '{path}' cannot be read: {exception.Message}",
                "Check that you own the file and may read it.",
                path,
                exception);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(json);
        }
    }

    private static FtpLogin? Read(ReadOnlySpan<byte> json, string name)
    {
        if (json.StartsWith(Encoding.UTF8.Preamble))
        {
            json = json[Encoding.UTF8.Preamble.Length..];
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        Enter(ref reader);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = reader.ValueTextEquals(name);
            Enter(ref reader);
            string? user = null;
            System.Security.SecureString? password = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var (isUser, isPassword) = (reader.ValueTextEquals("user"), reader.ValueTextEquals("password"));
                reader.Read();
                if (!isUser && !isPassword)
                {
                    reader.Skip();
                }
                else if (reader.TokenType != JsonTokenType.String)
                {
                    throw new JsonException();
                }
                else if (isIt && isUser)
                {
                    user = reader.GetString();
                }
                else if (isIt)
                {
                    password = reader.GetSecret();
                }
            }

            if (isIt)
            {
                return user is { Length: > 0 } ? new FtpLogin(user, password ?? Secrets.ToSecure([])) : throw new JsonException();
            }
        }

        return null;
    }

    private static void Enter(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException();
        }
    }
}
