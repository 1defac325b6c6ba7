using System.Diagnostics;
using System.Globalization;

namespace NapterFtp.Core.Tests.Pulls.Service;

/// <summary>Looks at what memory a process has, and tells at the end; <c>-diagnostics</c> of the test program shows it.</summary>
internal sealed class MemoryWatch : IAsyncDisposable
{
    private const int FewLooks = 30;
    private const double Growth = 1.5;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly List<(TimeSpan At, long Bytes)> _looks = [];
    private readonly CancellationTokenSource _end = new();
    private readonly Task _watching;

    public MemoryWatch(Process process) => _watching = WatchAsync(process);

    /// <summary>Where it has been looked at for some minutes: the process has not grown since it had begun.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _watching;
        _end.Dispose();
        var told = string.Join(' ', _looks.Select(look => string.Create(CultureInfo.InvariantCulture, $"{look.At.TotalSeconds:F0}s:{look.Bytes / 1048576}")));
        TestContext.Current.SendDiagnosticMessage("MiB of a member: {0}", told);
        if (_looks.Count >= FewLooks)
        {
            var (early, late) = (_looks[(_looks.Count / 6)..(_looks.Count / 3)], _looks[^(_looks.Count / 6)..]);
            Assert.True(late.Average(look => look.Bytes) <= Growth * early.Average(look => look.Bytes), told);
        }
    }

    private async Task WatchAsync(Process process)
    {
        var began = Stopwatch.GetTimestamp();
        while (!_end.IsCancellationRequested && !process.HasExited)
        {
            process.Refresh();
            _looks.Add((Stopwatch.GetElapsedTime(began), process.WorkingSet64));
            await Task.Delay(Interval, _end.Token).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }
}
