using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using NapterFtp.Ftp;

namespace NapterFtp.Client.Copying;

/// <summary>One attempt to bring one file from the device, into a partial file beside its destination. Only
/// <see cref="PutInPlace"/>, once all is verified, touches the destination itself.</summary>
internal sealed class FilePull : IDisposable
{
    // So much of what is there already is fetched again and compared, to see that the rest belongs to it.
    private const int Overlap = 4096;
    private const int BufferSize = 128 * 1024;

    private readonly TransferJob _job;
    private readonly CopyOptions _options;
    private readonly ProgressMeter _meter;
    private readonly SafeFileHandle _file;
    private readonly string _partialPath;
    private long _had;
    private long _position;
    private DateTimeOffset? _modified;
    private IncrementalHash? _hash;

    private FilePull(TransferJob job, CopyOptions options, ProgressMeter meter, SafeFileHandle file, string partialPath)
    {
        _job = job;
        _options = options;
        _meter = meter;
        _file = file;
        _partialPath = partialPath;
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
        var pull = Open(session, job, options, meter);
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
            if (_modified is { } modified)
            {
                File.SetLastWriteTimeUtc(_file, modified.UtcDateTime);
            }

            RandomAccess.FlushToDisk(_file);
            _file.Dispose();
            File.Move(_partialPath, Plan.LocalPath, overwrite: true);
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

    public void Dispose()
    {
        _file.Dispose();
        _hash?.Dispose();
    }

    private static FilePull Open(FtpClientSession session, TransferJob job, CopyOptions options, ProgressMeter meter)
    {
        var plan = job.Plan;
        try
        {
            if (Directory.Exists(plan.LocalPath))
            {
                throw new IOException("A folder of that name is in the way.");
            }

            Directory.CreateDirectory(Path.GetDirectoryName(plan.LocalPath)!);
            var path = PartialPath(plan, session.Device);
            var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            var pull = new FilePull(job, options, meter, file, path);
            pull.FindBeginning(session.Traits);
            return pull;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Errors.Local(plan.LocalPath, exception);
        }
    }

    /// <summary>How much of the file is there already.</summary>
    private void FindBeginning(DeviceTraits traits)
    {
        _modified = Plan.Modified;
        var continues = !_job.StartsOver && traits.May("REST") && (_options.KeepsPartial || _job.Attempts > 1);
        if (continues)
        {
            _had = RandomAccess.GetLength(_file);
            if (_had == 0 && Plan.Completes)
            {
                using var existing = File.OpenHandle(Plan.LocalPath);
                _had = Copy(existing, _file);
            }
        }

        if (_had <= Overlap || _had > Plan.Length)
        {
            _had = 0;
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
            Restart = _had == 0 ? 0 : _had - Overlap,
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
        _job.Length = _position;
        _job.Hash = _hash is null ? null : Convert.ToHexString(_hash.GetHashAndReset());
    }

    private async Task ReceiveAsync(DataFlow flow, CancellationToken cancellationToken)
    {
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            Begin(flow.Restarted);
            while (await flow.ReadAsync(buffer, cancellationToken) is var count and > 0)
            {
                _job.Transferred += count;
                Take(buffer.AsSpan(0, count));
                _meter.Moved(Plan, _position, count);
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

    private void Begin(bool restarted)
    {
        if (!restarted)
        {
            _had = 0;
        }

        _position = Math.Max(_had - Overlap, 0);
        _job.Resumed = _had > 0;
        RandomAccess.SetLength(_file, _had);
        if (_options.Hash)
        {
            _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            HashBeginning(_hash, _position);
        }
    }

    private void Take(ReadOnlySpan<byte> data)
    {
        _hash?.AppendData(data);
        if (_position < _had)
        {
            var compared = (int)Math.Min(data.Length, _had - _position);
            Span<byte> known = stackalloc byte[Overlap];
            RandomAccess.Read(_file, known[..compared], _position);
            if (!known[..compared].SequenceEqual(data[..compared]))
            {
                _job.StartsOver = true;
                throw Differs();
            }

            _position += compared;
            data = data[compared..];
        }

        RandomAccess.Write(_file, data, _position);
        _position += data.Length;
    }

    private async Task VerifyAsync(FtpClientSession session, long? size, bool ended, CancellationToken cancellationToken)
    {
        _job.IsWhole = size is not null ? size == _position : Plan.Length == _position && ended;
        if (_position == (size ?? Plan.Length) || (size is null && Plan.Length is null && ended))
        {
            return;
        }

        // A file that grows while it is copied is longer than the listing said. All that was there then must have come.
        size ??= await session.SizeAsync(Plan.RemotePath, cancellationToken);
        if (size >= _position && _position >= (Plan.Length ?? size))
        {
            _job.IsWhole = size == _position;
            return;
        }

        session.DoubtPipelining();
        _job.StartsOver = true;
        throw new NapterFtpException(
            "LengthMismatch",
            NapterFtpErrorKind.Verification,
            $"{session.Device}: '{Plan.Source}' came with {_position} bytes, but the device says it has {size ?? Plan.Length}.",
            "The file may be changing, or its connection was cut; -Retry tries again.",
            Plan.Source);
    }

    private NapterFtpException Differs() => new(
        "PartialDiffers",
        NapterFtpErrorKind.Verification,
        $"What is there of '{Plan.LocalPath}' is not the beginning of '{Plan.Source}'.",
        "Copy it as a whole with -IfExists Overwrite.",
        Plan.LocalPath);

    private void HashBeginning(IncrementalHash hash, long length)
    {
        var buffer = new byte[(int)Math.Min(BufferSize, Math.Max(length, 1))];
        for (long at = 0; at < length;)
        {
            var count = RandomAccess.Read(_file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - at)), at);
            hash.AppendData(buffer, 0, count);
            at += count;
        }
    }

    private static long Copy(SafeFileHandle from, SafeFileHandle to)
    {
        var buffer = new byte[BufferSize];
        long at = 0;
        while (RandomAccess.Read(from, buffer, at) is var count and > 0)
        {
            RandomAccess.Write(to, buffer.AsSpan(0, count), at);
            at += count;
        }

        return at;
    }
}
