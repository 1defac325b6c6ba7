using System.Net;
using NapterFtp.Core.Tests.Pulls;
using NapterFtp.Pulls;
using NapterFtp.Testing;

[assembly: AssemblyFixture(typeof(Stores))]

namespace NapterFtp.Core.Tests.Pulls;

/// <summary>Empty stores of both kinds. The PostgreSQL server is started with the first test that wants one, and serves all.</summary>
public sealed class Stores : IAsyncLifetime
{
    public const string Sqlite = "SQLite";
    public const string PostgreSql = "PostgreSQL";

    private readonly SemaphoreSlim _turn = new(1);
    private readonly ScratchFolder _folder = new();
    private Postgres? _server;

    public static TheoryData<string> Kinds => [Sqlite, PostgreSql];

    internal static NetworkCredential Login { get; } = new(Postgres.User, Postgres.Password);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _folder.Dispose();
        _turn.Dispose();
    }

    /// <summary>The shared server; the test is skipped where there can be none.</summary>
    public async Task<Postgres> ServerAsync()
    {
        await _turn.WaitAsync();
        try
        {
            if (await Postgres.FindObstacleAsync() is { } obstacle)
            {
                Assert.Skip(obstacle);
            }

            return _server ??= await Postgres.StartAsync();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>What <c>-Store</c> takes for an empty store.</summary>
    public async Task<string> NewTextAsync(string kind) => kind == Sqlite
        ? _folder.File($"{Guid.NewGuid():N}/pulls.db")
        : await (await ServerAsync()).CreateDatabaseAsync();

    /// <summary>An empty store's address.</summary>
    internal async Task<StoreAddress> NewAsync(string kind) => AddressOf(await NewTextAsync(kind));

    internal static StoreAddress AddressOf(string store) =>
        StoreAddress.Parse(store, store.Contains("Host=", StringComparison.Ordinal) ? Login : null, null, Path.GetFullPath);
}
