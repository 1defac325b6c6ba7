namespace NapterFtp.Proxy;

/// <summary>How a client that asked for a data port is told of it.</summary>
internal abstract record ClientAnswer
{
    /// <summary>The client's end of the data connection.</summary>
    public abstract IDataClient CreateClient(ControlSession session);

    /// <summary>The reply that tells the client that its port is ready.</summary>
    public abstract ReadOnlyMemory<byte> Format(ControlSession session, IDataClient client);
}
