using System.Globalization;
using System.Text.Json;

namespace NapterFtp.Routers;

/// <summary>The routers' host keys that a user has trusted, in a file of the user's state folder.</summary>
/// <param name="folder">The state folder; null where the user has none, and nothing is remembered.</param>
internal sealed class KnownRouters(string? folder)
{
    private const string FileName = "known-routers.json";

    /// <summary>The fingerprint of a router's host key; null where none is known.</summary>
    public string? Find(DeviceTarget target, int port) => Read().GetValueOrDefault(Name(target, port));

    /// <summary>Remembers it, for all later processes.</summary>
    /// <exception cref="NapterFtpException"><c>RouterKeysNotSaved</c>.</exception>
    public void Trust(DeviceTarget target, int port, string fingerprint)
    {
        if (folder is null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(folder);
            var known = Read();
            known[Name(target, port)] = fingerprint;
            var path = Path.Combine(folder, FileName);
            var fresh = $"{path}.{Guid.NewGuid():N}";
            File.WriteAllText(fresh, JsonSerializer.Serialize(known));
            File.Move(fresh, path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NapterFtpException(
                "RouterKeysNotSaved",
                NapterFtpErrorKind.File,
                $"The router's host key could not be remembered in {folder}: {exception.Message}",
                "Give it with -HostKeyFingerprint each time, or make the folder writable.",
                folder,
                exception);
        }
    }

    private static string Name(DeviceTarget target, int port) => string.Create(CultureInfo.InvariantCulture, $"{target} {target.Service} {port}");

    private SortedDictionary<string, string> Read()
    {
        try
        {
            return folder is null ? [] : JsonSerializer.Deserialize<SortedDictionary<string, string>>(File.ReadAllText(Path.Combine(folder, FileName))) ?? [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            // Unknown keys are asked for again, never trusted.
            return [];
        }
    }
}
