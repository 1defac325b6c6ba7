using NapterFtp.Copy;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>Keeps all that a copy tells.</summary>
internal sealed class CopyLog : ICopySink
{
    private readonly object _lock = new();
    private readonly List<NapterFtpTransfer> _transfers = [];
    private readonly List<NapterFtpException> _errors = [];
    private readonly List<CopyProgress> _progress = [];

    /// <summary>Says yes or no to a change; <c>-WhatIf</c> says no.</summary>
    public Func<string, string, bool> Approves { get; set; } = (_, _) => true;

    /// <summary>Called at each report of progress.</summary>
    public Action<CopyProgress> OnProgress { get; set; } = _ => { };

    /// <summary>Called at each outcome.</summary>
    public Action<NapterFtpTransfer> OnDone { get; set; } = _ => { };

    /// <summary>Called once a file is in place; may fail as a user's script does.</summary>
    public Action<NapterFtpTransfer> OnCopied { get; set; } = _ => { };

    public IReadOnlyList<NapterFtpTransfer> Transfers
    {
        get
        {
            lock (_lock)
            {
                return [.. _transfers];
            }
        }
    }

    public IReadOnlyList<NapterFtpException> Errors
    {
        get
        {
            lock (_lock)
            {
                return [.. _errors];
            }
        }
    }

    public IReadOnlyList<CopyProgress> Progress
    {
        get
        {
            lock (_lock)
            {
                return [.. _progress];
            }
        }
    }

    public int Count(NapterFtpTransferStatus status) => Transfers.Count(transfer => transfer.Status == status);

    public void Clear()
    {
        lock (_lock)
        {
            _transfers.Clear();
            _errors.Clear();
            _progress.Clear();
        }
    }

    public void Done(NapterFtpTransfer transfer)
    {
        lock (_lock)
        {
            _transfers.Add(transfer);
        }

        OnDone(transfer);
    }

    public ValueTask CopiedAsync(NapterFtpTransfer transfer, CancellationToken cancellationToken)
    {
        OnCopied(transfer);
        return ValueTask.CompletedTask;
    }

    public void Failed(NapterFtpException error)
    {
        lock (_lock)
        {
            _errors.Add(error);
        }
    }

    public void Progressed(CopyProgress progress)
    {
        lock (_lock)
        {
            _progress.Add(progress);
        }

        OnProgress(progress);
    }

    public ValueTask<bool> ApproveAsync(string action, string target, CancellationToken cancellationToken) => new(Approves(action, target));
}
