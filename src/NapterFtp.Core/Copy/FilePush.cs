using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using NapterFtp.Ftp;

namespace NapterFtp.Copy;

/// <summary>One attempt to bring one file to the device: under a temporary name in the same folder, verified, then renamed, where
/// the device can do that; under its own name otherwise.</summary>
internal sealed class FilePush : IDisposable
{
    private const int BufferSize = 128 * 1024;

    private readonly FtpClientSession _session;
    private readonly TransferJob _job;
    private readonly CopyOptions _options;
    private readonly ProgressMeter _meter;
    private readonly SafeFileHandle _file;
    private readonly long _length;
    private readonly DateTimeOffset _modified;
    private readonly IncrementalHash? _hash;
    private long _start;
    private long _position;

    private FilePush(FtpClientSession session, TransferJob job, CopyOptions options, ProgressMeter meter, SafeFileHandle file)
    {
        _session = session;
        _job = job;
        _options = options;
        _meter = meter;
        _file = file;
        _length = RandomAccess.GetLength(file);
        _modified = File.GetLastWriteTimeUtc(file);
        _hash = options.Hash ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
    }

    private PlannedTransfer Plan => _job.Plan;

    private string TemporaryPath => PartialPath(Plan, _session.Device);

    /// <summary>Where the file is written while it goes.</summary>
    public static string PartialPath(PlannedTransfer plan, string device) => RemotePath.Combine(
        RemotePath.FolderOf(plan.RemotePath),
        PartialName.For(RemotePath.NameOf(plan.RemotePath), device, plan.LocalPath, plan.Length, plan.Modified));

    /// <summary>Sends, verifies and puts in place.</summary>
    /// <exception cref="NapterFtpException">The attempt failed.</exception>
    public static async Task StoreAsync(
        FtpClientSession session, TransferJob job, CopyOptions options, ProgressMeter meter, int following, CancellationToken cancellationToken)
    {
        using var push = Open(session, job, options, meter);
        await RemoteFiles.EnsureFolderAsync(session, RemotePath.FolderOf(job.Plan.RemotePath), cancellationToken);
        await push.StoreAsync(following, cancellationToken);
    }

    public void Dispose()
    {
        _file.Dispose();
        _hash?.Dispose();
    }

