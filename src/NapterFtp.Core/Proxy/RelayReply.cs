using NapterFtp.Ftp;

namespace NapterFtp.Proxy;

/// <summary>Replies that the relay makes itself.</summary>
internal static class RelayReply
{
    /// <summary>One line with a code and a text.</summary>
    public static ReadOnlyMemory<byte> Line(int code, string text) => FtpReply.Create(code, text).Raw;

    /// <summary>One line that says what failed and what to do about it.</summary>
    public static ReadOnlyMemory<byte> Error(int code, Exception error) => Line(code, error switch
    {
        NapterFtpException { Advice: { } advice } e => $"{e.Message} {advice}",
        NapterFtpException e => e.Message,
        OperationCanceledException => "The relay is stopping.",
        _ => $"The relay failed: {error.GetType().Name}.",
    });
}
