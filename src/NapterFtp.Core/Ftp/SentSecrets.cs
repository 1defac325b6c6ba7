using System.Text;

namespace NapterFtp.Ftp;

/// <summary>The passwords that one session has sent to its device. A device may say them again, as in <c>500 'PASS secret'?</c>;
/// they are masked wherever its replies are shown to anybody but its own client.</summary>
internal sealed class SentSecrets
{
    private const string Mask = "****";

    /// <summary>A shorter one is masked as a whole word only: it could be part of many.</summary>
    private const int DistinctLength = 4;

    /// <summary>A client that tries passwords one after another must not fill the memory.</summary>
    private const int Kept = 8;

    private readonly object _lock = new();
    private string[] _secrets = [];

    /// <summary>Takes note of a command's secret, where it has one.</summary>
    public void Note(FtpCommand command)
    {
        if (command.Verb is not ("PASS" or "ACCT") || FtpText.ForPeople(command.Argument.Span) is not { Length: > 0 } secret)
        {
            return;
        }

        lock (_lock)
        {
            _secrets = [.. _secrets.Except([secret]).Append(secret).TakeLast(Kept)];
        }
    }

    /// <summary>The text with the secrets masked, in whatever case.</summary>
    public string Hide(string text)
    {
        string[] secrets;
        lock (_lock)
        {
            secrets = _secrets;
        }

        // The longest first: one may begin another.
        return secrets.OrderByDescending(secret => secret.Length).Aggregate(text, (shown, secret) => secret.Length >= DistinctLength
            ? shown.Replace(secret, Mask, StringComparison.OrdinalIgnoreCase)
            : HideWord(shown, secret));
    }

    private static string HideWord(string text, string word)
    {
        var shown = new StringBuilder(text.Length);
        var start = 0;
        while (text.IndexOf(word, start, StringComparison.OrdinalIgnoreCase) is var found and >= 0)
        {
            var end = found + word.Length;
            var isWord = (found == 0 || !char.IsLetterOrDigit(text[found - 1])) && (end == text.Length || !char.IsLetterOrDigit(text[end]));
            shown.Append(text, start, found - start).Append(isWord ? Mask : text[found..end]);
            start = end;
        }

        return shown.Append(text, start, text.Length - start).ToString();
    }
}
