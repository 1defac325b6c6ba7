namespace NapterFtp.Pulls.Service;

/// <summary>Keeps a second service away from a store that bears only one. The system frees the lock however the process ends.</summary>
internal sealed class ServiceLock : IDisposable
{
    private readonly FileStream? _file;

    private ServiceLock(FileStream? file)
    {
        _file = file;
    }

    /// <summary>Takes it.</summary>
    /// <exception cref="NapterFtpException"><c>PullServiceRunning</c>; or the store's folder cannot be written.</exception>
    public static ServiceLock Take(StoreAddress address)
    {
        if (address.Path is not { } path)
        {
            return new ServiceLock(null);
        }

        // By whichever name the file is reached.
        var store = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        var name = store + ".service";
        try
        {
            return new ServiceLock(new FileStream(name, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0));
        }
        catch (UnauthorizedAccessException exception)
        {
            throw Copy.Errors.Local(name, exception);
        }
        catch (IOException exception)
        {
            throw new NapterFtpException(
                "PullServiceRunning",
                NapterFtpErrorKind.InUse,
                $"A service runs the schedules of '{address}' already: a store in a file bears only one.",
                "Get-NapterPullService shows it, and Stop-NapterPullService stops it where it was started. Several share a store by PostgreSQL: -Store 'Host=…;Database=…'.",
                address.Name,
                exception);
        }
    }

    public void Dispose() => _file?.Dispose();
}
