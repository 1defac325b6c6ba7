using NapterFtp.Ftp;

namespace NapterFtp.Proxy;

/// <summary>The client asked with PASV or EPSV and comes to us; it is answered in the form it asked for.</summary>
internal sealed record PassiveAnswer(PassiveVerb Verb) : ClientAnswer
{
    public override IDataClient CreateClient(ControlSession session) => new PassiveDataClient(
        session.Services.PassivePorts.Listen(session.LocalAddress), session.ClientAddress, session.Services.Logger);

    public override ReadOnlyMemory<byte> Format(ControlSession session, IDataClient client)
    {
        var port = client.LocalEndPoint!.Port;
        return Verb == PassiveVerb.Epsv
            ? PassiveReply.Format229(port)
            : PassiveReply.Format227(session.Services.Options.PassiveAddress ?? session.LocalAddress, port);
    }
}
