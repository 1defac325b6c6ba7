namespace NapterFtp.Routers;

/// <summary>Text for a router's shell (POSIX sh, as BusyBox has it).</summary>
internal static class ShellText
{
    /// <summary>One word, whatever is in it. Without a backslash before a quote, which fish, as a login's shell, reads otherwise.</summary>
    public static string Quote(string text) => "'" + text.Replace("'", "'\"'\"'", StringComparison.Ordinal) + "'";

    /// <summary>A command line that has sh run a script, whatever shell of POSIX's kind, or fish, the login has.</summary>
    public static string Run(string script) => "exec /bin/sh -c " + Quote(script);
}
