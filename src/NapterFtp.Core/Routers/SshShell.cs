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

    // Some servers let a login have no second command at a time (MaxSessions 1).
    private readonly SemaphoreSlim _turn = new(1, 1);

    private SshShell(NapterRouter router, DialledPort<EntryLease> port, LoopbackBridge bridge, SshClient client)
    {
        _router = router;
        _port = port;
        _bridge = bridge;
        _client = client;

        // Of whatever version: OpenWrt's does not tell it. It ends the session over a command of more than 9,000 bytes.
        IsDropbear = client.ConnectionInfo.ServerVersion?.Contains("dropbear", StringComparison.OrdinalIgnoreCase) == true;
    }

    /// <inheritdoc/>
    public int LongestCommand => IsDropbear ? 8192 : 30_000;

    /// <inheritdoc/>
    public bool KeepsListening => IsDropbear;

    private bool IsDropbear { get; }

    /// <summary>Logs in.</summary>
    /// <exception cref="NapterFtpException"><c>RouterHostKeyChanged</c>, <c>RouterHostKeyUnknown</c>, <c>RouterLoginRefused</c>,
    /// <c>RouterUnreachable</c>, or that of the port.</exception>
    public static async Task<SshShell> OpenAsync(
        EntryManager ports, IGatewayDialer dialer, NapterRouter router, HostKeyChoice hostKey, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var port = await TakePortAsync(ports, dialer, router, logger, cancellationToken);
        try
        {
            var (client, bridge) = await ConnectAsync(port, router, at => Describe(router, at), hostKey, time, cancellationToken);
            return new SshShell(router, port, bridge, client);
        }
        catch
        {
            await port.DisposeAsync();
            throw;
        }
    }

    /// <summary>The fingerprint of the host key that the router has now, as <c>ssh-keygen -l</c> shows it: the trusted one where it has that. No
    /// login is sent.</summary>
    public static async Task<string> AskHostKeyAsync(
        EntryManager ports, IGatewayDialer dialer, NapterRouter router, HostKeyChoice hostKey, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        await using var port = await TakePortAsync(ports, dialer, router, logger, cancellationToken);
        ConnectionInfo Nobody(int at) => new("127.0.0.1", at, router.UserName, new NoneAuthenticationMethod(router.UserName)) { Timeout = s_limit };
        try
        {
            var (client, bridge) = await ConnectAsync(port, router, Nobody, hostKey, time, cancellationToken);
            client.Dispose();
            await bridge.DisposeAsync();
        }
        catch (NapterFtpException) when (hostKey.HasAnswer)
        {
            // It ends with the key, whichever that is.
        }

        return hostKey.Seen ?? throw RouterErrors.Unreachable(router, new SshException("it shows no host key"));
    }

    /// <inheritdoc/>
    public async Task<ShellResult> RunAsync(string command, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
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
        finally
        {
            _turn.Release();
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

    private static async Task<DialledPort<EntryLease>> TakePortAsync(
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
        return await DialledPort<EntryLease>.TakeAsync(token => ports.OpenAsync(request, token), (entry, token) => dialer.ConnectAsync(entry.Gateway, token), logger, cancellationToken);
    }

    private static async Task<Connection> DialAsync(DialledPort<EntryLease> port, CancellationToken cancellationToken)
    {
        try
        {
            var connection = await port.DialAsync(cancellationToken);
            port.Entry.Connected(connection.LocalEndPoint, null);
            return connection;
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

    /// <summary>Connects through the port, once more for each other type of host key that may be the trusted one's.</summary>
    private static async Task<(SshClient Client, LoopbackBridge Bridge)> ConnectAsync(
        DialledPort<EntryLease> port, NapterRouter router, Func<int, ConnectionInfo> describe, HostKeyChoice hostKey, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            var bridge = new LoopbackBridge(await DialAsync(port, cancellationToken), port.Entry.Counters, time);
            SshClient? client = null;
            try
            {
                client = new SshClient(describe(bridge.Port)) { KeepAliveInterval = TimeSpan.FromSeconds(30) };
                hostKey.Apply(client);
                await client.ConnectAsync(cancellationToken);
                return (client, bridge);
            }
            catch (Exception exception)
            {
                client?.Dispose();
                await bridge.DisposeAsync();
                if (exception is SshAuthenticationException)
                {
                    throw RouterErrors.LoginRefused(router, exception);
                }

                if (!IsOfConnection(exception))
                {
                    throw;
                }

                if (hostKey.Explain(router, exception) is { } error)
                {
                    throw error;
                }
            }

            port.Entry.Disconnected();
        }
    }

    /// <summary>Whether an error means that the session with the router has ended, or never was.</summary>
    public static bool IsOfConnection(Exception exception) =>
        exception is SshException or SocketException or IOException or ObjectDisposedException or InvalidOperationException or TimeoutException;
}
