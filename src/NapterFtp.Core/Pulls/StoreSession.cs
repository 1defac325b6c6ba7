using System.Data.Common;
using System.Globalization;

namespace NapterFtp.Pulls;

/// <summary>Asks one connection, within one transaction or none. Throws as the database does; <see cref="PullStore"/> puts that in words.</summary>
/// <param name="connection">The connection.</param>
/// <param name="transaction">Its transaction, if any.</param>
/// <param name="dialect">The database's.</param>
/// <param name="answered">Told how many rows an answer had.</param>
internal sealed class StoreSession(DbConnection connection, DbTransaction? transaction, StoreDialect dialect, Action<int>? answered = null)
{
    public StoreDialect Dialect => dialect;

    /// <summary>Within a transaction: waits until no other transaction has the same name.</summary>
    public Task WaitForTurnAsync(string name, CancellationToken cancellationToken) => dialect.WaitForTurn is { } statement
        ? QueryAsync(statement, [("name", name)], _ => true, cancellationToken)
        : Task.CompletedTask;

    /// <returns>How many rows were written.</returns>
    public async Task<int> ExecuteAsync(string statement, IReadOnlyList<(string Name, object? Value)> parameters, CancellationToken cancellationToken)
    {
        await using var command = Command(statement, parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <returns>The number that the statement gives.</returns>
    public async Task<long> CountAsync(string statement, IReadOnlyList<(string Name, object? Value)> parameters, CancellationToken cancellationToken)
    {
        await using var command = Command(statement, parameters);
        return Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture);
    }

    public async Task<List<T>> QueryAsync<T>(
        string statement, IReadOnlyList<(string Name, object? Value)> parameters, Func<StoreRow, T> read, CancellationToken cancellationToken)
    {
        await using var command = Command(statement, parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        var row = new StoreRow(reader, dialect);
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(row));
        }

        answered?.Invoke(rows.Count);
        return rows;
    }

    private DbCommand Command(string statement, IReadOnlyList<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = statement;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = dialect.ToValue(value);
            command.Parameters.Add(parameter);
        }

        return command;
    }
}

/// <summary>One row of an answer, read by the columns' names.</summary>
internal sealed class StoreRow(DbDataReader reader, StoreDialect dialect)
{
    public string Text(string column) => FindText(column) ?? string.Empty;

    public string? FindText(string column) => Find(column) is { } value ? Convert.ToString(value, CultureInfo.InvariantCulture) : null;

    public long Number(string column) => FindNumber(column) ?? 0;

    public long? FindNumber(string column) => Find(column) is { } value ? Convert.ToInt64(value, CultureInfo.InvariantCulture) : null;

    public DateTimeOffset Time(string column) => FindTime(column) ?? default;

    public DateTimeOffset? FindTime(string column) => Find(column) is { } value ? dialect.FromTime(value) : null;

    public T Name<T>(string column)
        where T : struct, Enum => Enum.TryParse<T>(FindText(column), out var value) ? value : default;

    private object? Find(string column) => reader[column] is var value and not DBNull ? value : null;
}
