using System.Net;
using System.Net.Sockets;
using System.Reflection;
using NapterFtp.Transport;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace NapterFtp.Routers;

/// <summary>A port of the router's loopback address that its SSH server listens on, and whose first connection comes to us. SSH.NET connects it
/// to a port of ours on this computer's loopback address, which takes that one connection and no other.</summary>
internal sealed class ReturnListener : IAsyncDisposable
{
    /// <summary>What SSH.NET waits on for the answer to a request; null where it has that under another name.</summary>
    public static readonly FieldInfo? Answered = typeof(ForwardedPortRemote).GetField("_globalRequestResponse", BindingFlags.Instance | BindingFlags.NonPublic);

    private readonly NapterRouter _router;
    private readonly IPAddress _device;
    private readonly SshClient _client;
    private readonly ForwardedPortRemote _forward;
    private readonly Requests _requests;
    private readonly Socket _listener;
    private readonly TaskCompletionSource _announced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ReturnListener(NapterRouter router, IPAddress device, SshClient client, Requests requests, ForwardedPortRemote forward, Socket listener)
    {
        (_router, _device, _client, _requests, _forward, _listener) = (router, device, client, requests, forward, listener);
        forward.RequestReceived += OnRequest;
        forward.Exception += OnException;
        client.ErrorOccurred += OnException;
    }

    /// <summary>Begins to listen.</summary>
    /// <param name="router">The router.</param>
    /// <param name="client">The session with it.</param>
    /// <param name="requests">Gives such requests of this session their turn.</param>
    /// <param name="port">The router's port.</param>
    /// <param name="device">Who may come.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NapterFtpException"><c>RouterListenRefused</c>, <c>RouterUnreachable</c>.</exception>
    public static Task<ReturnListener> StartAsync(
        NapterRouter router, SshClient client, Requests requests, int port, IPAddress device, CancellationToken cancellationToken) =>
        requests.RunAsync(() => Start(router, client, requests, port, device), cancellationToken);

    private static ReturnListener Start(NapterRouter router, SshClient client, Requests requests, int port, IPAddress device)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        ForwardedPortRemote? forward = null;
        try
        {
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen(1);
            forward = new ForwardedPortRemote(IPAddress.Loopback, (uint)port, IPAddress.Loopback, (uint)((IPEndPoint)listener.LocalEndPoint!).Port);
            client.AddForwardedPort(forward);
            var started = new ReturnListener(router, device, client, requests, forward, listener);
            forward.Start();
            return started;
        }
        catch (Exception exception)
        {
            listener.Dispose();
            if (forward is not null)
            {
                client.RemoveForwardedPort(forward);
                forward.Dispose();
            }

            throw exception is SshException && client.IsConnected ? RouterErrors.ListenRefused(router, port, exception)
                : SshShell.IsOfConnection(exception) ? RouterErrors.Unreachable(router, exception)
                : exception;
        }
    }

    /// <inheritdoc cref="Entries.IReturnPort.AcceptAsync"/>
    public async Task<Connection> AcceptAsync(CancellationToken cancellationToken)
    {
        // Who comes before the router has told of a connection comes from elsewhere.
        await await Task.WhenAny(_announced.Task, _broken.Task).WaitAsync(cancellationToken);
        var accepting = _listener.AcceptAsync(cancellationToken).AsTask();
        await Task.WhenAny(accepting, _broken.Task);
        if (_broken.Task.IsFaulted)
        {
            _listener.Dispose();
            await _broken.Task;
        }

        var socket = await accepting;
        _listener.Dispose();
        ChannelEnd.PassOn(_forward);
        return new SocketConnection(socket, mayBlock: false, endsCleanly: () => _client.IsConnected && !_broken.Task.IsFaulted);
    }

    /// <summary>Ends it; what has been taken goes on until its own end.</summary>
    public async ValueTask DisposeAsync()
    {
        _client.ErrorOccurred -= OnException;
        _broken.TrySetException(RouterErrors.Unreachable(_router, new InvalidOperationException("it no longer listens")));
        _ = _broken.Task.Exception;
        _listener.Dispose();
        try
        {
            await _requests.RunAsync(
                () =>
                {
                    // SSH.NET has each of its ports note the answers to all of them; it is to wait for its own.
                    (Answered?.GetValue(_forward) as EventWaitHandle)?.Reset();
                    _forward.Stop();
                    _client.RemoveForwardedPort(_forward);
                    _forward.Dispose();
                    return true;
                },
                CancellationToken.None);
        }
        catch (Exception exception) when (SshShell.IsOfConnection(exception))
        {
            // The session has gone, and the port with it.
        }
    }

    /// <summary>Asks the SSH server for ports and gives them back, one at a time: its answers carry no number (RFC 4254, section 4), and SSH.NET takes
    /// each for that to whatever it waits for. On threads of their own, for it blocks them, and what brings the answers needs the pool's.</summary>
    internal sealed class Requests
    {
        private readonly SemaphoreSlim _turn = new(1, 1);

        public async Task<T> RunAsync<T>(Func<T> request, CancellationToken cancellationToken)
        {
            await _turn.WaitAsync(cancellationToken);
            var running = Task.Factory.StartNew(request, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            _ = running.ContinueWith(
                ended =>
                {
                    _ = ended.Exception;
                    _turn.Release();
                },
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            return await running.WaitAsync(cancellationToken);
        }
    }

    private void OnRequest(object? sender, PortForwardEventArgs request)
    {
        if (IPAddress.TryParse(request.OriginatorHost, out var peer) && Addresses.AreSame(peer, _device))
        {
            _announced.TrySetResult();
        }
        else
        {
            _broken.TrySetException(RouterErrors.StrangerCame(_router, request.OriginatorHost, _device));
        }
    }

    private void OnException(object? sender, ExceptionEventArgs error) => _broken.TrySetException(RouterErrors.Unreachable(_router, error.Exception));
}
