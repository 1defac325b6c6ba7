using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace NapterFtp.Soracom;

/// <summary>The life of one connection's token. It is renewed ahead of its end while calls go on with the old one; one that ended or
/// was rejected is replaced by signing in again. However many calls need it, one renewal runs at a time.</summary>
internal sealed class SoracomSession : IAsyncDisposable
{
    private static readonly TimeSpan RefreshRetry = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RefusalLasts = TimeSpan.FromMinutes(1);

    private readonly object _gate = new();
    private readonly SignInCalls _calls;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _ended = new();
    private readonly ITimer _refreshTimer;
    private Task<ApiToken>? _renewal;
    private ApiToken? _current;
    private (NapterFtpException Error, DateTimeOffset Until)? _refusal;
    private readonly ConcurrentDictionary<string, DateTimeOffset> _forbidden = new(StringComparer.Ordinal);

    public SoracomSession(SignInCalls calls, TimeProvider time, ILogger logger)
    {
        _calls = calls;
        _time = time;
        _logger = logger;
        _refreshTimer = time.CreateTimer(_ => RefreshInBackground(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The token in use; null before the first sign-in.</summary>
    public ApiToken? Current
    {
        get
        {
            lock (_gate)
            {
                return _current;
            }
        }
    }

    /// <summary>Signs in for the first time.</summary>
    public Task<ApiToken> SignInAsync(CancellationToken cancellationToken) => Renew(null).WaitAsync(cancellationToken);

    /// <summary>A token that has not ended.</summary>
    public Task<ApiToken> GetAsync(ApiCall call, Deadline deadline, CancellationToken cancellationToken)
    {
        var current = Current;
        return current is not null && current.ExpiresAt > _time.GetUtcNow()
            ? Task.FromResult(current)
            : WaitAsync(Renew(current), call, deadline, cancellationToken);
    }

    /// <summary>A token in place of one that SORACOM rejected.</summary>
    public Task<ApiToken> ReplaceAsync(ApiToken rejected, ApiCall call, Deadline deadline, CancellationToken cancellationToken) =>
        WaitAsync(Renew(rejected), call, deadline, cancellationToken);

    /// <summary>Whether a call that was refused (403) is worth asking again with a new token: not where a new one has been refused it within
    /// the last minute.</summary>
    public bool MayHaveMoreRights(ApiCall call) => !_forbidden.TryGetValue(call.Permission, out var until) || until <= _time.GetUtcNow();

    /// <summary>A call was refused with a new token too.</summary>
    public void StillRefused(ApiCall call) => _forbidden[call.Permission] = _time.GetUtcNow() + RefusalLasts;

    /// <summary>Signs out and forgets the token; later calls fail with <c>ConnectionClosed</c>. Never throws.</summary>
    public async ValueTask DisposeAsync()
    {
        ApiToken? token;
        lock (_gate)
        {
            token = _current;
            _current = null;
        }

        await _refreshTimer.DisposeAsync();
        await _ended.CancelAsync();
        if (token is not null)
        {
            await _calls.SignOutAsync(token, CancellationToken.None);
        }
    }

    /// <summary>Signs in anew, unless the token has been replaced already or is about to be.</summary>
    private Task<ApiToken> Renew(ApiToken? unusable)
    {
        lock (_gate)
        {
            if (_ended.IsCancellationRequested)
            {
                throw Closed();
            }

            if (_current is not null && _current != unusable)
            {
                return Task.FromResult(_current);
            }

            // Credentials that were refused are not sent again and again by all who need a token: that may lock the account.
            return _refusal is { } refusal && refusal.Until > _time.GetUtcNow()
                ? Task.FromException<ApiToken>(refusal.Error)
                : Begin(() => _calls.SignInAsync(_ended.Token));
        }
    }

    private void RefreshInBackground()
    {
        lock (_gate)
        {
            if (_current is { } token && _renewal is null && !_ended.IsCancellationRequested)
            {
                Observe(Begin(() => RefreshAsync(token)));
            }
        }
    }

    private async Task<ApiToken> RefreshAsync(ApiToken token)
    {
        if (token.OperatorId is null || token.ExpiresAt <= _time.GetUtcNow())
        {
            return await _calls.SignInAsync(_ended.Token);
        }

        try
        {
            return await _calls.RefreshAsync(token, _ended.Token);
        }
        catch (SoracomApiException e) when (!e.IsTransient)
        {
            _logger.LogDebug("The token was not renewed, signing in again: {Error}", e.Message);
            return await _calls.SignInAsync(_ended.Token);
        }
    }

    /// <summary>Starts a renewal, or joins the one that runs. Called under the lock.</summary>
    private Task<ApiToken> Begin(Func<Task<ApiToken>> renew)
    {
        if (_renewal is not null)
        {
            return _renewal;
        }

        return _renewal = RunAsync();

        async Task<ApiToken> RunAsync()
        {
            // Off the caller's thread and lock, so that it cannot end before it is known to run.
            await Task.Yield();
            try
            {
                var token = await renew();
                lock (_gate)
                {
                    _ended.Token.ThrowIfCancellationRequested();
                    _current = token;
                    var due = token.RefreshAt - _time.GetUtcNow();
                    _refreshTimer.Change(due > TimeSpan.Zero ? due : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
                }

                return token;
            }
            catch (SoracomApiException e) when (e.Kind == NapterFtpErrorKind.Authentication)
            {
                lock (_gate)
                {
                    _refusal = (e, _time.GetUtcNow() + RefusalLasts);
                }

                throw;
            }
            finally
            {
                lock (_gate)
                {
                    _renewal = null;
                }
            }
        }
    }

    /// <summary>A refresh that fails for a passing reason is tried again while the old token lasts; calls that find it ended sign in
    /// again and report what goes wrong.</summary>
    private void Observe(Task<ApiToken> renewal) => _ = renewal.ContinueWith(
        finished =>
        {
            var error = finished.Exception?.InnerException;
            _logger.LogDebug("The token could not be renewed: {Error}", error?.Message);
            if (error is SoracomApiException { IsTransient: true })
            {
                _refreshTimer.Change(RefreshRetry, Timeout.InfiniteTimeSpan);
            }
        },
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    private async Task<ApiToken> WaitAsync(Task<ApiToken> renewal, ApiCall call, Deadline deadline, CancellationToken cancellationToken)
    {
        try
        {
            return await renewal.WaitAsync(deadline.Remaining, _time, cancellationToken);
        }
        catch (TimeoutException e)
        {
            throw ApiErrors.TimedOut(call, deadline.Patience, sent: false, e);
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Closed();
        }
    }

    private static NapterFtpException Closed() => new(
        "ConnectionClosed",
        NapterFtpErrorKind.Authentication,
        "This connection to SORACOM has been closed.",
        "Sign in again with Connect-Napter.");
}
