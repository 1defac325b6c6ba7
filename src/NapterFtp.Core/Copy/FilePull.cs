using System.Security.Cryptography;
using NapterFtp.Ftp;

namespace NapterFtp.Copy;

/// <summary>One attempt to bring one file from the device, into a partial file beside its destination. Only
/// <see cref="PutInPlaceAsync"/>, once all is verified, touches the destination itself.</summary>
internal sealed class FilePull : IDisposable
{
    private const int BufferSize = 128 * 1024;

    // A program that has the destination open often closes it soon: an indexer, a virus scanner, somebody's look.
    private static readonly TimeSpan InUsePatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly TransferJob _job;
    private readonly CopyOptions _options;
    private readonly ProgressMeter _meter;
    private readonly PartialFile? _file;
    private readonly string _path;
    /// <param name="job">The file on its way.</param>
    /// <param name="options">What the user wants.</param>
    /// <param name="meter">Told of what comes.</param>
    /// <param name="file">The partial file; null where an earlier run has left the whole one.</param>
    /// <param name="path">The temporary name.</param>
    private FilePull(TransferJob job, CopyOptions options, ProgressMeter meter, PartialFile? file, string path)
    {
        _job = job;
        _options = options;
        _meter = meter;
        _file = file;
        _path = path;
    }

    /// <summary>Where the file is until it is put in place.</summary>
    public string Path => _path;

    private PlannedTransfer Plan => _job.Plan;

    /// <summary>Where the file is written while it comes.</summary>
    public static string PartialPath(PlannedTransfer plan, string device) => System.IO.Path.Combine(
        System.IO.Path.GetDirectoryName(plan.LocalPath)!,
        PartialName.For(System.IO.Path.GetFileName(plan.LocalPath), device, plan.RemotePath, plan.Length, plan.Modified));

    /// <summary>Where the file waits once it is whole and its destination cannot be replaced; null where nothing would tell later that it
    /// is the same version.</summary>
    public static string? WholePath(PlannedTransfer plan, string device) =>
        plan.Length is null || plan.Modified is null ? null : PartialName.WholeOf(PartialPath(plan, device));

    /// <summary>Fetches and verifies the file.</summary>
    /// <returns>The file ready to be put in place.</returns>
    /// <exception cref="NapterFtpException">The attempt failed.</exception>
    public static async Task<FilePull> FetchAsync(
        FtpClientSession session, TransferJob job, CopyOptions options, ProgressMeter meter, int following, CancellationToken cancellationToken)
    {
        if (await TakeOverAsync(session, job, options, meter, cancellationToken) is { } whole)
        {
            return whole;
        }

        var pull = Open(session, job, options, meter, cancellationToken);
        try
        {
            await pull.FetchAsync(session, following, cancellationToken);
            return pull;
        }
        catch
        {
            pull.Dispose();
            throw;
        }
    }

    /// <summary>Writes what is buffered to the disk, gives the file the device's time and its final name.</summary>
    /// <param name="device">The device and port.</param>
    /// <param name="time">The clock of the wait for a destination that a program has open.</param>
    /// <param name="cancellationToken">Ends that wait; the file is kept.</param>
    /// <exception cref="NapterFtpException"><c>LocalFileInUse</c>, <c>LocalAccessDenied</c>, <c>LocalFileError</c>.</exception>
    public async Task PutInPlaceAsync(string device, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            _file?.Complete(_job.Modified, _options.Files);
            if (_options is { Sync: null, IfExists: NapterFtpIfExists.Append } && !_job.Resumed && File.Exists(Plan.LocalPath)
                && !await ContinuesAsync(cancellationToken))
            {
                _options.Files.Move(Plan.LocalPath, NumberedName.NextFree(Plan.LocalPath, new HashSet<string>()));
            }

            // Windows gives no file that is open another name.
            _file?.Dispose();
            if (await TryMoveAsync(time, cancellationToken) is { } inUse)
            {
                throw Errors.InUse(Plan.LocalPath, Keep(device), inUse);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Errors.Local(Plan.LocalPath, exception);
        }

        foreach (var leftover in Plan.Leftovers)
        {
            Delete(leftover);
        }
    }

    public void Dispose() => _file?.Dispose();

