using Microsoft.Extensions.Logging;

namespace NapterFtp.Diagnostics;

/// <summary>Logs in the flow of whoever uses something now, where that something outlives the command that began it: its background
/// work would log to that command for ever.</summary>
internal sealed class FollowingLogger(ILogger logger) : ILogger
{
    private volatile ExecutionContext? _flow = ExecutionContext.Capture();

    /// <summary>From now on the messages are the calling flow's.</summary>
    public void Follow() => _flow = ExecutionContext.Capture();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => logger.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel)
    {
        var enabled = false;
        Run(() => enabled = logger.IsEnabled(logLevel));
        return enabled;
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Run(() => logger.Log(logLevel, eventId, state, exception, formatter));

    private void Run(Action action)
    {
        if (_flow is { } flow)
        {
            ExecutionContext.Run(flow, static action => ((Action)action!)(), action);
        }
        else
        {
            action();
        }
    }
}
