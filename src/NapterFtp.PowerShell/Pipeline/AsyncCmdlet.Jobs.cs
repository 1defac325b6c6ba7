using System.Management.Automation;
using NapterFtp.PowerShell.Jobs;
using NapterFtp.PowerShell.Sessions;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>What a cmdlet that starts a job needs.</summary>
public abstract partial class AsyncCmdlet
{
    /// <summary>What a job needs to know of this command: its name, and whether its verbose and debug output is wanted.</summary>
    private protected Task<JobRequest> DescribeAsync(CancellationToken cancellationToken) => OnPipelineAsync(
        () => new JobRequest(MyInvocation.MyCommand.Name, Wants("Verbose"), Wants("Debug")), cancellationToken);

    /// <summary>Hands the running job to the session, which ends it with itself.</summary>
    /// <param name="job">The job.</param>
    /// <param name="message">Tells the person at the console what to do with it.</param>
    /// <param name="cancellationToken">Ends the job instead.</param>
    private protected async Task PublishAsync(ModuleJob job, string message, CancellationToken cancellationToken)
    {
        ModuleState.Instance.Own(new OwnedThing(State, OwnedOrder.Job, job, () => job.StopAsync(TimeSpan.Zero, CancellationToken.None)));
        try
        {
            EmitForPerson(message);
            await OnPipelineAsync(
                () =>
                {
                    JobRepository.Add(job);
                    WriteObject(job);
                    return true;
                },
                cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await job.StopAsync(TimeSpan.Zero, CancellationToken.None);
            throw;
        }
    }
}
