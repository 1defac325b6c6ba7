namespace NapterFtp.Copy;

/// <summary>The files still to be copied, taken by one or more workers. A file that is to be tried again waits its time while
/// the others go on.</summary>
internal sealed class TransferQueue(IEnumerable<TransferJob> jobs, TimeProvider time)
{
    private readonly object _lock = new();
    private readonly LinkedList<TransferJob> _waiting = new(jobs);

    // The waits go by a clock that nobody sets.
    private readonly long _start = time.GetTimestamp();
    private int _running;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How many files are neither done nor being copied.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    private TimeSpan Now => time.GetElapsedTime(_start);

    /// <summary>The next file, once there is one; null when all are done.</summary>
    public async Task<TransferJob?> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            var wait = Timeout.InfiniteTimeSpan;
            lock (_lock)
            {
                var now = Now;
                for (var node = _waiting.First; node is not null; node = node.Next)
                {
                    if (node.Value.NotBefore <= now)
                    {
                        _waiting.Remove(node);
                        _running++;
                        return node.Value;
                    }

                    var until = node.Value.NotBefore - now;
                    wait = wait == Timeout.InfiniteTimeSpan || until < wait ? until : wait;
                }

                if (_waiting.Count == 0 && _running == 0)
                {
                    return null;
                }

                changed = _changed.Task;
            }

            // Files being copied by others may come back.
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(changed, Task.Delay(wait, time, stop.Token));
            await stop.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>A file taken is done, for good or ill.</summary>
    public void Done() => Change(() => _running--);

    /// <summary>A file taken is to be tried again, after a while; others go first.</summary>
    public void TryAgain(TransferJob job, TimeSpan delay) => Change(() =>
    {
        job.NotBefore = Now + delay;
        _running--;
        _waiting.AddLast(job);
    });

    /// <summary>A file taken was not tried: it goes to the front.</summary>
    public void PutBack(TransferJob job) => Change(() =>
    {
        _running--;
        _waiting.AddFirst(job);
    });

    /// <summary>Empties the queue.</summary>
    public IReadOnlyList<TransferJob> TakeAll()
    {
        List<TransferJob> rest = [];
        Change(() =>
        {
            rest.AddRange(_waiting);
            _waiting.Clear();
        });
        return rest;
    }

    private void Change(Action change)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            change();
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.TrySetResult();
    }
}

/// <summary>One file on its way, through all its attempts.</summary>
internal sealed class TransferJob(PlannedTransfer plan, TimeProvider time)
{
    private long _started;

    public PlannedTransfer Plan { get; } = plan;

    /// <summary>The path on the device that the file has now: its own, or another while it is locked.</summary>
    public string RemotePath { get; set; } = plan.LockedPath ?? plan.RemotePath;

    /// <summary>Where the source was moved to; null where it was not.</summary>
    public string? MovedTo { get; set; }

    /// <summary>The file's time as known best: what MDTM said, else what was listed.</summary>
    public DateTimeOffset? Modified { get; private set; } = plan.Modified;

    /// <summary>The unit <see cref="Modified"/> was given in.</summary>
    public TimeSpan Precision { get; private set; } = plan.Precision;

    public int Attempts { get; private set; }

    /// <summary>Not before the queue is so old, where a failed attempt is to be repeated.</summary>
    public TimeSpan NotBefore { get; set; }

    /// <summary>How fast bytes may go, shared with the device's other files; null for as fast as they do.</summary>
    public RatePace? Pace { get; init; }

    /// <summary>Bytes that crossed the network, all attempts together.</summary>
    public long Transferred { get; set; }

    /// <summary>Whether something that was there already was completed.</summary>
    public bool Resumed { get; set; }

    /// <summary>The bytes that what is copied is measured by: those listed, or what the device said since.</summary>
    public long? Expected { get; set; } = plan.Length;

    /// <summary>Bytes of the whole file, once known.</summary>
    public long? Length { get; set; } = plan.Length;

    /// <summary>SHA-256 of the whole file, where asked for.</summary>
    public string? Hash { get; set; }

    /// <summary>Whether the copy is known to hold every byte of the source, so that the source may go.</summary>
    public bool IsWhole { get; set; }

    /// <summary>Whether a history may know that the copy is about to take its name.</summary>
    public bool IsIntended { get; set; }

    /// <summary>Nothing at hand is continued: it turned out not to be the source's beginning.</summary>
    public bool StartsOver { get; set; }

    /// <summary>The device was asked to give the file its name, whatever became of that.</summary>
    public bool RenameAsked { get; set; }

    /// <summary>All of the file is on the device under its temporary name, which the device does not change into the file's own.</summary>
    public bool IsAside { get; set; }

    /// <summary>The device told the file's time by MDTM (RFC 3659 §3), to the second.</summary>
    public void LearnTime(DateTimeOffset modified)
    {
        Modified = modified;
        Precision = Plan.Modified is null ? TimeSpan.FromSeconds(1) : Plan.Precision;
    }

    public void BeginAttempt()
    {
        if (Attempts++ == 0)
        {
            _started = time.GetTimestamp();
        }
    }

    /// <summary>The attempt came to nothing before the file was asked for: it does not count.</summary>
    public void TakeBackAttempt() => Attempts--;

    public NapterFtpTransfer Result(DeviceTarget device, NapterFtpTransferStatus status, string? error = null, bool sourceRemoved = false) => new()
    {
        Imsi = device.Imsi,
        SimId = device.SimId,
        Source = Plan.Source,
        Destination = Plan.Destination,
        Length = Length,
        Transferred = Transferred,
        Duration = Attempts == 0 ? TimeSpan.Zero : time.GetElapsedTime(_started),
        Status = status,
        Verified = IsWhole && status is NapterFtpTransferStatus.Copied or NapterFtpTransferStatus.Resumed,
        Attempts = Attempts,
        Hash = Hash,
        SourceRemoved = sourceRemoved,
        SourceMovedTo = MovedTo,
        Error = error,
    };
}
