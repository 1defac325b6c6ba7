namespace NapterFtp.Benchmarks.Clients;

/// <summary>How one transfer went, in seconds.</summary>
/// <param name="Seconds">From asking to the last byte; for an upload, to the far end's word that it has all.</param>
/// <param name="FirstByte">From asking to the first byte; for an upload, until the first byte can be sent.</param>
internal sealed record Transfer(double Seconds, double FirstByte);
