using System.Text;
using NapterFtp.Ftp;

namespace NapterFtp.Core.Tests.Ftp;

/// <summary>Shorthand: text to bytes one to one, and whole dialogues through a reader at once.</summary>
internal static class FtpBytes
{
    public static byte[] Bytes(string latin1) => Encoding.Latin1.GetBytes(latin1);

    public static string Latin1(ReadOnlyMemory<byte> bytes) => Encoding.Latin1.GetString(bytes.Span);

    public static FtpReply Reply(string latin1) => Assert.Single(Replies(latin1));

    public static FtpCommand Command(string latin1) => Assert.Single(Commands(latin1));

    public static List<FtpReply> Replies(string latin1, FtpLimits? limits = null)
    {
        var reader = new FtpReplyReader(limits);
        reader.Append(Bytes(latin1));
        var replies = new List<FtpReply>();
        while (reader.TryRead(out var reply))
        {
            replies.Add(reply);
        }

        return replies;
    }

    public static List<FtpCommand> Commands(string latin1, FtpLimits? limits = null)
    {
        var reader = new FtpCommandReader(limits);
        reader.Append(Bytes(latin1));
        var commands = new List<FtpCommand>();
        while (reader.TryRead(out var command))
        {
            commands.Add(command);
        }

        return commands;
    }
}
