using System.Data;
using System.Data.Common;
using System.Net.Sockets;
using Npgsql;

namespace NapterFtp.Pulls;

/// <summary>A store at a PostgreSQL server, for any number of computers.</summary>
internal sealed class PostgresDialect(StoreAddress address) : StoreDialect(address)
{
    /// <summary>Any number that no other program takes for its advisory lock: the letters of NapterFt.</summary>
    private const long SchemaLock = 0x4E61707465724674;

    public override bool SharesConnection => false;

    public override IsolationLevel Isolation => IsolationLevel.ReadCommitted;

    public override string CountTables => "select count(*) from pg_catalog.pg_tables where schemaname = any (current_schemas(false)) and tablename = @name";

    public override string? CountStrangers => null;

    public override (DbProviderFactory Provider, string ConnectionString) Access => (NpgsqlFactory.Instance, ConnectionString());

    public override DbDataSource Open(bool create) => new NpgsqlDataSourceBuilder(ConnectionString()).Build();

    private string ConnectionString()
    {
        NpgsqlConnectionStringBuilder builder;
        try
        {
            builder = new NpgsqlConnectionStringBuilder(Address.ConnectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException)
        {
            throw new NapterFtpException(
                "StoreNotUnderstood",
                NapterFtpErrorKind.InvalidArgument,
                $"The store '{Address}' is not named as Npgsql names databases: {e.Message}",
                "Give the path of a file, or 'Host=…;Database=…;Username=…' for PostgreSQL; its password goes into -StoreCredential.",
                Address.Name);
        }

        builder.ApplicationName ??= "NapterFtp";
        if (Address.Login is { } login)
        {
            builder.Username = login.UserName;
            builder.Password = login.Password;
        }

        // The driver asks .NET for Kerberos at each connection, which settles for the process how a proxy is logged in at.
        ManagedNtlm.Prefer();

        // Errors with what was in the rows would put names of files into logs.
        builder.IncludeErrorDetail = false;
        return builder.ConnectionString;
    }

    public override NapterFtpException? FindObstacle(bool create) => null;

    public override Task PrepareAsync(DbConnection connection, CancellationToken cancellationToken) => Task.CompletedTask;

    public override Task AdoptAsync(DbConnection connection, CancellationToken cancellationToken) => Task.CompletedTask;

    public override async Task LockSchemaAsync(DbConnection connection, DbTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = $"select pg_advisory_xact_lock({Invariant(SchemaLock)})";
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public override string? WaitForTurn => "select pg_advisory_xact_lock(hashtextextended(@name, 0))";

    public override string Schema(string statement) => statement
        .Replace("{id}", "bigint generated always as identity primary key", StringComparison.Ordinal)
        .Replace("{time}", "timestamp with time zone", StringComparison.Ordinal);

    public override object ToTime(DateTimeOffset time) => time.UtcDateTime;

    public override DateTimeOffset FromTime(object value) => new((DateTime)value, TimeSpan.Zero);

    public override bool IsPassing(Exception exception) => exception switch
    {
        // class 08: connection; 57P0x: the server stops or starts, or ends what was idle; 40xxx: another transaction was in the way.
        PostgresException error => error.SqlState.StartsWith("08", StringComparison.Ordinal)
            || error.SqlState.StartsWith("40", StringComparison.Ordinal)
            || error.SqlState is "57P01" or "57P02" or "57P03" or "57P05" or "25P03" or "53300",
        NpgsqlException => true,
        _ => exception is SocketException or TimeoutException or IOException,
    };

    public override NapterFtpException Explain(Exception exception) => exception is not PostgresException error
        ? IsPassing(exception) ? Unreachable(exception) : Failed(exception)
        : error.SqlState switch
        {
            "28P01" or "28000" => new NapterFtpException(
                "StoreSignInFailed",
                NapterFtpErrorKind.Authentication,
                $"The store '{Address}' refuses the login: {error.MessageText}",
                "Give user and password with -StoreCredential, or put the password into PostgreSQL's password file or the variable PGPASSWORD.",
                Address.Name,
                error),
            "3D000" => new NapterFtpException(
                "StoreNotFound",
                NapterFtpErrorKind.NotFound,
                $"There is no database for the store '{Address}': {error.MessageText}",
                "Make it with createdb; the module makes its tables itself.",
                Address.Name,
                error),
            "25006" => ReadOnly(error),
            "42501" => Denied(error),
            "57014" or "55P03" => Busy(error),
            "53100" or "53200" or "54000" => Full(error),
            "XX001" or "XX002" => Damaged(error),
            _ => IsPassing(error) ? Unreachable(error) : Failed(error),
        };
}
