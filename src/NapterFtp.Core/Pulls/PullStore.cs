using System.Data.Common;
using System.Net.Sockets;

namespace NapterFtp.Pulls;

/// <summary>The database that keeps schedules, runs and history. All methods throw <see cref="NapterFtpException"/> where it cannot be used. A
/// database that is away for a moment, as at a restart, is waited for; so each piece of work may be done twice and must bear it.</summary>
internal sealed class PullStore : IAsyncDisposable
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(100);

    private readonly StoreOptions _options;
    private readonly StoreDialect _dialect;
    private readonly DbDataSource _source;
    private readonly SemaphoreSlim _turn = new(1);
    private DbConnection? _shared;
    private long _rowsRead;

    private PullStore(StoreOptions options, StoreDialect dialect, DbDataSource source)
    {
        _options = options;
        _dialect = dialect;
        _source = source;
    }

    public StoreAddress Address => _options.Address;

    /// <summary>How many rows have been read so far.</summary>
    public long RowsRead => Interlocked.Read(ref _rowsRead);

    /// <summary>The clock.</summary>
    public TimeProvider Time => _options.Time;

    /// <summary>What another library reaches the same database by.</summary>
    public (DbProviderFactory Provider, string ConnectionString) Access => _dialect.Access;

    /// <summary>Puts an error of such a library in words.</summary>
    public NapterFtpException Explain(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (IsOfDatabase(cause))
            {
                return _dialect.Explain(cause);
            }
        }

        return _dialect.Explain(exception);
    }

    /// <summary>Opens a store, making or upgrading its tables.</summary>
    /// <exception cref="NapterFtpException">The ids begin with <c>Store</c>.</exception>
    public static async Task<PullStore> OpenAsync(StoreOptions options, CancellationToken cancellationToken)
    {
        var dialect = StoreDialect.For(options.Address);
        if (dialect.FindObstacle(options.Create) is { } obstacle)
        {
            throw obstacle;
        }

        var store = new PullStore(options, dialect, dialect.Open(options.Create));
        try
        {
            await store.TryAsync(
                async connection =>
                {
                    await StoreSchema.UpgradeAsync(connection, dialect, options.Address, options.Time.GetUtcNow(), cancellationToken);
                    return true;
                },
                cancellationToken);
            return store;
        }
        catch (Exception e)
        {
            await store.DisposeAsync();
            if (IsOfDatabase(e))
            {
                throw dialect.Explain(e);
            }

            throw;
        }
    }

    /// <summary>Reads, seeing what was written before.</summary>
    public Task<T> ReadAsync<T>(Func<StoreSession, Task<T>> work, CancellationToken cancellationToken) =>
        RepeatAsync(connection => work(new StoreSession(connection, null, _dialect, Count)), cancellationToken);

    /// <summary>Writes, all or nothing. Once it returns, it is on the disk.</summary>
    public Task<T> WriteAsync<T>(Func<StoreSession, Task<T>> work, CancellationToken cancellationToken) =>
        RepeatAsync(
            async connection =>
            {
                await using var transaction = await connection.BeginTransactionAsync(_dialect.Isolation, cancellationToken);
                var result = await work(new StoreSession(connection, transaction, _dialect, Count));
                await transaction.CommitAsync(cancellationToken);
                return result;
            },
            cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_shared is not null)
        {
            await _shared.DisposeAsync();
        }

        await _source.DisposeAsync();
        _turn.Dispose();
    }

    private void Count(int rows) => Interlocked.Add(ref _rowsRead, rows);

    private static bool IsOfDatabase(Exception exception) => exception is DbException or SocketException or TimeoutException or IOException;

    private async Task<T> RepeatAsync<T>(Func<DbConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        var began = Time.GetTimestamp();
        for (var wait = FirstWait; ; wait *= 2)
        {
            try
            {
                return await TryAsync(work, cancellationToken);
            }
            catch (Exception e) when (IsOfDatabase(e) && !cancellationToken.IsCancellationRequested)
            {
                if (!_dialect.IsPassing(e) || Time.GetElapsedTime(began) + wait > _options.Patience)
                {
                    throw _dialect.Explain(e);
                }
            }

            await Task.Delay(wait, Time, cancellationToken);
        }
    }

    private async Task<T> TryAsync<T>(Func<DbConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        if (!_dialect.SharesConnection)
        {
            await using var connection = await _source.OpenConnectionAsync(cancellationToken);
            await _dialect.PrepareAsync(connection, cancellationToken);
            return await work(connection);
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_shared is null)
            {
                _shared = await _source.OpenConnectionAsync(cancellationToken);
                await _dialect.PrepareAsync(_shared, cancellationToken);
            }

            return await work(_shared);
        }
        finally
        {
            _turn.Release();
        }
    }
}

/// <summary>Which store, and how to use it.</summary>
internal sealed record StoreOptions
{
    public required StoreAddress Address { get; init; }

    /// <summary>Whether to make a file where there is none.</summary>
    public bool Create { get; init; } = true;

    /// <summary>How long to wait for a database that was there and is away.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
