using System.Globalization;
using System.Net;
using System.Text;

namespace NapterFtp.Monitoring;

/// <summary>Answers <c>/health</c>: 200 and <c>ok</c>, or 503 and the reason, for whatever restarts services that do not work.</summary>
internal sealed class HealthPage(Func<string?> trouble) : IDisposable
{
    private readonly HttpListener _listener = new();

    /// <summary>Begins, at a port that other pages of this process may share.</summary>
    /// <exception cref="HttpListenerException">The port is taken, or may not be bound.</exception>
    public void Start(string address, int port)
    {
        _listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://{address}:{port}/health/"));
        _listener.Start();
        _ = AnswerAsync();
    }

    public void Dispose() => _listener.Close();

    private async Task AnswerAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                var request = await _listener.GetContextAsync().ConfigureAwait(false);
                Answer(request.Response);
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                // The listener has ended, which the loop sees, or the caller has gone.
            }
        }
    }

    private void Answer(HttpListenerResponse response)
    {
        var reason = trouble();
        response.StatusCode = (int)(reason is null ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable);
        response.ContentType = "text/plain; charset=utf-8";
        response.Close(Encoding.UTF8.GetBytes((reason ?? "ok") + "\n"), willBlock: false);
    }
}
