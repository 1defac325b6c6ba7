namespace NapterFtp;

/// <summary>What a copy does where the destination has the file already.</summary>
public enum NapterFtpIfExists
{
    /// <summary>Replaces it.</summary>
    Overwrite,

    /// <summary>Leaves it alone.</summary>
    Skip,

    /// <summary>Replaces it where the source is newer.</summary>
    Newer,

    /// <summary>Completes it where it is the beginning of the source, leaves it where it is all of it, replaces it otherwise.</summary>
    Resume,

    /// <summary>Reports an error for the file.</summary>
    Error,
}