    /// <summary>What an earlier run fetched and verified, but could not put in place.</summary>
    private static async Task<FilePull?> TakeOverAsync(
        FtpClientSession session, TransferJob job, CopyOptions options, ProgressMeter meter, CancellationToken cancellationToken)
    {
        if (WholePath(job.Plan, session.Device) is not { } path || !File.Exists(path)
            || (options.TakesSource && await session.SizeAsync(job.RemotePath, cancellationToken) is { } size && size != job.Plan.Length))
        {
            return null;
        }

        try
        {
            await using var file = File.OpenRead(path);
            if (file.Length != job.Plan.Length)
            {
                return null;
            }

            job.Hash = options.Hash ? Convert.ToHexString(await SHA256.HashDataAsync(file, cancellationToken)) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Errors.Local(path, exception);
        }

        job.IsWhole = true;
        return new FilePull(job, options, meter, null, path);
    }

    private static FilePull Open(
        FtpClientSession session, TransferJob job, CopyOptions options, ProgressMeter meter, CancellationToken cancellationToken)
    {
        var plan = job.Plan;
        try
        {
            if (Directory.Exists(plan.LocalPath))
            {
                throw new IOException("A folder of that name is in the way.");
            }

            if (options.Files.IsDevice(plan.LocalPath))
            {
                throw LocalFileSystem.DeviceInTheWay();
            }

            if (File.Exists(plan.LocalPath) && options.Files.IsOpenElsewhere(plan.LocalPath))
            {
                throw Errors.InUse(plan.LocalPath, fetched: false, null);
            }

            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(plan.LocalPath)!);
            var file = OpenPartial(plan, session.Device);
            try
            {
                if (!job.StartsOver && !options.Ascii && session.Traits.May("REST") && (options.KeepsPartial || job.Attempts > 1))
                {
                    file.Continue(plan.Completes ? plan.LocalPath : null, job.Expected, cancellationToken);
                }
            }
            catch
            {
                file.Dispose();
                throw;
            }

            return new FilePull(job, options, meter, file, file.Path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Errors.Local(plan.LocalPath, exception);
        }
    }

    private static PartialFile OpenPartial(PlannedTransfer plan, string device)
    {
        try
        {
            return new PartialFile(PartialPath(plan, device));
        }
        catch (IOException exception) when (LocalFileSystem.SaysInUse(exception))
        {
            throw Errors.BeingCopied(plan.LocalPath, exception);
        }
    }

    private async Task FetchAsync(FtpClientSession session, int following, CancellationToken cancellationToken)
    {
        var file = _file!;
        var traits = session.Traits;
        var asksSize = !_options.Ascii && traits.May("SIZE") && (_job.Expected is null || _options.TakesSource || _options.IfExists == NapterFtpIfExists.Append);

        // MLSD has told the time to the second; MDTM for each file is worth it where it costs no round trip, or LIST tells days only.
        var asksTime = traits.May("MDTM") && Plan.TimeSource is not (NapterFtpTimeSource.Mlsd or NapterFtpTimeSource.Mdtm)
            && (session.KeepsOrder == true || Plan.Modified is null || Plan.Precision > TimeSpan.FromMinutes(1));
        List<FtpCommand> behind = [];
        if (asksSize)
        {
            behind.Add(session.Command("SIZE", _job.RemotePath));
        }

        if (asksTime)
        {
            behind.Add(session.Command("MDTM", _job.RemotePath));
        }

        var request = new TransferRequest
        {
            Command = session.Command("RETR", _job.RemotePath),
            Path = _job.RemotePath,
            Restart = file.Restart,
            Behind = behind,
            Following = following,
            IsAllThereAsync = _options.Ascii ? null : async token => file.Position == (await session.SizeAsync(_job.RemotePath, token) ?? _job.Expected),
        };
        var outcome = await session.TransferAsync(request, (flow, token) => ReceiveAsync(file, flow, token), cancellationToken);
        if (outcome.Refused is { } refused)
        {
            throw Errors.Refused(session.Device, refused.Command, Plan.RemotePath, refused.Reply);
        }

        var size = asksSize ? session.ReadSize(outcome.Behind[0]) : null;
        if (asksTime && session.ReadTime(outcome.Behind[^1]) is { } time)
        {
            _job.LearnTime(time);
        }

        size = await RemoteFiles.ConfirmedAsync(session, _job.RemotePath, size, file.Position, cancellationToken);
        await VerifyAsync(session, file.Position, size, outcome.Final is not null, cancellationToken);
        _job.Length = file.Position;
        _job.Hash = file.TakeHash();
    }

