namespace NapterFtp.Benchmarks.Clients;

/// <summary>Moves bytes through a contestant on the calling thread.</summary>
internal interface IBulkClient : IDisposable
{
    Transfer Download(long bytes);

    Transfer Upload(long bytes);
}
