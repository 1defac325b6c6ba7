using NapterFtp.Benchmarks.Clients;

namespace NapterFtp.Benchmarks.Peers;

/// <summary>A relay that runs, and how to use it.</summary>
/// <param name="Name">Its name in the tables.</param>
/// <param name="Process">The process that relays.</param>
/// <param name="Connect">Makes a client that is ready to transfer.</param>
internal sealed record Contestant(string Name, ChildProcess Process, Func<IBulkClient> Connect);
