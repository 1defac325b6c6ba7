using System.Net;
using System.Security;
using NapterFtp.Soracom;

namespace NapterFtp.Routers;

/// <summary>Runs commands on a router, one at a time.</summary>
internal interface IRouterShell : IAsyncDisposable
{
    /// <summary>The longest command it takes, in bytes.</summary>
    int LongestCommand { get; }

    /// <summary>Whether its SSH server goes on listening on a port that it was given back, until the login ends.</summary>
    bool KeepsListening { get; }

    /// <summary>Runs a command.</summary>
    /// <exception cref="NapterFtpException">It cannot be told whether it ran: <c>RouterUnreachable</c>, <c>RouterCommandTimeout</c>,
    /// <c>RouterApiLimitExceeded</c>; or the login failed.</exception>
    Task<ShellResult> RunAsync(string command, CancellationToken cancellationToken);

    /// <summary>Has the SSH server listen on a port of the router's loopback address, for one connection of the device's to us.</summary>
    /// <exception cref="NapterFtpException"><c>RouterListenRefused</c>, <c>RouterCannotListen</c>, <c>RouterUnreachable</c>.</exception>
    Task<ReturnListener> ListenAsync(int port, IPAddress device, CancellationToken cancellationToken);
}

/// <summary>What came of a command.</summary>
/// <param name="Status">Its exit status; 0 where it went well.</param>
/// <param name="Output">What it wrote.</param>
/// <param name="Error">What it complained of.</param>
internal sealed record ShellResult(int Status, string Output, string Error);

/// <summary>Commands by SORACOM's <c>POST /sims/{sim_id}/downlink/ssh</c>, which logs in for each.</summary>
internal sealed class ApiShell(SoracomClient api, NapterRouter router, string simId) : IRouterShell
{
    private const HttpStatusCode Unprocessable = HttpStatusCode.UnprocessableEntity;

    // SORACOM says 10 s, of which what it needs itself goes off.
    private static readonly TimeSpan NearlyTheLimit = TimeSpan.FromSeconds(9);

    /// <inheritdoc/>
    public int LongestCommand => 8192;

    /// <inheritdoc/>
    public bool KeepsListening => false;

    /// <summary>For a router whose SIM may be known by its IMSI only.</summary>
    public static async Task<ApiShell> OpenAsync(SoracomClient api, NapterRouter router, CancellationToken cancellationToken) =>
        new(api, router, await api.SimIdOfAsync(router.Target, cancellationToken));

    /// <inheritdoc/>
    public async Task<ShellResult> RunAsync(string command, CancellationToken cancellationToken)
    {
        var started = api.Time.GetTimestamp();
        try
        {
            return await api.RunOnDeviceAsync(simId, new DownlinkSsh(router.Login, router.Port, command), cancellationToken);
        }
        catch (SoracomApiException exception) when (exception.StatusCode == Unprocessable)
        {
            // One status for no network, a refused login and the time limit: only the clock tells the last.
            throw api.Time.GetElapsedTime(started) >= NearlyTheLimit ? RouterErrors.ApiLimit(router, exception) : RouterErrors.ApiRefused(router, exception);
        }
    }

    /// <inheritdoc/>
    public Task<ReturnListener> ListenAsync(int port, IPAddress device, CancellationToken cancellationToken) => throw RouterErrors.ReturnByApi(router);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>Secrets as texts, for as short as possible.</summary>
internal static class PlainSecret
{
    public static string Of(SecureString secret) => new NetworkCredential("", secret).Password;
}
