using System.Management.Automation;

namespace NapterFtp.PowerShell.Errors;

/// <summary>The one place where an exception becomes what PowerShell shows and scripts match on.</summary>
internal static class ErrorRecords
{
    /// <summary>The default view shows the recommended action from this version on; before, only the message.</summary>
    private static readonly bool ViewShowsAdvice = typeof(ErrorRecord).Assembly.GetName().Version >= new Version(7, 5);

    /// <summary>Makes the record: the error id is the exception's own, the category its kind's, the recommended action its advice.</summary>
    /// <param name="exception">What happened.</param>
    /// <param name="target">What it happened to, where the exception doesn't say.</param>
    public static ErrorRecord From(Exception exception, object? target = null)
    {
        // What devices and SORACOM say is in messages, and names of files: these are shown, not obeyed.
        var message = View.Lines(exception.Message);
        var error = exception as NapterFtpException;
        var record = error is null
            ? new ErrorRecord(exception, "Unexpected" + exception.GetType().Name, ErrorCategory.NotSpecified, target)
            : new ErrorRecord(error, error.ErrorId, Category(error.Kind), error.Target ?? target);
        record.CategoryInfo.TargetName = View.Line(record.TargetObject);
        if (error?.Advice is { } given)
        {
            var advice = View.Lines(given);
            record.ErrorDetails = new ErrorDetails(ViewShowsAdvice ? message : $"{message} {advice}") { RecommendedAction = advice };
        }
        else if (message != exception.Message)
        {
            record.ErrorDetails = new ErrorDetails(message);
        }

        return record;
    }

    private static ErrorCategory Category(NapterFtpErrorKind kind) => kind switch
    {
        NapterFtpErrorKind.InvalidArgument => ErrorCategory.InvalidArgument,
        NapterFtpErrorKind.NotFound => ErrorCategory.ObjectNotFound,
        NapterFtpErrorKind.Authentication => ErrorCategory.AuthenticationError,
        NapterFtpErrorKind.PermissionDenied => ErrorCategory.PermissionDenied,
        NapterFtpErrorKind.InUse => ErrorCategory.ResourceBusy,
        NapterFtpErrorKind.LimitReached => ErrorCategory.LimitsExceeded,
        NapterFtpErrorKind.Connection => ErrorCategory.ConnectionError,
        NapterFtpErrorKind.Security => ErrorCategory.SecurityError,
        NapterFtpErrorKind.Timeout => ErrorCategory.OperationTimeout,
        NapterFtpErrorKind.Protocol => ErrorCategory.ProtocolError,
        NapterFtpErrorKind.File => ErrorCategory.OpenError,
        NapterFtpErrorKind.Verification => ErrorCategory.InvalidResult,
        NapterFtpErrorKind.Unexpected => ErrorCategory.NotSpecified,
        _ => ErrorCategory.NotSpecified,
    };
}
