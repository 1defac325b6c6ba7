using System.Globalization;
using Quartz;

namespace NapterFtp.Pulls.Service;

/// <summary>What a service does when the engine says that it is time.</summary>
internal interface IPullWork
{
    /// <summary>A schedule is due, or may be.</summary>
    Task KeepTimeAsync(string key, CancellationToken cancellationToken);

    /// <summary>A run is to find its devices.</summary>
    /// <param name="run">The run.</param>
    /// <param name="attempt">How often that has failed.</param>
    /// <param name="cancellationToken">The service ends.</param>
    Task FanOutAsync(long run, int attempt, CancellationToken cancellationToken);

    /// <summary>A device of a run is to be pulled from.</summary>
    Task PullAsync(long run, DeviceKey device, CancellationToken cancellationToken);
}

/// <summary>Puts a schedule's run down and sets its next time. The types' names are in stores: they stay.</summary>
internal sealed class TimeJob(IPullWork work) : IJob
{
    public const string Key = "pull";
    public const string Revision = "revision";

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken) =>
        await work.KeepTimeAsync((string)context.MergedJobDataMap[Key]!, cancellationToken);
}

/// <summary>Freezes a run's devices and gives each its job.</summary>
[DisallowConcurrentExecution]
internal sealed class RunJob(IPullWork work) : IJob
{
    public const string Run = "run";
    public const string Attempt = "attempt";

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken) => await work.FanOutAsync(
        long.Parse((string)context.MergedJobDataMap[Run]!, CultureInfo.InvariantCulture),
        int.Parse((string)context.MergedJobDataMap[Attempt]!, CultureInfo.InvariantCulture),
        cancellationToken);
}

/// <summary>Pulls from one device: in the whole cluster never from one device twice at a time, whichever runs it is for.</summary>
[DisallowConcurrentExecution]
internal sealed class DeviceJob(IPullWork work) : IJob
{
    public const string Run = "run";
    public const string Sim = "sim";
    public const string Service = "service";
    public const string Address = "address";
    public const string Port = "port";

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        var data = context.MergedJobDataMap;
        var device = new DeviceKey(
            (string)data[Sim]!,
            Enum.Parse<SimService>((string)data[Service]!),
            data[Address] is string { Length: > 0 } address ? address : null,
            int.Parse((string)data[Port]!, CultureInfo.InvariantCulture));
        await work.PullAsync(long.Parse((string)data[Run]!, CultureInfo.InvariantCulture), device, cancellationToken);
    }
}
