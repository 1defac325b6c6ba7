using System.Collections.Concurrent;

namespace NapterFtp.Contract.Tests;

/// <summary>Passes calls on to the network and keeps a copy of each.</summary>
internal sealed class RecordingHandler(ConcurrentQueue<Exchange> exchanges) : DelegatingHandler(new SocketsHttpHandler())
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var requestBody = "";
        if (request.Content is { } content)
        {
            await content.LoadIntoBufferAsync(cancellationToken);
            requestBody = await content.ReadAsStringAsync(cancellationToken);
        }

        var response = await base.SendAsync(request, cancellationToken);
        await response.Content.LoadIntoBufferAsync(cancellationToken);
        exchanges.Enqueue(new Exchange(
            request.Method.Method,
            request.RequestUri!.PathAndQuery,
            Flatten(request.Content is null ? request.Headers : request.Headers.Concat(request.Content.Headers)),
            requestBody,
            (int)response.StatusCode,
            Flatten(response.Headers.Concat(response.Content.Headers)),
            await response.Content.ReadAsStringAsync(cancellationToken)));
        return response;
    }

    private static Dictionary<string, string> Flatten(IEnumerable<KeyValuePair<string, IEnumerable<string>>> headers) =>
        headers.ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
}
