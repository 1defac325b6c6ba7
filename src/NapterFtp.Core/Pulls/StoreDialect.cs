using System.Data;
using System.Data.Common;
using System.Globalization;

namespace NapterFtp.Pulls;

/// <summary>Where SQLite and PostgreSQL differ.</summary>
internal abstract class StoreDialect(StoreAddress address)
{
    protected StoreAddress Address { get; } = address;

    /// <summary>Whether one connection serves all: SQLite has one writer, and the last connection to close tidies up at a cost.</summary>
    public abstract bool SharesConnection { get; }

    /// <summary>How a transaction that writes keeps others' writes away.</summary>
    public abstract IsolationLevel Isolation { get; }

    public static StoreDialect For(StoreAddress address) => address.Path is null ? new PostgresDialect(address) : new SqliteDialect(address);

    /// <param name="create">Whether to make the database's file where there is none.</param>
    public abstract DbDataSource Open(bool create);

    /// <summary>What another library reaches the same database by: the provider and its connection string, with the password where one was given.</summary>
    public abstract (DbProviderFactory Provider, string ConnectionString) Access { get; }

    /// <summary>Whether the module's tables may be looked for: null, or what speaks against it.</summary>
    /// <param name="create">Whether to make the database's file where there is none.</param>
    public abstract NapterFtpException? FindObstacle(bool create);

    /// <summary>Sets what each connection needs, without changing the database.</summary>
    public abstract Task PrepareAsync(DbConnection connection, CancellationToken cancellationToken);

    /// <summary>Sets what the database keeps, once it is known to be ours.</summary>
    public abstract Task AdoptAsync(DbConnection connection, CancellationToken cancellationToken);

    /// <summary>Within a transaction: waits until no other process makes or upgrades tables.</summary>
    public abstract Task LockSchemaAsync(DbConnection connection, DbTransaction transaction, CancellationToken cancellationToken);

    /// <summary>A statement whose one value is how many tables of a name, <c>@name</c>, there are.</summary>
    public abstract string CountTables { get; }

    /// <summary>A statement whose one value is how many tables there are where none has a name, <c>@name</c>; null where others may
    /// be beside.</summary>
    public abstract string? CountStrangers { get; }

    /// <summary>A statement that waits, within a transaction, until no other transaction has the same <c>@name</c>; null where only one writes
    /// at a time anyway.</summary>
    public abstract string? WaitForTurn { get; }

    /// <summary>Fills in the types that differ: <c>{id}</c>, <c>{time}</c>.</summary>
    public abstract string Schema(string statement);

    public abstract object ToTime(DateTimeOffset time);

    public abstract DateTimeOffset FromTime(object value);

    /// <summary>Whether the database could not be asked, but may answer in a moment.</summary>
    public abstract bool IsPassing(Exception exception);

    /// <summary>Puts an error of the database in words.</summary>
    public abstract NapterFtpException Explain(Exception exception);

    public object ToValue(object? value) => value switch
    {
        null => DBNull.Value,
        DateTimeOffset time => ToTime(time),
        TimeSpan span => span.Ticks,
        Enum name => name.ToString(),
        bool flag => flag ? 1 : 0,
        _ => value,
    };

    protected NapterFtpException Unreachable(Exception cause) => new(
        "StoreUnreachable",
        NapterFtpErrorKind.Connection,
        $"The store '{Address}' cannot be reached: {cause.GetBaseException().Message}",
        "Nothing was copied on its account. See that the database runs and that this computer reaches it, then start again.",
        Address.Name,
        cause);

    protected NapterFtpException Damaged(Exception cause) => new(
        "StoreDamaged",
        NapterFtpErrorKind.Verification,
        $"The store '{Address}' is damaged or is no database: {cause.Message}",
        "Put a backup in its place, or name another with -Store; what a new one does not know is copied again.",
        Address.Name,
        cause);

    protected NapterFtpException ReadOnly(Exception? cause) => new(
        "StoreReadOnly",
        NapterFtpErrorKind.PermissionDenied,
        $"The store '{Address}' cannot be written.",
        "Give this user the right to write it, and its folder where it is a file, or name another with -Store.",
        Address.Name,
        cause);

    protected NapterFtpException Denied(Exception cause) => new(
        "StoreAccessDenied",
        NapterFtpErrorKind.PermissionDenied,
        $"The store '{Address}' does not let this user in: {cause.Message}",
        "Check the rights of the file and its folder, and whether their disk can be written; or the rights of the database's user.",
        Address.Name,
        cause);

    protected NapterFtpException Busy(Exception cause) => new(
        "StoreBusy",
        NapterFtpErrorKind.Timeout,
        $"The store '{Address}' was kept busy by another process for too long.",
        "Start again; where many computers share a store, PostgreSQL serves them better than a file.",
        Address.Name,
        cause);

    protected NapterFtpException Full(Exception cause) => new(
        "StoreFull",
        NapterFtpErrorKind.LimitReached,
        $"The store '{Address}' has no room left: {cause.Message}",
        "Free space where it lies; Clear-NapterPullHistory deletes what is old.",
        Address.Name,
        cause);

    protected NapterFtpException Failed(Exception cause) => new(
        "StoreFailed",
        NapterFtpErrorKind.Unexpected,
        $"The store '{Address}' failed: {cause.Message}",
        "See the database's log; where it is a file, whether its disk works and has room.",
        Address.Name,
        cause);

    protected static string Invariant(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;
}
