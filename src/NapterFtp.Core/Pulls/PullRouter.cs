using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NapterFtp.Copy;
using NapterFtp.Routers;
using NapterFtp.Soracom;

namespace NapterFtp.Pulls;

/// <summary>The router of a schedule. It is kept without secrets, and gets its login where the schedule runs.</summary>
internal static class PullRouter
{
    private const int LargestKey = 1 << 16;

    private static readonly NapterRouter s_defaults = new(DeviceTarget.FromImsi("001010000000001"), IPAddress.None, new RouterLogin("root", null, null, null));

    /// <summary>The router as it may be kept.</summary>
    public static NapterRouter WithoutSecrets(NapterRouter router) => router.With(new RouterLogin(router.UserName, null, null, null));

    /// <summary>The router with what logs in there: the private key of its file, else a login that was looked up.</summary>
    /// <param name="router">The router, as it is kept.</param>
    /// <param name="found">What <c>-RouterCredentialName</c> names: the login, or one with the private key's passphrase; null where it names none.</param>
    /// <exception cref="NapterFtpException"><c>RouterKeyTooOpen</c>, <c>RouterKeyUnreadable</c>.</exception>
    public static NapterRouter LogIn(NapterRouter router, FtpLogin? found)
    {
        if (router.KeyFilePath is not { } path)
        {
            return router.With(new RouterLogin(found?.UserName ?? router.UserName, found?.Password, null, null));
        }

        byte[] key = [];
        try
        {
            if (!OwnFile.TryReadOwn(path, LargestKey, out key))
            {
                throw RouterErrors.KeyTooOpen(path);
            }

            var login = new RouterLogin(router.UserName, null, Encoding.UTF8.GetString(key), found?.Password);
            SshShell.CheckKey(path, login);
            return router.With(login);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RouterErrors.KeyUnreadable(path, exception);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Writes it as an object, without what is as it would be without being given.</summary>
    public static void Write(Utf8JsonWriter writer, NapterRouter router)
    {
        writer.WriteStartObject();
        Text("imsi", router.Imsi);
        Text("simId", router.SimId);
        Text("service", router.Target.Service?.ToString());
        Text("deviceAddress", router.DeviceAddress.ToString());
        Text("userName", router.UserName, s_defaults.UserName);
        Text("keyFilePath", router.KeyFilePath);
        if (router.Port != s_defaults.Port)
        {
            writer.WriteNumber("port", router.Port);
        }

        Text("via", router.Via.ToString(), s_defaults.Via.ToString());
        Text("backend", router.Backend.ToString(), s_defaults.Backend.ToString());
        Text("hostKeyFingerprint", router.HostKeyFingerprint);
        Text("portRange", RangeOf(router), RangeOf(s_defaults));
        Text("ruleDuration", PullSpan.Write(router.RuleDuration), PullSpan.Write(s_defaults.RuleDuration));
        writer.WriteEndObject();

        void Text(string name, string? value, string? unsaid = null)
        {
            if (value != unsaid)
            {
                writer.WriteString(name, value);
            }
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote, or a person did; the reader has the object's beginning.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="strict">Whether a property that is not known is an error, rather than passed over.</param>
    /// <exception cref="FormatException">What is wrong with it.</exception>
    public static NapterRouter Read(ref Utf8JsonReader reader, bool strict)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var given = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var property in document.RootElement.EnumerateObject())
        {
            if (!given.TryAdd(property.Name, property.Value))
            {
                throw new FormatException($"has '{property.Name}' twice");
            }
        }

        try
        {
            return Read(given, strict);
        }
        catch (NapterFtpException exception)
        {
            throw new FormatException($"cannot be used: {exception.Message.TrimEnd('.')}", exception);
        }
    }

    private static NapterRouter Read(Dictionary<string, JsonElement> given, bool strict)
    {
        var (imsi, simId) = (Text("imsi"), Text("simId"));
        var service = Name<SimService>("service");
        var target = (imsi, simId) switch
        {
            (null, { } id) => DeviceTarget.FromSimId(id, service),
            ({ } number, null) when service is null => DeviceTarget.FromImsi(number),
            _ => throw new FormatException("needs one of 'imsi' and 'simId', and 'service' with 'simId' only"),
        };
        var address = IPAddress.TryParse(Text("deviceAddress"), out var parsed) && parsed.AddressFamily == AddressFamily.InterNetwork
            ? parsed
            : throw new FormatException("needs a 'deviceAddress', an IPv4 address");
        var (first, last) = RouterTexts.ParseRange(Text("portRange") ?? RangeOf(s_defaults));
        var router = new NapterRouter(target, address, new RouterLogin(Text("userName") ?? s_defaults.UserName, null, null, null))
        {
            KeyFilePath = Text("keyFilePath"),
            Port = Port(),
            Via = Name<NapterRouterVia>("via") ?? s_defaults.Via,
            Backend = Name<NapterRouterBackend>("backend") ?? s_defaults.Backend,
            HostKeyFingerprint = Text("hostKeyFingerprint") is { } fingerprint ? RouterTexts.ParseFingerprint(fingerprint) : null,
            FirstPort = first,
            LastPort = last,
            RuleDuration = Duration(),
        };
        return strict && given.Keys.FirstOrDefault() is { } unknown ? throw new FormatException($"has no '{unknown}'") : router;

        // What is taken is known.
        string? Text(string name) => !given.Remove(name, out var value) ? null
            : value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text
            : throw new FormatException($"has a '{name}' that is no text");

        T? Name<T>(string name)
            where T : struct, Enum => Text(name) is not { } text ? null
            : Enum.GetNames<T>().FirstOrDefault(known => known.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } found ? Enum.Parse<T>(found)
            : throw new FormatException($"has a '{name}' that is none of {string.Join(", ", Enum.GetNames<T>())}");

        int Port() => !given.Remove("port", out var value) ? s_defaults.Port
            : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var port) && port is >= 1 and <= 65535 ? port
            : throw new FormatException("has a 'port' that is no number from 1 to 65535");

        TimeSpan Duration() => Text("ruleDuration") is not { } text ? s_defaults.RuleDuration
            : PullSpan.TryParse(text, out var span) && span >= TimeSpan.FromMinutes(1) && span <= TimeSpan.FromHours(8) ? span
            : throw new FormatException("has a 'ruleDuration' that is none from \"1m\" to \"8h\"");
    }

    private static string RangeOf(NapterRouter router) => string.Create(CultureInfo.InvariantCulture, $"{router.FirstPort}-{router.LastPort}");
}
