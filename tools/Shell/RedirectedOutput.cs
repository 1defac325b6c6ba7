using System.Text;

namespace NapterFtp.Shell;

/// <summary>What goes to a file or a pipe is UTF-8, as on other systems. Windows' own way is the console's code page, which has question
/// marks for what it lacks; what is read on the console itself is left to it.</summary>
internal static class RedirectedOutput
{
    public static void UseUtf8()
    {
        if (Console.IsOutputRedirected)
        {
            Console.SetOut(Writer(Console.OpenStandardOutput()));
        }

        if (Console.IsErrorRedirected)
        {
            Console.SetError(Writer(Console.OpenStandardError()));
        }
    }

    private static TextWriter Writer(Stream stream) =>
        TextWriter.Synchronized(new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true });
}
