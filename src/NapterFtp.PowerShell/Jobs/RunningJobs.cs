using System.Management.Automation;
using NapterFtp.PowerShell.Parameters;

namespace NapterFtp.PowerShell.Jobs;

/// <summary>The session's running jobs of one kind, by name.</summary>
internal static class RunningJobs
{
    /// <summary>The jobs that any of the names match; a name without wildcards that none has is an error of its own.</summary>
    /// <param name="cmdlet">Who asks, for errors.</param>
    /// <param name="jobs">The session's jobs.</param>
    /// <param name="names">Names, with wildcards.</param>
    /// <param name="kind">What such a job is, capitalized.</param>
    /// <exception cref="NapterFtpException"><c>InvalidWildcard</c>.</exception>
    public static IEnumerable<T> Find<T>(Cmdlet cmdlet, JobRepository jobs, IEnumerable<string> names, string kind)
        where T : ModuleJob
    {
        var running = jobs.Jobs.OfType<T>().Where(job => job.JobStateInfo.State == JobState.Running).OrderBy(job => job.Id).ToArray();
        var found = new HashSet<T>();
        foreach (var name in names)
        {
            var matches = NamePattern.Find(running, name, job => job.Name);
            if (matches.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
            {
                var (errorId, errorKind) = kind switch
                {
                    "Tunnel" => ("TunnelNotFound", NapterFtpErrorKind.NotFound),
                    "Service" => ("PullServiceNotFound", NapterFtpErrorKind.NotFound),
                    _ => ("ProxyNotFound", NapterFtpErrorKind.NotFound),
                };
                cmdlet.WriteError(Errors.ErrorRecords.From(new NapterFtpException(
                    errorId,
                    errorKind,
                    $"No {kind.ToLowerInvariant()} named '{name}' runs in this session.",
                    running.Length > 0
                        ? $"Those that run: {string.Join(", ", running.Select(job => job.Name))}."
                        : "None runs; Get-Job shows those that have ended.",
                    name)));
            }

            found.UnionWith(matches);
        }

        return found;
    }
}