    private async Task ReceiveAsync(PartialFile file, DataFlow flow, CancellationToken cancellationToken)
    {
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(BufferSize);
        var lines = _options.Ascii ? LineEnds.Local() : null;
        var text = lines is null ? [] : new byte[buffer.Length + 1];
        try
        {
            file.Begin(flow.Restarted, _options.Hash, cancellationToken);
            _job.Resumed = file.Continues;
            var room = buffer.AsMemory(0, Math.Min(buffer.Length, _job.Pace?.LargestPiece ?? buffer.Length));
            while (await flow.ReadAsync(room, cancellationToken) is var count and > 0)
            {
                _job.Transferred += count;
                if (!file.TryTake(lines is null ? buffer.AsSpan(0, count) : text.AsSpan(0, lines.FromDevice(buffer.AsSpan(0, count), text))))
                {
                    _job.StartsOver = true;
                    throw Differs();
                }

                _meter.Moved(Plan, file.Position, count);
                await (_job.Pace?.TakeAsync(count, cancellationToken) ?? ValueTask.CompletedTask);
            }

            if (lines?.EndsWithCr == true)
            {
                file.TryTake("\r"u8);
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

    private async Task VerifyAsync(FtpClientSession session, long position, long? size, bool ended, CancellationToken cancellationToken)
    {
        // Line ends that were changed on the way change the length.
        var expected = _options.Ascii ? null : _job.Expected;
        var verdict = CopiedLength.Judge(expected, position, size, ended);
        if (verdict == LengthVerdict.Differs && size is null && !_options.Ascii)
        {
            // The listing may be old by now. What the device says of this one file outranks it.
            size = await RemoteFiles.LengthAsync(session, _job.RemotePath, cancellationToken);
            verdict = CopiedLength.Judge(expected, position, size, ended);
        }

        _job.IsWhole = verdict == LengthVerdict.Whole;
        switch (verdict)
        {
            case LengthVerdict.Whole or LengthVerdict.Unverified:
                return;
            case LengthVerdict.Grown when _options.IfExists == NapterFtpIfExists.Append:
                // A log that grows on is complete as far as it went; the next run has the rest.
                return;
            case LengthVerdict.Grown or LengthVerdict.Replaced:
                _job.Expected = size;
                _job.StartsOver = verdict == LengthVerdict.Replaced;
                throw Errors.Changed(session.Device, Plan.Source, expected, position, size);
            default:
                session.DoubtPipelining();
                _job.StartsOver = true;
                throw new NapterFtpException(
                    "LengthMismatch",
                    NapterFtpErrorKind.Verification,
                    size is null && expected is null
                        ? $"{session.Device}: '{Plan.Source}' came with {position} bytes, and the device neither said that this is all nor tells its length."
                        : $"{session.Device}: '{Plan.Source}' came with {position} bytes, but the device says it has {size ?? expected}.",
                    "Its connection may have been cut; -Retry tries again.",
                    Plan.Source);
        }
    }

    /// <summary>Takes the destination's place, for a while also against a program that has it open.</summary>
    /// <returns>What the system said where it is still open; null where the file is in place.</returns>
    private async Task<Exception?> TryMoveAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                _options.Files.Move(_path, Plan.LocalPath);
                return null;
            }
            catch (Exception exception) when (_options.Files.MayBeInUse(exception, Plan.LocalPath))
            {
                if (cancellationToken.IsCancellationRequested || time.GetElapsedTime(began) + pause > InUsePatience)
                {
                    return exception;
                }
            }

            try
            {
                await Task.Delay(pause, time, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                // Once more, then it is kept.
            }
        }
    }

    /// <summary>Whether what has come begins with all that the destination holds.</summary>
    private async Task<bool> ContinuesAsync(CancellationToken cancellationToken)
    {
        if (_file is not null)
        {
            return await _file.BeginsWithAsync(Plan.LocalPath, cancellationToken);
        }

        using var whole = File.OpenHandle(_path);
        return await PartialFile.BeginsWithAsync(whole, Plan.LocalPath, cancellationToken);
    }

    /// <summary>Keeps the verified file for the next run, under a name that only this version of its source has.</summary>
    private bool Keep(string device)
    {
        if (!_job.IsWhole || WholePath(Plan, device) is not { } whole)
        {
            return false;
        }

        if (whole != _path)
        {
            File.Move(_path, whole, overwrite: true);
        }

        return true;
    }

    private static void Delete(string leftover)
    {
        try
        {
            PartialFile.Delete(leftover);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next run tries again.
        }
    }

    private NapterFtpException Differs() => new(
        "PartialDiffers",
        NapterFtpErrorKind.Verification,
        $"What is there of '{Plan.LocalPath}' is not the beginning of '{Plan.Source}'.",
        "Copy it as a whole with -IfExists Overwrite.",
        Plan.LocalPath);
}
