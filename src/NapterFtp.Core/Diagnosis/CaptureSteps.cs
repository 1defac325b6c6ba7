using System.Globalization;
using NapterFtp.Soracom;

namespace NapterFtp.Diagnosis;

/// <summary>The recording of the SIM's packets while the other steps run.</summary>
internal static class CaptureSteps
{
    /// <summary>Makes the file, and has SORACOM record.</summary>
    public static async Task<CheckOutcome> BeginAsync(CheckState state, CancellationToken cancellationToken)
    {
        var options = state.Options.Capture!;
        if (state.SimId is not { } simId)
        {
            return CheckOutcome.Failed("CaptureFailed", "SORACOM records packets by SIM ID, which is not known of this device.", "Choose the device with -SimId.") with { GoesOn = true };
        }

        if (!await options.Approve(options.Path, cancellationToken))
        {
            return CheckOutcome.Skipped("The recording was not approved.");
        }

        try
        {
            state.Recording = await PacketRecording.BeginAsync(state.Connection.Captures, simId, options, state.Time, cancellationToken);
            return CheckOutcome.Passed("SORACOM records the packets of the SIM.", simId);
        }
        catch (NapterFtpException error)
        {
            // What was asked for as well can still be told.
            return CheckOutcome.Of(error) with { GoesOn = true };
        }
    }

    /// <summary>Saves what was recorded.</summary>
    public static async Task<CheckOutcome> SaveAsync(CheckState state, CancellationToken cancellationToken)
    {
        var length = await state.Recording!.SaveAsync(cancellationToken);
        return CheckOutcome.Passed(
            string.Create(CultureInfo.InvariantCulture, $"{length} bytes of packets are in '{state.Options.Capture!.Path}'. They hold the FTP login, and are not at SORACOM any more."),
            state.Options.Capture!.Path);
    }
}

/// <summary>What to record, and how patiently.</summary>
internal sealed record CaptureOptions
{
    /// <summary>The file, full.</summary>
    public required string Path { get; init; }

    /// <summary>Whether a file of this name is replaced.</summary>
    public bool Replaces { get; init; }

    /// <summary>How long SORACOM records at most, whatever becomes of this process.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long its beginning is waited for; SORACOM takes seconds to minutes.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>How long the file is waited for after the end.</summary>
    public TimeSpan FileLimit { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often SORACOM is asked.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Asks whether the file may be made, which holds secrets.</summary>
    public Func<string, CancellationToken, Task<bool>> Approve { get; init; } = (_, _) => Task.FromResult(true);
}

/// <summary>One recording, from its beginning until the file is here and nothing is left at SORACOM. Disposing leaves nothing there either.</summary>
internal sealed class PacketRecording : IAsyncDisposable
{
    private static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(10);

    private readonly CaptureCalls _calls;
    private readonly string _simId;
    private readonly CaptureOptions _options;
    private readonly TimeProvider _time;
    private readonly FileStream _file;
    private PacketCapture? _capture;
    private bool _saved;

    private PacketRecording(CaptureCalls calls, string simId, CaptureOptions options, TimeProvider time, FileStream file)
    {
        _calls = calls;
        _simId = simId;
        _options = options;
        _time = time;
        _file = file;
    }

    /// <exception cref="NapterFtpException"><c>CaptureFileExists</c>, <c>CaptureFileNotMade</c>, <c>CaptureFailed</c>, or the API's error.</exception>
    public static async Task<PacketRecording> BeginAsync(
        CaptureCalls calls, string simId, CaptureOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        // First, for a recording that cannot be kept should not be made.
        var recording = new PacketRecording(calls, simId, options, time, PrivateFile.Create(options.Path, options.Replaces));
        try
        {
            recording._capture = await calls.CreateAsync(simId, options.Longest, cancellationToken);
            await recording.UntilAsync(capture => capture.IsCapturing, options.StartLimit, "has not begun", cancellationToken);
            return recording;
        }
        catch
        {
            await recording.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the recording, fetches its file, and deletes it at SORACOM.</summary>
    /// <returns>The file's length in bytes.</returns>
    public async Task<long> SaveAsync(CancellationToken cancellationToken)
    {
        await StopAsync(cancellationToken);
        await UntilAsync(capture => capture.Address is not null, _options.FileLimit, "has no file yet", cancellationToken);
        await _calls.FetchAsync(_capture!, _file, cancellationToken);
        await _file.FlushAsync(cancellationToken);
        _saved = true;
        var length = _file.Length;
        await DisposeAsync();
        return length;
    }

    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        if (!_saved)
        {
            File.Delete(_options.Path);
        }

        if (_capture is not { } capture)
        {
            return;
        }

        _capture = null;
        try
        {
            using var limit = new Transport.TimeLimit(s_endLimit, _time, CancellationToken.None);
            if (!_saved)
            {
                await _calls.StopAsync(_simId, capture.Id, limit.Token);
            }
        }
        catch (Exception e) when (e is NapterFtpException or OperationCanceledException)
        {
            // It has ended, or does by itself.
        }

        try
        {
            using var limit = new Transport.TimeLimit(s_endLimit, _time, CancellationToken.None);
            await _calls.DeleteAsync(_simId, capture.Id, limit.Token);
        }
        catch (Exception e) when (e is NapterFtpException or OperationCanceledException)
        {
            // SORACOM deletes it after seven days.
        }
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            _capture = await _calls.StopAsync(_simId, _capture!.Id, cancellationToken);
        }
        catch (SoracomApiException)
        {
            // It may have ended by itself, or by a call whose answer was lost.
        }
    }

    private async Task UntilAsync(Predicate<PacketCapture> reached, TimeSpan limit, string otherwise, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        while (!reached(_capture!))
        {
            if (_capture!.HasFailed)
            {
                throw Failed($"failed at SORACOM: {_capture.FailedReason ?? "no reason is told"}");
            }

            if (_time.GetElapsedTime(started) >= limit)
            {
                throw Failed(string.Create(CultureInfo.InvariantCulture, $"{otherwise} after {limit.TotalSeconds:0} s; it is {_capture.Status}"));
            }

            await Task.Delay(_options.Interval, _time, cancellationToken);
            _capture = await _calls.GetAsync(_simId, _capture.Id, cancellationToken);
        }

        NapterFtpException Failed(string what) => new(
            "CaptureFailed",
            NapterFtpErrorKind.Connection,
            $"The recording of the packets of SIM {_simId} {what}.",
            "Try again, or record in SORACOM's console (SORACOM Peek).",
            _simId);
    }
}

/// <summary>Files that hold secrets.</summary>
internal static class PrivateFile
{
    /// <summary>Makes a file that nobody but its owner can read.</summary>
    /// <param name="path">The file, full.</param>
    /// <param name="replaces">Whether a file of this name is replaced.</param>
    /// <exception cref="NapterFtpException"><c>CaptureFileExists</c>, <c>CaptureFileNotMade</c>.</exception>
    public static FileStream Create(string path, bool replaces)
    {
        if (!replaces && Path.Exists(path))
        {
            throw new NapterFtpException(
                "CaptureFileExists",
                NapterFtpErrorKind.InUse,
                $"There is a file '{path}' already.",
                "Give -Capture another name, or -Force to replace it.",
                path);
        }

        try
        {
            // One that was there would keep its rights.
            File.Delete(path);
            return OwnFile.Create(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new NapterFtpException(
                "CaptureFileNotMade",
                NapterFtpErrorKind.File,
                $"The file '{path}' cannot be made: {e.Message}",
                "Give -Capture a name in a folder that exists and can be written to.",
                path,
                e);
        }
    }
}
