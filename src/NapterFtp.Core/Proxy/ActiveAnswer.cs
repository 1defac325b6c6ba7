using System.Net;

namespace NapterFtp.Proxy;

/// <summary>The client gave a port of its own with PORT or EPRT, and we go to it.</summary>
internal sealed record ActiveAnswer(string Verb, IPEndPoint Client) : ClientAnswer
{
    public override IDataClient CreateClient(ControlSession session) => new ActiveDataClient(Client, session.LocalAddress);

    public override ReadOnlyMemory<byte> Format(ControlSession session, IDataClient client) =>
        RelayReply.Line(200, $"{Verb} command successful.");
}
