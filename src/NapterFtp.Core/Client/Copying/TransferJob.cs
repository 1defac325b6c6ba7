namespace NapterFtp.Client.Copying;

/// <summary>One file on its way, through all its attempts.</summary>
internal sealed class TransferJob(PlannedTransfer plan, TimeProvider time)
{
    private long _started;

    public PlannedTransfer Plan { get; } = plan;

    public int Attempts { get; private set; }

    /// <summary>Not before this time, where a failed attempt is to be repeated.</summary>
    public DateTimeOffset NotBefore { get; set; }

    /// <summary>Bytes that crossed the network, all attempts together.</summary>
    public long Transferred { get; set; }

    /// <summary>Whether something that was there already was completed.</summary>
    public bool Resumed { get; set; }

    /// <summary>Bytes of the whole file, once known.</summary>
    public long? Length { get; set; } = plan.Length;

    /// <summary>SHA-256 of the whole file, where asked for.</summary>
    public string? Hash { get; set; }

    /// <summary>Whether the copy is known to hold every byte of the source, so that the source may go.</summary>
    public bool IsWhole { get; set; }

    /// <summary>Nothing at hand is continued: it turned out not to be the source's beginning.</summary>
    public bool StartsOver { get; set; }

    public void BeginAttempt()
    {
        if (Attempts++ == 0)
        {
            _started = time.GetTimestamp();
        }
    }

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
        Attempts = Attempts,
        Hash = Hash,
        SourceRemoved = sourceRemoved,
        Error = error,
    };
}
