using System.Text;

namespace NapterFtp.Soracom;

/// <summary>Splits a command line into words as soracom-cli does: single and double quotes, backslashes; no variables, no globs.</summary>
internal static class CommandLine
{
    /// <returns>The words; null where a quote is left open, or a shell's operator stands outside quotes.</returns>
    public static string[]? Split(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var inWord = false;
        var quote = '\0';
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (c == '\\' && quote != '\'' && i + 1 < line.Length)
            {
                word.Append(line[++i]);
                inWord = true;
            }
            else if (quote != '\0')
            {
                if (c == quote)
                {
                    quote = '\0';
                }
                else
                {
                    word.Append(c);
                }
            }
            else if (c is '\'' or '"')
            {
                quote = c;
                inWord = true;
            }
            else if (c is ';' or '&' or '|' or '<' or '>' or '`' or '\n')
            {
                return null;
            }
            else if (char.IsWhiteSpace(c))
            {
                Flush();
            }
            else
            {
                word.Append(c);
                inWord = true;
            }
        }

        Flush();
        return quote == '\0' ? [.. words] : null;

        void Flush()
        {
            if (inWord)
            {
                words.Add(word.ToString());
                word.Clear();
                inWord = false;
            }
        }
    }
}
