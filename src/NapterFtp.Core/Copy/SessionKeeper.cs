using Microsoft.Extensions.Logging;

namespace NapterFtp.Copy;

/// <summary>Keeps one session with a device: opens it when it is first needed, and anew after it has broken.</summary>
internal sealed class SessionKeeper(DeviceClient client, RetryPolicy retry) : IAsyncDisposable
{
    private FtpClientSession? _session;

    public DeviceClient Client { get; } = client;

    /// <summary>Whether a new session is likely to be used for a transfer first.</summary>
    public bool BeginsWithTransfer { get; init; }

    /// <summary>Whether the session at hand can be used: an error then was about what was asked, not about the session.</summary>
    public bool HasSession => _session?.IsUsable == true;

    /// <summary>A session that can be used; opening it is retried.</summary>
    public Task<FtpClientSession> GetAsync(CancellationToken cancellationToken) => GetAsync(retry, cancellationToken);

    /// <summary>A session that can be used; opening it is retried as often as given.</summary>
    public async Task<FtpClientSession> GetAsync(RetryPolicy retry, CancellationToken cancellationToken)
    {
        for (var failures = 0; ;)
        {
            try
            {
                return await OpenAsync(cancellationToken);
            }
            catch (NapterFtpException exception) when (failures < retry.Retries && Errors.IsTransient(exception))
            {
                await WaitAsync(retry, exception, ++failures, cancellationToken);
            }
        }
    }

    /// <summary>Gives up the session at hand, of which nobody knows any more what it waits for.</summary>
    public ValueTask AbandonAsync() => DropAsync();

    /// <summary>Does something with a session; with a new one, after a wait, where it broke.</summary>
    public async Task<T> RunAsync<T>(Func<FtpClientSession, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        for (var failures = 0; ;)
        {
            var reused = _session is not null;
            try
            {
                return await work(await OpenAsync(cancellationToken), cancellationToken);
            }
            catch (NapterFtpException exception) when (Errors.IsTransient(exception) && (failures < retry.Retries || reused))
            {
                // A session that was idle may have been ended by the device: that costs no attempt.
                if (reused && _session?.IsUsable == false && exception.Kind == NapterFtpErrorKind.Connection)
                {
                    await DropAsync();
                    continue;
                }

                if (failures >= retry.Retries)
                {
                    throw;
                }

                await WaitAsync(retry, exception, ++failures, cancellationToken);
            }
        }
    }

    /// <summary>Leaves the session to the device's next user, where it can be used.</summary>
    public async ValueTask DisposeAsync()
    {
        var session = _session;
        _session = null;
        if (session is not null)
        {
            await Client.ReturnAsync(session);
        }
    }

    private async Task<FtpClientSession> OpenAsync(CancellationToken cancellationToken)
    {
        if (_session?.IsUsable == false)
        {
            await DropAsync();
        }

        return _session ??= await Client.OpenSessionAsync(BeginsWithTransfer, cancellationToken);
    }

    private async ValueTask DropAsync()
    {
        var session = _session;
        _session = null;
        if (session is not null)
        {
            await session.DisposeAsync();
        }
    }

    private async Task WaitAsync(RetryPolicy retry, NapterFtpException exception, int failures, CancellationToken cancellationToken)
    {
        var delay = retry.DelayAfter(failures);
        Client.Logger.LogInformation("{Device}: {Message} Trying again in {Delay:0.#} s.", Client.Label, exception.Message, delay.TotalSeconds);
        await Task.Delay(delay, Client.Time, cancellationToken);
    }
}

/// <summary>How often, and after which waits, a failed attempt is repeated.</summary>
/// <param name="Retries">Repetitions after the first attempt.</param>
/// <param name="Interval">The wait before the first repetition; it doubles each time, up to <see cref="LongestFactor"/> times.</param>
internal sealed record RetryPolicy(int Retries, TimeSpan Interval)
{
    private const int LongestFactor = 16;

    public static RetryPolicy None { get; } = new(0, TimeSpan.Zero);

    /// <summary>The wait after so many failed attempts, half to all of it by chance, so that many devices don't come back at once.</summary>
    public TimeSpan DelayAfter(int failures) =>
        Interval * Math.Min(Math.Pow(2, failures - 1), LongestFactor) * (0.5 + (Random.Shared.NextDouble() / 2));
}
