namespace NapterFtp.Simulator;

/// <summary>An API call as a fault's condition sees it.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Target">Path and query.</param>
/// <param name="Body">The request's body.</param>
public sealed record ApiCall(ApiOperation Operation, string Target, string Body);
