using System.Runtime.CompilerServices;
using NapterFtp.PowerShell.Sessions;
using NapterFtp.Soracom;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>A connection's SIMs as last seen.</summary>
internal sealed class SimList
{
    private const int Most = 1_000;
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);
    private static readonly ConditionalWeakTable<NapterConnection, SimList> Lists = [];

    private readonly SemaphoreSlim _one = new(1);
    private volatile IReadOnlyList<NapterSim> _sims = [];
    private long _readAt;

    /// <summary>The SIMs, read anew where the last reading is old; what is known where that takes longer than
    /// <paramref name="patience"/>, while it goes on for the next time.</summary>
    public static IReadOnlyList<NapterSim> Of(NapterConnection connection, TimeSpan patience)
    {
        var list = Lists.GetOrCreateValue(connection);
        Blocking.Wait(() => list.RefreshAsync(connection), patience);
        return list._sims;
    }

    private async Task RefreshAsync(NapterConnection connection)
    {
        await _one.WaitAsync();
        try
        {
            var time = connection.Time;
            if (_readAt != 0 && time.GetElapsedTime(_readAt) < Lifetime)
            {
                return;
            }

            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20), time);
            var sims = new List<NapterSim>();
            await foreach (var sim in connection.Api.SearchSimsAsync(new SimSearch(), limit.Token))
            {
                sims.Add(sim);
                if (sims.Count == Most)
                {
                    break;
                }
            }

            _sims = sims;
            _readAt = time.GetTimestamp();
        }
        finally
        {
            _one.Release();
        }
    }
}
