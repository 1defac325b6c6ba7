namespace NapterFtp.PowerShell.Jobs;

/// <summary>What a job takes over from the command that starts it.</summary>
/// <param name="Command">The command's name.</param>
/// <param name="Verbose">Whether the job keeps the dialogue in its verbose stream.</param>
/// <param name="Debug">Whether it keeps details in its debug stream.</param>
internal sealed record JobRequest(string Command, bool Verbose, bool Debug);
