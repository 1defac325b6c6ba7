using NapterFtp.Copy;

namespace NapterFtp.Pulls;

/// <summary>A history that is only looked at, to say what a copy would do.</summary>
internal sealed class LookingHistory(PullHistory history) : IFileHistory
{
    public async Task<string?> RecallSimAsync(string imsi, string? simId, CancellationToken cancellationToken) =>
        simId ?? await history.RecallSimAsync(imsi, null, cancellationToken);

    public Task<IReadOnlySet<FileVersion>> FindAsync(DeviceKey device, IReadOnlyCollection<FileVersion> versions, CancellationToken cancellationToken) =>
        history.FindAsync(device, versions, cancellationToken);

    public Task<bool> NoteFirstAsync(DeviceKey device, string scope, IReadOnlyCollection<FileVersion> versions, CancellationToken cancellationToken) =>
        history.IsFirstAsync(device, scope, cancellationToken);

    public Task<long> IntendAsync(FileArrival arrival, CancellationToken cancellationToken) => throw new InvalidOperationException("Nothing is copied in a look.");

    public Task SettleAsync(long intent, NapterFtpTransfer result, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task WithdrawAsync(long intent, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task ReportAsync(DeviceKey device, FileVersion version, NapterFtpTransfer result, CancellationToken cancellationToken) => Task.CompletedTask;
}
