using NapterFtp.Copy;

namespace NapterFtp.Pulls;

/// <summary>Counts on the way what comes of a device.</summary>
internal sealed class PullTallySink(ICopySink sink) : ICopySink
{
    private readonly object _lock = new();
    private PullTally _value;
    private bool _hopeless;
    private bool _hopeful;

    public PullTally Value
    {
        get
        {
            lock (_lock)
            {
                return _value with { IsFinal = _hopeless && !_hopeful };
            }
        }
    }

    public void Done(NapterFtpTransfer transfer)
    {
        lock (_lock)
        {
            var came = transfer.Status is NapterFtpTransferStatus.Copied or NapterFtpTransferStatus.Resumed;
            _value = _value with
            {
                Files = _value.Files + (came ? 1 : 0),
                Bytes = _value.Bytes + transfer.Transferred,
                Error = _value.Error ?? (transfer.Status is NapterFtpTransferStatus.Failed or NapterFtpTransferStatus.Changed ? $"{transfer.Source}: {transfer.Error}" : null),
            };
            _hopeful |= transfer.Status == NapterFtpTransferStatus.Changed;
        }

        sink.Done(transfer);
    }

    public void Failed(NapterFtpException error)
    {
        lock (_lock)
        {
            _value = _value with { Error = _value.Error ?? error.Message };
            _hopeless |= IsFinal(error);
            _hopeful |= !IsFinal(error);
        }

        sink.Failed(error);
    }

    /// <summary>Counts what the sink itself could not be told.</summary>
    public void Note(Exception exception)
    {
        lock (_lock)
        {
            _value = _value with { Error = _value.Error ?? exception.Message };
        }
    }

    public void Progressed(CopyProgress progress) => sink.Progressed(progress);

    public ValueTask CopiedAsync(NapterFtpTransfer transfer, CancellationToken cancellationToken) => sink.CopiedAsync(transfer, cancellationToken);

    public ValueTask<bool> ApproveAsync(string action, string target, CancellationToken cancellationToken) => sink.ApproveAsync(action, target, cancellationToken);

    /// <summary>What is wrong with the schedule, or not allowed, stays so; what SORACOM or a device refuses may be otherwise later.</summary>
    private static bool IsFinal(NapterFtpException error) => error.ErrorId is "DestinationNotAllowed" or "ScriptNotAllowed" or "InvalidDestination" or "InvalidPull";
}
