using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using NapterFtp.Devices;
using NapterFtp.Entries;
using NapterFtp.Transport;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace NapterFtp.Routers;

/// <summary>An SSH session with a router, through a Napter port of its own and TLS. The router's host key is verified before the login is
/// sent.</summary>
internal sealed class SshShell : IRouterShell
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly NapterRouter _router;
    private readonly DialledPort<EntryLease> _port;
    private readonly LoopbackBridge _bridge;
    private readonly SshClient _client;
    private readonly ReturnListener.Requests _requests = new();

    private SshShell(NapterRouter router, DialledPort<EntryLease> port, LoopbackBridge bridge, SshClient client)
    {
        _router = router;
        _port = port;
        _bridge = bridge;
        _client = client;

        // Of whatever version: OpenWrt's does not tell it.
        KeepsListening = client.ConnectionInfo.ServerVersion?.Contains("dropbear", StringComparison.OrdinalIgnoreCase) == true;
    }

    /// <inheritdoc/>
    public int LongestCommand => 30_000;

    /// <inheritdoc/>
    public bool KeepsListening { get; }

    /// <summary>Logs in.</summary>
    /// <exception cref="NapterFtpException"><c>RouterHostKeyChanged</c>, <c>RouterHostKeyUnknown</c>, <c>RouterLoginRefused</c>,
    /// <c>RouterUnreachable</c>, or that of the port.</exception>
    public static async Task<SshShell> OpenAsync(EntryManager ports, IGatewayDialer dialer, NapterRouter router, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var port = await DialAsync(ports, dialer, router, logger, cancellationToken);
        LoopbackBridge? bridge = null;
        SshClient? client = null;
        try
        {
            bridge = new LoopbackBridge(port.Connection, port.Entry.Counters, time);
            client = new SshClient(Describe(router, bridge.Port)) { KeepAliveInterval = TimeSpan.FromSeconds(30) };
            await ConnectAsync(client, router, cancellationToken);
            return new SshShell(router, port, bridge, client);
        }
        catch
        {
            client?.Dispose();
            if (bridge is not null)
            {
                await bridge.DisposeAsync();
            }

            await port.DisposeAsync();
            throw;
        }
    }

    /// <summary>The fingerprint of the host key that the router has now, as <c>ssh-keygen -l</c> shows it. No login is sent.</summary>
    public static async Task<string> AskHostKeyAsync(EntryManager ports, IGatewayDialer dialer, NapterRouter router, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        await using var port = await DialAsync(ports, dialer, router, logger, cancellationToken);
        await using var bridge = new LoopbackBridge(port.Connection, port.Entry.Counters, time);
        using var client = new SshClient(new ConnectionInfo("127.0.0.1", bridge.Port, router.UserName, new NoneAuthenticationMethod(router.UserName)) { Timeout = s_limit });
        string? seen = null;
        client.HostKeyReceived += (_, key) =>
        {
            seen = Fingerprint(key);
            key.CanTrust = false;
        };
        try
        {
            await client.ConnectAsync(cancellationToken);
        }
        catch (Exception exception) when (IsOfConnection(exception))
        {
            if (seen is null)
            {
                throw RouterErrors.Unreachable(router, exception);
            }
        }

        return seen ?? throw RouterErrors.Unreachable(router, new SshException("it shows no host key"));
    }

    /// <inheritdoc/>
    public async Task<ShellResult> RunAsync(string command, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_limit);
        try
        {
            // Until its channel is open SSH.NET waits for the router whatever the token says.
            var running = Task.Run(() => ExecuteAsync(command, limit.Token), limit.Token);
            _ = running.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return await running.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw RouterErrors.CommandTimeout(_router, s_limit);
        }
        catch (Exception exception) when (IsOfConnection(exception))
        {
            throw RouterErrors.Unreachable(_router, exception);
        }
    }

    /// <inheritdoc/>
    public Task<ReturnListener> ListenAsync(int port, IPAddress device, CancellationToken cancellationToken) =>
        ReturnListener.StartAsync(_router, _client, _requests, port, device, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await Task.Run(_client.Dispose);
        }
        catch (Exception exception) when (IsOfConnection(exception))
        {
            // It has gone already.
        }

        await _bridge.DisposeAsync();
        await _port.DisposeAsync();
    }

    /// <summary>Whether a text is a private key that can be used with this passphrase.</summary>
    /// <exception cref="NapterFtpException"><c>RouterKeyUnreadable</c>.</exception>
    public static void CheckKey(string path, RouterLogin login)
    {
        try
        {
            using var key = ReadKey(login);
        }
        catch (Exception exception)
        {
            // Of a wrong passphrase each format's reader says so in its own way.
            throw RouterErrors.KeyUnreadable(path, exception);
        }
    }

    private async Task<ShellResult> ExecuteAsync(string command, CancellationToken cancellationToken)
    {
        using var run = _client.CreateCommand(command, Encoding.UTF8);
        await run.ExecuteAsync(cancellationToken);
        return new ShellResult(run.ExitStatus ?? -1, run.Result, run.Error);
    }

    private static async Task<DialledPort<EntryLease>> DialAsync(
        EntryManager ports, IGatewayDialer dialer, NapterRouter router, ILogger logger, CancellationToken cancellationToken)
    {
        var request = new EntryRequest
        {
            Device = router.Target,
            DevicePort = router.Port,
            Kind = NapterPortKind.Router,
            Duration = EntryManager.LongestDuration,
            Patience = s_limit,
            TurnPatience = TimeSpan.FromDays(1),
            Begins = true,
        };
        var port = await DialledPort<EntryLease>.TakeAsync(token => ports.OpenAsync(request, token), (entry, token) => dialer.ConnectAsync(entry.Gateway, token), logger, cancellationToken);
        try
        {
            var connection = await port.DialAsync(cancellationToken);
            port.Entry.Connected(connection.LocalEndPoint, null);
            return port;
        }
        catch (NapterFtpException exception)
        {
            port.Release(exception.Message);
            throw;
        }
        catch
        {
            port.Release(null);
            throw;
        }
    }

    private static ConnectionInfo Describe(NapterRouter router, int port)
    {
        var (login, name) = (router.Login, router.UserName);
        AuthenticationMethod[] methods;
        if (login.Key is not null)
        {
            methods = [new PrivateKeyAuthenticationMethod(name, ReadKey(login))];
        }
        else
        {
            var password = login.Password is { } secret ? PlainSecret.Of(secret) : "";
            var asked = new KeyboardInteractiveAuthenticationMethod(name);
            asked.AuthenticationPrompt += (_, question) =>
            {
                foreach (var prompt in question.Prompts)
                {
                    prompt.Response = password;
                }
            };
            methods = [new PasswordAuthenticationMethod(name, password), asked];
        }

        return new ConnectionInfo("127.0.0.1", port, name, methods) { Timeout = s_limit, MaxSessions = 4 };
    }

    private static PrivateKeyFile ReadKey(RouterLogin login)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(login.Key!));
        return login.Passphrase is { Length: > 0 } phrase ? new PrivateKeyFile(stream, PlainSecret.Of(phrase)) : new PrivateKeyFile(stream);
    }

    private static async Task ConnectAsync(SshClient client, NapterRouter router, CancellationToken cancellationToken)
    {
        string? seen = null;
        client.HostKeyReceived += (_, key) =>
        {
            seen = Fingerprint(key);
            key.CanTrust = seen == router.HostKeyFingerprint;
        };
        try
        {
            await client.ConnectAsync(cancellationToken);
        }
        catch (SshAuthenticationException exception)
        {
            throw RouterErrors.LoginRefused(router, exception);
        }
        catch (Exception exception) when (IsOfConnection(exception))
        {
            throw seen is null || seen == router.HostKeyFingerprint ? RouterErrors.Unreachable(router, exception)
                : router.HostKeyFingerprint is { } known ? RouterErrors.HostKeyChanged(router, known, seen)
                : RouterErrors.HostKeyUnknown(router, seen);
        }
    }

    private static string Fingerprint(HostKeyEventArgs key) => string.Create(CultureInfo.InvariantCulture, $"SHA256:{key.FingerPrintSHA256.TrimEnd('=')}");

    /// <summary>Whether an error means that the session with the router has ended, or never was.</summary>
    public static bool IsOfConnection(Exception exception) =>
        exception is SshException or SocketException or IOException or ObjectDisposedException or InvalidOperationException or TimeoutException;
}
