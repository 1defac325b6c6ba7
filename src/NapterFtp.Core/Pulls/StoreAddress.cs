using System.Data.Common;
using System.Net;
using System.Text.RegularExpressions;

namespace NapterFtp.Pulls;

/// <summary>Which database keeps schedules, runs and history, as <c>-Store</c> names it: the path of an SQLite file, or
/// <c>Host=…;Database=…</c> of a PostgreSQL server.</summary>
internal sealed partial record StoreAddress
{
    private const string DefaultFile = "pulls.db";

    private static readonly string[] HostKeys = ["Host", "Server"];

    private StoreAddress()
    {
    }

    /// <summary>The full path of the SQLite file; null for PostgreSQL.</summary>
    public string? Path { get; private init; }

    /// <summary>What PostgreSQL's library is told; null for SQLite. No password is in it.</summary>
    public string? ConnectionString { get; private init; }

    /// <summary>The login, where it was given apart.</summary>
    public NetworkCredential? Login { get; private init; }

    /// <summary>Whether nobody named it: then it need not be there yet.</summary>
    public bool IsDefault { get; private init; }

    /// <summary>What the store is called in messages.</summary>
    public string Name { get; private init; } = string.Empty;

    /// <summary>Understands <c>-Store</c>.</summary>
    /// <param name="store">What the user gave; null for the default, <c>pulls.db</c> in the user's folder for state.</param>
    /// <param name="login">The login at PostgreSQL; null to leave it to pgpass and the environment.</param>
    /// <param name="stateFolder">The user's folder for state, or null where there is none.</param>
    /// <param name="resolvePath">Makes a path full.</param>
    /// <exception cref="NapterFtpException"><c>StorePasswordRefused</c>, <c>StoreNotUnderstood</c>, <c>StoreNotNamed</c>.</exception>
    public static StoreAddress Parse(string? store, NetworkCredential? login, string? stateFolder, Func<string, string> resolvePath)
    {
        if (string.IsNullOrWhiteSpace(store))
        {
            var path = System.IO.Path.Combine(stateFolder ?? throw NotNamed(), DefaultFile);
            return Check(new StoreAddress { Path = path, Name = path, IsDefault = true }, login);
        }

        if (store.Contains("://", StringComparison.Ordinal))
        {
            // Not shown: the password is in such an address, if anywhere.
            throw NotUnderstood("An address with :// is not a store.");
        }

        // Also where the rest is written wrongly.
        if (Secret().IsMatch(store))
        {
            throw PasswordRefused();
        }

        if (TryRead(store) is not { } parts)
        {
            return Check(OfPath(store, resolvePath), login);
        }

        if (!HostKeys.Any(parts.ContainsKey))
        {
            return parts.ContainsKey("Data Source") || parts.ContainsKey("Filename")
                ? throw NotUnderstood("A connection string of SQLite is not a store.")
                : Check(OfPath(store, resolvePath), login);
        }

        var host = HostKeys.Select(key => parts.TryGetValue(key, out var value) ? value : null).First(value => value is not null);
        var database = parts.TryGetValue("Database", out var given) || parts.TryGetValue("DB", out given) ? $"/{given}" : string.Empty;
        return new StoreAddress { ConnectionString = store, Login = login, Name = $"PostgreSQL {host}{database}" };
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static StoreAddress OfPath(string store, Func<string, string> resolvePath)
    {
        var path = resolvePath(store);
        return new StoreAddress { Path = path, Name = path };
    }

    private static StoreAddress Check(StoreAddress address, NetworkCredential? login) => login is null
        ? address
        : throw new NapterFtpException(
            "StoreLoginNotUsed",
            NapterFtpErrorKind.InvalidArgument,
            $"'{address.Name}' is a file of SQLite's, which knows no login.",
            "Leave out -StoreCredential, or name a PostgreSQL server with -Store 'Host=…;Database=…'.",
            address.Name);

    private static DbConnectionStringBuilder? TryRead(string store)
    {
        try
        {
            return store.Contains('=', StringComparison.Ordinal) ? new DbConnectionStringBuilder { ConnectionString = store } : null;
        }
        catch (ArgumentException)
        {
            // A file's name with = in it.
            return null;
        }
    }

    [GeneratedRegex(@"(^|;)\s*(ssl\s*)?(password|pwd|psw)\s*=", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Secret();

    private static NapterFtpException PasswordRefused() => new(
        "StorePasswordRefused",
        NapterFtpErrorKind.Security,
        "The store's name has a password in it, which would be kept in the shell's history and in logs.",
        "Leave it out, and give it with -StoreCredential, in PostgreSQL's password file (~/.pgpass, or %APPDATA%\\postgresql\\pgpass.conf) or in the variable PGPASSWORD.");

    private static NapterFtpException NotUnderstood(string message) => new(
        "StoreNotUnderstood",
        NapterFtpErrorKind.InvalidArgument,
        message,
        "Give the path of a file, or 'Host=…;Database=…;Username=…' for PostgreSQL; its password goes into -StoreCredential.");

    private static NapterFtpException NotNamed() => new(
        "StoreNotNamed",
        NapterFtpErrorKind.InvalidArgument,
        "This user has no folder for state, so that there is no default store.",
        "Name one with -Store, or set HOME or XDG_STATE_HOME.");
}
