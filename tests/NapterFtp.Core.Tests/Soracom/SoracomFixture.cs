using System.Collections.Concurrent;
using System.Security;
using Microsoft.Extensions.Logging;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Soracom;

/// <summary>A client beside a fake API, with a clock that stands still and a log that is kept.</summary>
internal sealed class SoracomFixture : IAsyncDisposable
{
    public const string Password = "planted-password-\"é\\";

    private readonly List<NapterConnection> _connections = [];

    public FakeSoracom Api { get; } = new();

    public WatchedTime Time { get; } = new();

    public KeptLog Log { get; } = new();

    public NapterConnectionOptions Options => new()
    {
        Credential = new SoracomCredential.Root("someone@example.com", Secure(Password)),
        Handler = Api,
        Time = Time,
        Loggers = Log,
        Environment = _ => null,
    };

    public static SecureString Secure(string text)
    {
        var secure = new SecureString();
        foreach (var c in text)
        {
            secure.AppendChar(c);
        }

        return secure;
    }

    public async Task<NapterConnection> ConnectAsync(NapterConnectionOptions? options = null)
    {
        var connection = await NapterConnection.ConnectAsync(options ?? Options, TestContext.Current.CancellationToken);
        _connections.Add(connection);
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }

        Api.Dispose();
        Log.Dispose();
    }
}

/// <summary>Keeps every line logged, at every level.</summary>
internal sealed class KeptLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");

    public void Dispose()
    {
    }
}