    private static FilePush Open(FtpClientSession session, TransferJob job, CopyOptions options, ProgressMeter meter)
    {
        try
        {
            // Log files are copied while their owner writes on.
            return new FilePush(session, job, options, meter, File.OpenHandle(job.Plan.LocalPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Errors.Local(job.Plan.LocalPath, exception);
        }
    }

    private async Task StoreAsync(int following, CancellationToken cancellationToken)
    {
        // 1. A rename whose answer was lost with the session may have been done.
        if (_job.RenameAsked && !_job.IsAside && await IsRenamedAsync(cancellationToken))
        {
            return;
        }

        // 2. Where the device is known not to rename, or not onto a file that is there, the file goes under its own name at once.
        if (_job.IsAside || !_session.Traits.StoresAside
            || (!_session.Traits.RenameReplaces && await RemoteFiles.IsThereAsync(_session, Plan.RemotePath, cancellationToken)))
        {
            await StoreInPlaceAsync(following, cancellationToken);
            return;
        }

        // 3. Else it is stored aside and verified.
        var refused = await TrySendAsync(TemporaryPath, await FindBeginningAsync(cancellationToken), following, cancellationToken);
        if (refused is not null)
        {
            if (refused.Kind is NapterFtpErrorKind.LimitReached or NapterFtpErrorKind.Connection)
            {
                throw refused;
            }

            // Perhaps it is the name that the device does not like.
            await SendAsync(Plan.RemotePath, 0, following, cancellationToken);
            _session.Traits.StoresAside = false;
            return;
        }

        // 4. Then it gets its name.
        _job.RenameAsked = true;
        try
        {
            await RemoteFiles.RenameAsync(_session, TemporaryPath, Plan.RemotePath, cancellationToken);
            if (!_job.IsWhole && !_options.Ascii)
            {
                Verify(await ListedLengthAsync(Plan.RemotePath, cancellationToken));
            }
        }
        catch (NapterFtpException exception) when (
            _session.IsUsable && exception.Kind is not (NapterFtpErrorKind.LimitReached or NapterFtpErrorKind.Verification))
        {
            // 5. Where the device says no, it is stored under its name, and what is aside goes only once that is done.
            if (!await IsRenamedAsync(cancellationToken))
            {
                await LearnRefusalAsync(exception, cancellationToken);
                await StoreInPlaceAsync(following, cancellationToken);
            }
        }
    }

    /// <summary>Stores under the file's own name; deletes what is aside then.</summary>
    private async Task StoreInPlaceAsync(int following, CancellationToken cancellationToken)
    {
        try
        {
            await SendAsync(Plan.RemotePath, 0, following, cancellationToken);
        }
        catch (NapterFtpException exception) when (_job.IsAside)
        {
            throw Errors.WithAdvice(exception, $"The device has all of it as '{LocalNames.Printable(TemporaryPath)}', which it did not rename.");
        }

        if (_job.IsAside)
        {
            await _session.AskAsync(_session.Command("DELE", TemporaryPath), cancellationToken);
            _job.IsAside = false;
        }
    }

    /// <summary>Whether the file stored aside has its name by now: no longer the temporary one, and as long as it should be.</summary>
    private async Task<bool> IsRenamedAsync(CancellationToken cancellationToken)
    {
        // SIZE may not be offered and a listing may hide the name; asked for the old name, every server that renames looks at once.
        var reply = await _session.AskAsync(_session.Command("RNFR", TemporaryPath), cancellationToken);
        return reply.Code is 550 or 553
            && (_options.Ascii
                ? await RemoteFiles.IsThereAsync(_session, Plan.RemotePath, cancellationToken)
                : await RemoteFiles.LengthAsync(_session, Plan.RemotePath, cancellationToken) == _length);
    }

    /// <summary>What a refused rename tells of the device: it does not rename at all, or not onto a file.</summary>
    private async Task LearnRefusalAsync(NapterFtpException refusal, CancellationToken cancellationToken)
    {
        _job.IsAside = true;
        if (refusal.ErrorId == "RemoteFileBusy")
        {
            // Now, but not always.
            return;
        }

        if (_session.Traits.May("RNFR") && refusal.ErrorId != "FtpCommandNotSupported"
            && await RemoteFiles.IsThereAsync(_session, Plan.RemotePath, cancellationToken))
        {
            _session.Traits.RenameReplaces = false;
        }
        else
        {
            _session.Traits.StoresAside = false;
        }
    }

    /// <summary>How much of this very version of the file the device has under the temporary name.</summary>
    private async Task<long> FindBeginningAsync(CancellationToken cancellationToken)
    {
        if (_job.StartsOver || _options.Ascii || !(_options.KeepsPartial || _job.Attempts > 1) || !_session.Traits.May("APPE"))
        {
            return 0;
        }

        return await _session.SizeAsync(TemporaryPath, cancellationToken) is { } size && size <= _length ? size : 0;
    }

    private async Task SendAsync(string path, long start, int following, CancellationToken cancellationToken)
    {
        if (await TrySendAsync(path, start, following, cancellationToken) is { } refused)
        {
            throw refused;
        }
    }

    /// <summary>Sends the file from a position on and verifies what the device then has.</summary>
    /// <returns>The device's refusal, or null.</returns>
    private async Task<NapterFtpException?> TrySendAsync(string path, long start, int following, CancellationToken cancellationToken)
    {
        _start = start;
        List<FtpCommand> behind = [];
        var asksSize = !_options.Ascii && _session.Traits.May("SIZE");
        if (asksSize)
        {
            behind.Add(_session.Command("SIZE", path));
        }

        var setTime = RemoteFiles.TimeCommand(_session, path, _modified);
        if (setTime is not null)
        {
            behind.Add(setTime);
        }

        var request = new TransferRequest
        {
            Command = _session.Command(start > 0 ? "APPE" : "STOR", path),
            Path = path,
            Behind = behind,
            Following = following,
        };
        var outcome = await _session.TransferAsync(request, SendBodyAsync, cancellationToken);
        if (outcome.Refused is { } refused)
        {
            return Errors.Refused(_session.Device, refused.Command, Plan.RemotePath, refused.Reply);
        }

        if (setTime is not null)
        {
            RemoteFiles.LearnTime(_session, setTime, outcome.Behind[^1]);
        }

        _job.Resumed = start > 0;
        var size = asksSize ? await RemoteFiles.ConfirmedAsync(_session, path, _session.ReadSize(outcome.Behind[0]), _position, cancellationToken) : null;
        Verify(_options.Ascii ? null : size ?? await ListedLengthAsync(path, cancellationToken));
        _job.Length = _position;
        _job.Hash = _hash is null ? null : Convert.ToHexString(_hash.GetHashAndReset());
        return null;
    }

    /// <summary>What the listing tells of a file that SIZE does not; null where it does not show it, as many do with names that
    /// begin with a dot.</summary>
    private async Task<long?> ListedLengthAsync(string path, CancellationToken cancellationToken)
    {
        var traits = _session.Traits;
        if (path == TemporaryPath && traits.HidesDotNames)
        {
            return null;
        }

        var listed = await FolderLister.FindAsync(_session, path, cancellationToken);
        traits.HidesDotNames |= listed is null && path == TemporaryPath;
        return listed?.Length;
    }

    private async Task SendBodyAsync(DataFlow flow, CancellationToken cancellationToken)
    {
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(BufferSize);
        var lines = _options.Ascii ? LineEnds.Local() : null;
        var text = lines is null ? [] : new byte[2 * BufferSize];
        try
        {
            _hash?.GetHashAndReset();
            for (_position = 0; Read(buffer) is var count and > 0;)
            {
                _hash?.AppendData(buffer, 0, count);
                cancellationToken.ThrowIfCancellationRequested();
                var known = (int)Math.Clamp(_start - _position, 0, count);
                if (known < count)
                {
                    var data = lines is null ? buffer.AsMemory(known, count - known) : text.AsMemory(0, lines.ToDevice(buffer.AsSpan(0, count), text));
                    await flow.WriteAsync(data, cancellationToken);
                    _job.Transferred += data.Length;
                }

                _position += count;
                _meter.Moved(Plan, _position, count - known);
                await (_job.Pace?.TakeAsync(count - known, cancellationToken) ?? ValueTask.CompletedTask);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Errors.Local(Plan.LocalPath, exception);
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private int Read(byte[] buffer) => RandomAccess.Read(_file, buffer.AsSpan(0, Math.Min(BufferSize, _job.Pace?.LargestPiece ?? BufferSize)), _position);

    private void Verify(long? size)
    {
        _job.IsWhole = size == _position;
        var isUnchanged = _position == RandomAccess.GetLength(_file) && _modified.UtcDateTime == File.GetLastWriteTimeUtc(_file);
        if (isUnchanged && (size is null || _job.IsWhole))
        {
            return;
        }

        _job.StartsOver = true;
        _job.IsWhole = false;
        if (!isUnchanged)
        {
            throw Errors.Changed(_session.Device, Plan.LocalPath);
        }

        _session.DoubtPipelining();
        throw new NapterFtpException(
            "LengthMismatch",
            NapterFtpErrorKind.Verification,
            $"{_session.Device} has {size} bytes of '{Plan.LocalPath}', but {_position} were sent.",
            "Check the free space on the device; -Retry tries again.",
            Plan.LocalPath);
    }
}
