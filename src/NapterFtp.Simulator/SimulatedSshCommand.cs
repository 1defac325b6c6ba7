namespace NapterFtp.Simulator;

/// <summary>A command for a device, as <c>POST /sims/{sim_id}/downlink/ssh</c> brings it.</summary>
/// <param name="UserName">Who logs in.</param>
/// <param name="Port">The SSH server's port, 1 to 65535.</param>
/// <param name="Command">What is to be run.</param>
/// <param name="Password">The password, where one is given.</param>
/// <param name="Key">The private key, where one is given.</param>
public sealed record SimulatedSshCommand(string UserName, int Port, string Command, string? Password, string? Key);

/// <summary>What came of a command.</summary>
/// <param name="ExitCode">Its exit status.</param>
/// <param name="Output">What it wrote.</param>
/// <param name="Error">What it complained of.</param>
public sealed record SimulatedSshAnswer(int ExitCode, string Output, string Error);
