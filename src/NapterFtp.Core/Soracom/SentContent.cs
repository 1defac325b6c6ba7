using System.Net;
using System.Net.Http.Headers;

namespace NapterFtp.Soracom;

/// <summary>A JSON body that knows whether any of it was handed to the network: until then the call cannot have had an effect.</summary>
internal sealed class SentContent : HttpContent
{
    private readonly ReadOnlyMemory<byte> _body;
    private volatile bool _begun;

    public SentContent(ReadOnlyMemory<byte> body)
    {
        _body = body;
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
    }

    public bool Begun => _begun;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        _begun = true;
        await stream.WriteAsync(_body, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}
