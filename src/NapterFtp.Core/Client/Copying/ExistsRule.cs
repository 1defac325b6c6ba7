namespace NapterFtp.Client.Copying;

/// <summary>What becomes of a file that the destination has already.</summary>
internal static class ExistsRule
{
    /// <param name="plan">The file to be copied.</param>
    /// <param name="options">What the user wants.</param>
    /// <param name="length">The bytes that the destination has; null where unknown.</param>
    /// <param name="modified">The time of what the destination has; null where unknown.</param>
    /// <param name="precision">The unit of the coarser of the two times.</param>
    public static PlannedTransfer Apply(PlannedTransfer plan, CopyOptions options, long? length, DateTimeOffset? modified, TimeSpan precision)
    {
        if (options.Sync is not null)
        {
            return IsUnchanged(plan, length, modified, precision) ? plan with { SkipReason = "unchanged" } : plan;
        }

        switch (options.IfExists)
        {
            case NapterFtpIfExists.Skip:
                return plan with { SkipReason = "exists" };
            case NapterFtpIfExists.Newer:
                return plan.Modified is null || modified is null || SameFile.IsNewer(plan.Modified, modified, precision)
                    ? plan
                    : plan with { SkipReason = "not newer" };
            case NapterFtpIfExists.Error:
                return plan with { Fault = Exists(plan) };
            case NapterFtpIfExists.Resume when plan.Length is not null && length is not null:
                return length == plan.Length && SameFile.HasTime(plan.Modified, modified, precision)
                    ? plan with { SkipReason = "complete" }
                    : plan with { Completes = length < plan.Length };
            default:
                return plan;
        }
    }

    // A device whose clock cannot be set gives a file the time of its arrival: not older than the source is as good as equal there.
    private static bool IsUnchanged(PlannedTransfer plan, long? length, DateTimeOffset? modified, TimeSpan precision) =>
        plan.Length is not null && length == plan.Length
        && (plan.ToDevice ? !SameFile.IsNewer(plan.Modified, modified, precision) : SameFile.HasTime(plan.Modified, modified, precision));

    private static NapterFtpException Exists(PlannedTransfer plan) => new(
        "DestinationExists",
        NapterFtpErrorKind.InUse,
        $"'{plan.Destination}' exists.",
        "Choose another destination, or -IfExists Overwrite, Skip, Newer or Resume.",
        plan.Destination);
}
