using System.Security.Cryptography;
using System.Text.Json;

namespace NapterFtp.Soracom;

/// <summary>soracom-cli's profiles: <c>&lt;name&gt;.json</c> in <c>$SORACOM_PROFILE_DIR</c> or <c>~/.soracom</c>.</summary>
internal sealed class ProfileStore(Func<string, string?> environment)
{
    public const string DefaultName = "default";
    private const long LargestProfile = 1 << 20;
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    public string Directory => environment("SORACOM_PROFILE_DIR") is { Length: > 0 } directory
        ? directory
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".soracom");

    /// <summary>The names of the profiles there are; empty where there is no folder.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            try
            {
                return [.. System.IO.Directory.EnumerateFiles(Directory, "*.json")
                    .Select(file => Path.GetFileNameWithoutExtension(file))
                    .Order(StringComparer.OrdinalIgnoreCase)];
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return [];
            }
        }
    }

    public bool Exists(string name) => File.Exists(PathOf(name));

    /// <summary>Reads a profile; the caller disposes of it.</summary>
    /// <exception cref="NapterFtpException"><c>ProfileNameInvalid</c>, <c>ProfileNotFound</c>, <c>ProfilePermissionsTooOpen</c>,
    /// <c>ProfileUnreadable</c> or <c>ProfileInvalid</c>.</exception>
    public SoracomProfile Load(string name)
    {
        var path = PathOf(name);
        byte[] json = [];
        try
        {
            using var handle = File.OpenHandle(path);
            // Of the open file, so that it is the one that is read.
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(handle) & Others) != 0)
            {
                throw new NapterFtpException(
                    "ProfilePermissionsTooOpen",
                    NapterFtpErrorKind.PermissionDenied,
                    $"Other users of this computer may read or change the profile '{path}'.",
                    $"Make it your own with: chmod 600 '{path}'",
                    path);
            }

            var length = RandomAccess.GetLength(handle);
            json = new byte[length <= LargestProfile ? length : throw new IOException("it is too long for a profile.")];
            for (int read, done = 0; done < json.Length && (read = RandomAccess.Read(handle, json.AsSpan(done), done)) > 0; done += read)
            {
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
            ? Path.Combine(Directory, name + ".json")
            : throw new NapterFtpException(
                "ProfileNameInvalid",
                NapterFtpErrorKind.InvalidArgument,
                $"'{name}' is not the name of a profile.",
                "Give the name alone, without folder and without .json.",
                name);
}
