using System.Globalization;
using System.Management.Automation;
using System.Threading.Channels;
using NapterFtp.Diagnostics;
using NapterFtp.PowerShell.Sessions;

namespace NapterFtp.PowerShell.Jobs;

/// <summary>Something that runs until it is stopped, as a PowerShell job: its output tells what goes on.</summary>
/// <remarks>Output that nobody receives is kept up to <see cref="OutputLimit"/> events and <see cref="LogLimit"/> messages of each
/// other stream; then the oldest are dropped, a warning says so once, and <see cref="StatusMessage"/> counts them.</remarks>
public abstract class ModuleJob : Job
{
    /// <summary>How many unread events a job keeps.</summary>
    public const int OutputLimit = 10_000;

    private const int LogLimit = 2_000;
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    private readonly Channel<Pending> _writes;
    private int _stopped;
    private int _warned;
    private long _droppedEvents;
    private long _droppedMessages;

    private protected ModuleJob(string command, string name, NapterConnection connection)
        : base(command, name)
    {
        Connection = connection;

        // Filled while somebody who receives the output holds its stream up.
        _writes = Channel.CreateBounded<Pending>(
            new BoundedChannelOptions(OutputLimit) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            dropped => CountDropped(dropped.IsEvent));
        PSJobTypeName = GetType().Name;
        PSBeginTime = DateTime.Now;
    }

    /// <inheritdoc/>
    public override bool HasMoreData =>
        Output.Count > 0 || Error.Count > 0 || Warning.Count > 0 || Verbose.Count > 0 || Debug.Count > 0;

    /// <inheritdoc/>
    public override string Location => "localhost";

    /// <inheritdoc/>
    public override string StatusMessage => (Interlocked.Read(ref _droppedEvents), Interlocked.Read(ref _droppedMessages)) switch
    {
        (0, 0) => string.Empty,
        var (events, messages) => string.Create(CultureInfo.CurrentCulture, $"{events} unread events and {messages} messages were dropped."),
    };

    internal NapterConnection Connection { get; }

    /// <summary>Stops it; returns once every port is closed or the limit is reached.</summary>
    public override void StopJob() => Blocking.Wait(() => StopAsync(TimeSpan.Zero, CancellationToken.None), StopLimit);

    /// <summary>Stops it and waits until the job has ended.</summary>
    /// <param name="drain">How long what has been begun may go on.</param>
    /// <param name="left">Told how many ports are not closed yet; null for nobody.</param>
    /// <param name="cancellationToken">Cuts the drain and the closing short.</param>
    internal async Task StopAsync(TimeSpan drain, IProgress<int>? left, CancellationToken cancellationToken)
    {
        Interlocked.Exchange(ref _stopped, 1);
        await StopWorkAsync(drain, left, cancellationToken);
        await Ended.Task;
    }

    /// <inheritdoc cref="StopAsync(TimeSpan, IProgress{int}?, CancellationToken)"/>
    internal Task StopAsync(TimeSpan drain, CancellationToken cancellationToken) => StopAsync(drain, left: null, cancellationToken);

    /// <summary>Stops what the job runs.</summary>
    private protected abstract Task StopWorkAsync(TimeSpan drain, IProgress<int>? left, CancellationToken cancellationToken);

    /// <summary>Takes an object for the output; never waits.</summary>
    private protected void PostOutput(object value) => _writes.Writer.TryWrite(new Pending(() => Write(value), IsEvent: true));

    /// <summary>Takes an error of what goes on; never waits.</summary>
    private protected void PostError(Exception exception) => _writes.Writer.TryWrite(new Pending(() => Error.Add(Errors.ErrorRecords.From(exception)), IsEvent: false));

