namespace NapterFtp.Diagnosis;

/// <summary>What one step found.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Detail">What was found, for a person.</param>
/// <param name="Cause">What is wrong, as a stable noun phrase; null where nothing is.</param>
/// <param name="Advice">What to do about it.</param>
internal sealed record CheckOutcome(NapterFtpCheckStatus Status, string Detail, string? Cause = null, string? Advice = null)
{
    /// <summary>What was checked.</summary>
    public object? Target { get; init; }

    /// <summary>How long it took, where that is not the time of the step itself.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Whether the steps after a failure can tell anything.</summary>
    public bool GoesOn { get; init; }

    public static CheckOutcome Passed(string detail, object? target = null) =>
        new(NapterFtpCheckStatus.Passed, detail) { Target = target };

    public static CheckOutcome Warning(string cause, string detail, string? advice) =>
        new(NapterFtpCheckStatus.Warning, detail, cause, advice);

    public static CheckOutcome Failed(string cause, string detail, string? advice) =>
        new(NapterFtpCheckStatus.Failed, detail, cause, advice);

    public static CheckOutcome Skipped(string detail) => new(NapterFtpCheckStatus.Skipped, detail);

    /// <summary>For an error that says all there is to say.</summary>
    public static CheckOutcome Of(NapterFtpException error) =>
        Failed(error.ErrorId, error.Message, error.Advice) with { Target = error.Target };
}
