using Microsoft.Extensions.Logging;

namespace NapterFtp.Diagnostics;

/// <summary>Hands each log message to whoever's work it belongs to: the sink follows the asynchronous flow, so that many
/// callers share one connection and each sees its own part. Messages of work that nobody listens to go nowhere.</summary>
internal sealed class FlowLog : ILoggerFactory
{
    private readonly AsyncLocal<IFlowLogSink?> _sink = new();

    /// <summary>Makes the sink that of the calling flow and of all that it starts, until disposed.</summary>
    public IDisposable SendTo(IFlowLogSink? sink)
    {
        var earlier = _sink.Value;
        _sink.Value = sink;
        return new Restorer(this, earlier);
    }

    /// <summary>The same options, logging here: a caller outside this load context must not name the logging types.</summary>
    public NapterConnectionOptions AddTo(NapterConnectionOptions options) => options with { Loggers = this };

    public ILogger CreateLogger(string categoryName) => new FlowLogger(this, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("The flow's sink is the only provider.");

    public void Dispose()
    {
    }

    private sealed class Restorer(FlowLog log, IFlowLogSink? earlier) : IDisposable
    {
        public void Dispose() => log._sink.Value = earlier;
    }

    private sealed class FlowLogger(FlowLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) =>
            logLevel != LogLevel.None && log._sink.Value?.Wants(Stream(logLevel)) == true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
            {
                return;
            }

            var message = formatter(state, exception);
            log._sink.Value?.Write(
                Stream(logLevel), category, exception is null ? message : $"{message} {exception.GetType().Name}: {exception.Message}");
        }

        private static FlowLogStream Stream(LogLevel level) => level switch
        {
            LogLevel.Trace => FlowLogStream.Debug,
            LogLevel.Debug or LogLevel.Information => FlowLogStream.Verbose,
            _ => FlowLogStream.Warning,
        };
    }
}

/// <summary>The PowerShell stream a log message belongs to.</summary>
internal enum FlowLogStream
{
    /// <summary>Details for those who work on the product.</summary>
    Debug,

    /// <summary>The FTP dialogue and API calls.</summary>
    Verbose,

    /// <summary>What a person should look at.</summary>
    Warning,
}

/// <summary>Takes the log messages of one flow; called from any thread, also after the flow's owner is gone.</summary>
internal interface IFlowLogSink
{
    /// <summary>Whether anybody reads this stream.</summary>
    bool Wants(FlowLogStream stream);

    /// <summary>Takes a message.</summary>
    void Write(FlowLogStream stream, string category, string message);
}
