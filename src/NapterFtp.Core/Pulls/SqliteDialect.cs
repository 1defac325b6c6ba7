using System.Data;
using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace NapterFtp.Pulls;

/// <summary>A store in one file, for the processes of one computer.</summary>
internal sealed class SqliteDialect(StoreAddress address) : StoreDialect(address)
{
    // https://www.sqlite.org/rescode.html
    private const int Permission = 3, BusyCode = 5, Locked = 6, ReadOnlyCode = 8, InputOutput = 10, Corrupt = 11, FullCode = 13, CannotOpen = 14, NoDatabase = 26;

    // SQLITE_IOERR_SHMSIZE: what a full disk lacks first is room for the index that lies beside an open file.
    private const int NoRoomForIndex = 4874;

    private static readonly TimeSpan BusyLimit = TimeSpan.FromSeconds(30);

    public override bool SharesConnection => true;

    public override IsolationLevel Isolation => IsolationLevel.Serializable;

    public override string CountTables => "select count(*) from sqlite_master where type = 'table' and name = @name";

    // One statement sees one state of the database: between two, another process may have made the module's tables.
    public override string? CountStrangers =>
        """
        select count(*) from sqlite_master where type = 'table' and name not like 'sqlite!_%' escape '!'
        and not exists (select 1 from sqlite_master where type = 'table' and name = @name)
        """;

    public override DbDataSource Open(bool create) => SqliteFactory.Instance.CreateDataSource(ConnectionString(create));

    public override (DbProviderFactory Provider, string ConnectionString) Access => (SqliteFactory.Instance, ConnectionString(create: false));

    public override NapterFtpException? FindObstacle(bool create)
    {
        if (NetworkShare.Holds(Address.Path!))
        {
            return new NapterFtpException(
                "StoreOnNetworkShare",
                NapterFtpErrorKind.InvalidArgument,
                $"The store '{Address}' lies on a network share, where two processes would damage it.",
                "Put it on a disk of this computer; computers share a store by PostgreSQL: -Store 'Host=…;Database=…'.",
                Address.Name);
        }

        if (MayBeThere())
        {
            return null;
        }

        if (!create)
        {
            return NotFound();
        }

        try
        {
            MakePrivate();
            return null;
        }
        catch (UnauthorizedAccessException e)
        {
            return Denied(e);
        }
        catch (IOException e)
        {
            return ReadOnly(e);
        }
    }

    public override async Task PrepareAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "pragma synchronous = full";
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public override async Task AdoptAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "pragma journal_mode = wal";
        await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>A transaction of ours has the file to itself already.</summary>
    public override Task LockSchemaAsync(DbConnection connection, DbTransaction transaction, CancellationToken cancellationToken) => Task.CompletedTask;

    public override string? WaitForTurn => null;

    public override string Schema(string statement) => statement
        .Replace("{id}", "integer primary key autoincrement", StringComparison.Ordinal)
        .Replace("{time}", "integer", StringComparison.Ordinal);

    public override object ToTime(DateTimeOffset time) => time.UtcTicks;

    public override DateTimeOffset FromTime(object value) => new(Convert.ToInt64(value, CultureInfo.InvariantCulture), TimeSpan.Zero);

    public override bool IsPassing(Exception exception) => exception is SqliteException { SqliteErrorCode: BusyCode or Locked };

    public override NapterFtpException Explain(Exception exception) => exception is not SqliteException error
        ? Failed(exception)
        : error.SqliteErrorCode switch
        {
            NoDatabase or Corrupt => Damaged(error),
            ReadOnlyCode => ReadOnly(error),
            BusyCode or Locked => Busy(error),
            FullCode => Full(error),
            Permission => Denied(error),
            CannotOpen => MayBeThere() ? Denied(error) : NotFound(),
            InputOutput => error.SqliteExtendedErrorCode == NoRoomForIndex ? Full(error) : Failed(error),
            _ => Failed(error),
        };

    /// <summary>Whether the file is there, or lies where this user may not look.</summary>
    private bool MayBeThere()
    {
        try
        {
            return !File.GetAttributes(Address.Path!).HasFlag(FileAttributes.Directory);
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private string ConnectionString(bool create) => new SqliteConnectionStringBuilder
    {
        DataSource = Address.Path,
        Mode = create ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite,
        ForeignKeys = true,
        DefaultTimeout = (int)BusyLimit.TotalSeconds,
        Pooling = false,
    }.ConnectionString;

    private NapterFtpException NotFound() => new(
        "StoreNotFound",
        NapterFtpErrorKind.NotFound,
        $"There is no store '{Address}'.",
        "Give the path of the file that the pulls were told with -Store.",
        Address.Name);

    /// <summary>Paths on devices and the plans of a company are for its user alone; a file that is there keeps its rights.</summary>
    private void MakePrivate()
    {
        var folder = Path.GetDirectoryName(Address.Path)!;
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite };
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        new FileStream(Address.Path!, options).Dispose();
    }
}
