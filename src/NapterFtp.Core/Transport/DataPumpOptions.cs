namespace NapterFtp.Transport;

/// <summary>How a <see cref="DataPump"/> copies.</summary>
internal sealed record DataPumpOptions
{
    /// <summary>Silence in both directions after which the pump gives up; infinite by default.</summary>
    public TimeSpan IdleTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
