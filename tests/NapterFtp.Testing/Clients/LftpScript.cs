namespace NapterFtp.Testing;

/// <summary>A script for <c>lftp -c</c>.</summary>
internal static class LftpScript
{
    // A failure is to be seen at once instead of being tried again until the time limit.
    private static readonly string[] Impatience =
        ["set net:max-retries 1", "set net:timeout 20", "set cmd:fail-exit yes", "set xfer:clobber yes", "set xfer:log no"];

    public static string For(ClientJob job, IEnumerable<string> settings, string command) => string.Join(
        "; ",
        [.. Impatience, .. settings, $"open -p {job.Port} -u {Quote($"{job.User},{job.Password}")} ftp://{job.Host}", command]);

    public static string Quote(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
