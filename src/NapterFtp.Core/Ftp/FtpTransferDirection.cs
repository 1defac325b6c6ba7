namespace NapterFtp.Ftp;

/// <summary>Which way an FTP command moves data over a data connection.</summary>
internal enum FtpTransferDirection
{
    None,
    FromDevice,
    ToDevice,
}
