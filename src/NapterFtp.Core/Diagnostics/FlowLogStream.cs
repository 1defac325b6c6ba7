namespace NapterFtp.Diagnostics;

/// <summary>The PowerShell stream a log message belongs to.</summary>
internal enum FlowLogStream
{
    /// <summary>Details for those who work on the product.</summary>
    Debug,

    /// <summary>The FTP dialogue and API calls.</summary>
    Verbose,

    /// <summary>What a person should look at.</summary>
    Warning,
}
