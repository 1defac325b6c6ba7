namespace NapterFtp.Copy;

/// <summary>Remembers which versions of which files have been copied whole, whatever has become of the copies since. All methods throw
/// <see cref="NapterFtpException"/> where the memory cannot be read or written; a copy that needs it then stops, so that nothing is
/// copied twice and no source is touched.</summary>
internal interface IFileHistory
{
    /// <summary>The SIM ID of a device that is named by its IMSI: as told, and remembered then; else as it was told before.</summary>
    /// <param name="imsi">The IMSI.</param>
    /// <param name="simId">The SIM ID, where it could be looked up.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null where it was never known.</returns>
    Task<string?> RecallSimAsync(string imsi, string? simId, CancellationToken cancellationToken);

    /// <summary>Which of a device's files are known: copied whole before, or noted as there before the first run. What a dead process
    /// of this computer left unsettled is settled first.</summary>
    Task<IReadOnlySet<FileVersion>> FindAsync(DeviceKey device, IReadOnlyCollection<FileVersion> versions, CancellationToken cancellationToken);

    /// <summary>At the first call for a device and scope, notes all of the versions as known; they are never copied.</summary>
    /// <param name="device">The device.</param>
    /// <param name="scope">What is pulled: the paths and filters, as one text.</param>
    /// <param name="versions">All that is there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether it was the first call.</returns>
    Task<bool> NoteFirstAsync(DeviceKey device, string scope, IReadOnlyCollection<FileVersion> versions, CancellationToken cancellationToken);

    /// <summary>Notes, to the disk, that a file that has come whole is about to take its name. Must be settled or withdrawn.</summary>
    /// <returns>The note's number.</returns>
    Task<long> IntendAsync(FileArrival arrival, CancellationToken cancellationToken);

    /// <summary>The file has its name: from now on this version is known.</summary>
    Task SettleAsync(long intent, NapterFtpTransfer result, CancellationToken cancellationToken);

    /// <summary>The file did not take its name.</summary>
    Task WithdrawAsync(long intent, CancellationToken cancellationToken);

    /// <summary>Keeps the outcome of a file that did not come: Failed, Changed, Postponed. The version stays unknown.</summary>
    Task ReportAsync(DeviceKey device, FileVersion version, NapterFtpTransfer result, CancellationToken cancellationToken);
}

/// <summary>One version of one file on a device, as listings tell it.</summary>
/// <param name="Path">The absolute path on the device.</param>
/// <param name="Length">Bytes; null where the device does not tell.</param>
/// <param name="Modified">When it was last changed; null where the device does not tell.</param>
/// <param name="Precision">The unit <paramref name="Modified"/> was given in. Two times are the same where they differ by no more than the
/// coarser of both units (<see cref="SameFile"/>).</param>
internal readonly record struct FileVersion(string Path, long? Length, DateTimeOffset? Modified, TimeSpan Precision);

/// <summary>A file that has come whole under a temporary name.</summary>
/// <param name="Device">The device it came from.</param>
/// <param name="Version">What came of it: the length is that of the copy.</param>
/// <param name="PartialPath">Its temporary name on this computer, full. Once that is gone the file has had its own.</param>
/// <param name="Destination">The name that it takes, full.</param>
/// <param name="Hash">Its SHA-256 in upper-case hexadecimal, where computed.</param>
internal sealed record FileArrival(DeviceKey Device, FileVersion Version, string PartialPath, string Destination, string? Hash);
