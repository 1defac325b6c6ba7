using NapterFtp.Ftp;

namespace NapterFtp.Copy;

/// <summary>One attempt to bring one file from the device, into a partial file beside its destination. Only
/// <see cref="PutInPlace"/>, once all is verified, touches the destination itself.</summary>
internal sealed class FilePull : IDisposable
{
    private const int BufferSize = 128 * 1024;

    private readonly TransferJob _job;
    private readonly CopyOptions _options;
    private readonly ProgressMeter _meter;
    private readonly PartialFile _file;
    private DateTimeOffset? _modified;

    private FilePull(TransferJob job, CopyOptions options, ProgressMeter meter, PartialFile file)
    {
        _job = job;
        _options = options;
        _meter = meter;
        _file = file;
        _modified = job.Plan.Modified;
    }

    private PlannedTransfer Plan => _job.Plan;

    /// <summary>Where the file is written while it comes.</summary>
    public static string PartialPath(PlannedTransfer plan, string device) => Path.Combine(
        Path.GetDirectoryName(plan.LocalPath)!,
        PartialName.For(Path.GetFileName(plan.LocalPath), device, plan.RemotePath, plan.Length, plan.Modified));

    /// <summary>Fetches and verifies the file.</summary>
    /// <returns>The file ready to be put in place.</returns>
    /// <exception cref="NapterFtpException">The attempt failed.</exception>
    public static async Task<FilePull> FetchAsync(
        FtpClientSession session, TransferJob job, CopyOptions options, ProgressMeter meter, int following, CancellationToken cancellationToken)
    {
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

    /// <summary>Writes what is buffered to the disk, gives the file the device's time and its final name. Blocks.</summary>
    public void PutInPlace()
    {
        try
        {
            _file.Rename(Plan.LocalPath, _modified);
            foreach (var leftover in Plan.Leftovers)
            {
                File.Delete(leftover);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Errors.Local(Plan.LocalPath, exception);
        }
    }

    public void Dispose() => _file.Dispose();

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

            Directory.CreateDirectory(Path.GetDirectoryName(plan.LocalPath)!);
            var file = new PartialFile(PartialPath(plan, session.Device));
            try
            {
                if (!job.StartsOver && session.Traits.May("REST") && (options.KeepsPartial || job.Attempts > 1))
                {
                    file.Continue(plan.Completes ? plan.LocalPath : null, plan.Length, cancellationToken);
                }
            }
            catch
            {
                file.Dispose();
                throw;
            }

            return new FilePull(job, options, meter, file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Errors.Local(plan.LocalPath, exception);
        }
    }

    private async Task FetchAsync(FtpClientSession session, int following, CancellationToken cancellationToken)
    {
        var traits = session.Traits;
        var asksSize = traits.May("SIZE") && (Plan.Length is null || _options.RemoveSource);

        // MLSD has told the time to the second; MDTM for each file is worth it where it costs no round trip, or LIST tells days only.
        var asksTime = traits.May("MDTM") && Plan.TimeSource is not (NapterFtpTimeSource.Mlsd or NapterFtpTimeSource.Mdtm)
            && (session.KeepsOrder == true || Plan.Modified is null || Plan.Precision > TimeSpan.FromMinutes(1));
        List<FtpCommand> behind = [];
        if (asksSize)
        {
            behind.Add(session.Command("SIZE", Plan.RemotePath));
        }

        if (asksTime)
        {
            behind.Add(session.Command("MDTM", Plan.RemotePath));
        }

        var request = new TransferRequest
        {
            Command = session.Command("RETR", Plan.RemotePath),
            Path = Plan.RemotePath,
            Restart = _file.Restart,
            Behind = behind,
            Following = following,
        };
        var outcome = await session.TransferAsync(request, ReceiveAsync, cancellationToken);
        if (outcome.Refused is { } refused)
        {
            throw Errors.Refused(session.Device, refused.Command, Plan.RemotePath, refused.Reply);
        }

        var size = asksSize ? session.ReadSize(outcome.Behind[0]) : null;
        if (asksTime && session.ReadTime(outcome.Behind[^1]) is { } time)
        {
            _modified = time;
        }

        await VerifyAsync(session, size, outcome.Final is not null, cancellationToken);
        _job.Length = _file.Position;
        _job.Hash = _file.TakeHash();
    }

    private async Task ReceiveAsync(DataFlow flow, CancellationToken cancellationToken)
    {
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            _file.Begin(flow.Restarted, _options.Hash, cancellationToken);
            _job.Resumed = _file.Continues;
            while (await flow.ReadAsync(buffer, cancellationToken) is var count and > 0)
            {
                _job.Transferred += count;
                if (!_file.TryTake(buffer.AsSpan(0, count)))
                {
                    _job.StartsOver = true;
                    throw Differs();
                }

                _meter.Moved(Plan, _file.Position, count);
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

    private async Task VerifyAsync(FtpClientSession session, long? size, bool ended, CancellationToken cancellationToken)
    {
        var position = _file.Position;
        _job.IsWhole = size is not null ? size == position : Plan.Length == position && ended;
        if (position == (size ?? Plan.Length) || (size is null && Plan.Length is null && ended))
        {
            return;
        }

        // A file that grows while it is copied is longer than the listing said. All that was there then must have come.
        size ??= await session.SizeAsync(Plan.RemotePath, cancellationToken);
        if (size >= position && position >= (Plan.Length ?? size))
        {
            _job.IsWhole = size == position;
            return;
        }

        session.DoubtPipelining();
        _job.StartsOver = true;
        throw new NapterFtpException(
            "LengthMismatch",
            NapterFtpErrorKind.Verification,
            $"{session.Device}: '{Plan.Source}' came with {position} bytes, but the device says it has {size ?? Plan.Length}.",
            "The file may be changing, or its connection was cut; -Retry tries again.",
            Plan.Source);
    }

    private NapterFtpException Differs() => new(
        "PartialDiffers",
        NapterFtpErrorKind.Verification,
        $"What is there of '{Plan.LocalPath}' is not the beginning of '{Plan.Source}'.",
        "Copy it as a whole with -IfExists Overwrite.",
        Plan.LocalPath);
}
