using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace NapterFtp.Simulator.Api;

/// <summary>A small HTTP/1.1 server on loopback that can also answer badly: resets, stalls and truncated bodies are part of its job.</summary>
internal sealed class HttpServer : IAsyncDisposable
{
    private readonly Func<HttpRequest, CancellationToken, Task<HttpAnswer>> _answer;
    // .NET's pool makes connections ahead, which may come when this has ended.
    private readonly KeptListener _listener = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly ConcurrentDictionary<Task, byte> _connections = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _accepting = Task.CompletedTask;

    public HttpServer(Func<HttpRequest, CancellationToken, Task<HttpAnswer>> answer) => _answer = answer;

    public int Port => _listener.EndPoint.Port;

    public void Start()
    {
        _listener.Listen(512);
        _accepting = AcceptAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections.Keys);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var connection = ServeAsync(await _listener.AcceptAsync(_stop.Token));
                _connections.TryAdd(connection, 0);
                _ = connection.ContinueWith(
                    ended => _connections.TryRemove(ended, out _), TaskScheduler.Default);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // That client has gone; the next one may do better.
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        socket.NoDelay = true;
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            var reader = new HttpRequestReader(stream);
            while (await reader.ReadAsync(_stop.Token) is { } request)
            {
                if (!await DeliverAsync(stream, await _answer(request, _stop.Token)))
                {
                    return;
                }
            }
        }
        catch (InvalidDataException)
        {
            await TrySendAsync(stream, new HttpAnswer(400).With("Connection", "close"));
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client or the server has gone.
        }
    }

    /// <summary>Sends the answer; false where the connection ends with it.</summary>
    private async Task<bool> DeliverAsync(NetworkStream stream, HttpAnswer answer)
    {
        var bytes = answer.ToBytes();
        switch (answer.Delivery)
        {
            case AnswerDelivery.Reset:
                stream.Socket.LingerState = new LingerOption(true, 0);
                return false;
            case AnswerDelivery.Never:
                // The client ends the wait by closing its connection.
                await stream.Socket.ReceiveAsync(new byte[1], _stop.Token);
                return false;
            case AnswerDelivery.Truncated:
                await stream.WriteAsync(bytes.AsMemory(0, bytes.Length - Math.Max(1, answer.Body.Length / 2)), _stop.Token);
                return false;
            case AnswerDelivery.Slow:
                for (var sent = 0; sent < bytes.Length; sent += 16)
                {
                    await stream.WriteAsync(bytes.AsMemory(sent, Math.Min(16, bytes.Length - sent)), _stop.Token);
                    await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, _stop.Token);
                }

                return true;
            default:
                await stream.WriteAsync(bytes, _stop.Token);
                return true;
        }
    }

    private async Task TrySendAsync(NetworkStream stream, HttpAnswer answer)
    {
        try
        {
            await stream.WriteAsync(answer.ToBytes(), _stop.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // Nobody listens any more.
        }
    }
}