    /// <summary>Starts what the job runs, whose tasks log to the job's streams, and makes the job run until its end.</summary>
    /// <param name="request">Which logs are wanted.</param>
    /// <param name="start">Starts it, and gives its end.</param>
    private protected async Task RunAsync(JobRequest request, Func<Task<Task>> start)
    {
        Task completion;
        try
        {
            using (ModuleState.Instance.Log.SendTo(new StreamSink(this, request.Verbose, request.Debug)))
            {
                completion = await start();
            }
        }
        catch
        {
            Dispose();
            throw;
        }

        SetJobState(JobState.Running);
        _ = PumpAsync();
        _ = WatchAsync(completion);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            if (JobStateInfo.State == JobState.Running)
            {
                StopJob();
            }

            ModuleState.Instance.Disown(this);
        }

        base.Dispose(disposing);
    }

    private TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Receive-Job may hold up whoever adds to a stream, so that only this task does.</summary>
    private async Task PumpAsync()
    {
        await foreach (var write in _writes.Reader.ReadAllAsync())
        {
            try
            {
                write.Write();
                WarnOfDropped();
            }
            catch (Exception)
            {
                // The job was disposed of, or a subscriber to its streams failed; nobody else is to suffer from that.
            }
        }
    }

    private async Task WatchAsync(Task completion)
    {
        Exception? failure = null;
        try
        {
            await completion;
        }
        catch (Exception e)
        {
            failure = e;
        }

        // In turn behind the last event.
        _writes.Writer.TryWrite(new Pending(() => End(failure), IsEvent: false));
        _writes.Writer.TryComplete();
        await _writes.Reader.Completion;
        Ended.TrySetResult();
    }

    private void End(Exception? failure)
    {
        ModuleState.Instance.Disown(this);
        PSEndTime = DateTime.Now;
        if (failure is not null)
        {
            Error.Add(Errors.ErrorRecords.From(failure));
        }

        SetJobState(failure is not null ? JobState.Failed : Volatile.Read(ref _stopped) != 0 ? JobState.Stopped : JobState.Completed);
    }

    private void Write(object value)
    {
        // Before adding, for those who are told of an addition go by its index.
        while (Output.Count >= OutputLimit)
        {
            Output.RemoveAt(0);
            CountDropped(isEvent: true);
        }

        Output.Add(PSObject.AsPSObject(value));
    }

    private void CountDropped(bool isEvent) => Interlocked.Increment(ref (isEvent ? ref _droppedEvents : ref _droppedMessages));

    private void WarnOfDropped()
    {
        if (_warned == 0 && StatusMessage.Length > 0)
        {
            _warned = 1;
            Warning.Add(new WarningRecord(
                $"Job '{Name}' keeps {OutputLimit} unread events and {LogLimit} messages of each other stream; older ones are dropped, and its "
                + "StatusMessage counts them. Follow it with Receive-Job -Wait."));
        }
    }

    /// <summary>What is to be added to a stream.</summary>
    private sealed record Pending(Action Write, bool IsEvent);

    private sealed class StreamSink(ModuleJob job, bool verbose, bool debug) : IFlowLogSink
    {
        public bool Wants(FlowLogStream stream) => stream switch
        {
            FlowLogStream.Debug => debug,
            FlowLogStream.Verbose => verbose,
            _ => true,
        };

        public void Write(FlowLogStream stream, string category, string message) => job._writes.Writer.TryWrite(new Pending(() => Add(stream, category, message), IsEvent: false));

        private void Add(FlowLogStream stream, string category, string message)
        {
            message = View.Lines(message);
            switch (stream)
            {
                case FlowLogStream.Debug:
                    Add(job.Debug, new DebugRecord($"{category}: {message}"));
                    break;
                case FlowLogStream.Verbose:
                    Add(job.Verbose, new VerboseRecord(message));
                    break;
                default:
                    Add(job.Warning, new WarningRecord(message));
                    break;
            }
        }

        private void Add<T>(PSDataCollection<T> records, T record)
        {
            while (records.Count >= LogLimit)
            {
                records.RemoveAt(0);
                job.CountDropped(isEvent: false);
            }

            records.Add(record);
        }
    }
}
