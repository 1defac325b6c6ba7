namespace NapterFtp.Simulator.Device;

/// <summary>One command line, its bytes kept one to a char.</summary>
/// <param name="Sequence">Its number within the session, from 1.</param>
/// <param name="Verb">In upper case.</param>
/// <param name="Argument">All that follows the first space; empty where nothing does.</param>
internal sealed record DeviceCommand(long Sequence, string Verb, string Argument)
{
    /// <summary>The line as a transcript may show it: a password masked.</summary>
    public string Display => Verb == "PASS" ? "PASS ****" : Argument.Length == 0 ? Verb : $"{Verb} {Argument}";

    /// <summary>Reads a line without its end. What stands before the verb's first letter is left over of Telnet's urgent mark.</summary>
    public static DeviceCommand Parse(long sequence, string line)
    {
        var start = 0;
        while (start < line.Length && !char.IsAsciiLetter(line[start]))
        {
            start++;
        }

        var space = line.IndexOf(' ', start);
        return space < 0
            ? new(sequence, line[start..].ToUpperInvariant(), "")
            : new(sequence, line[start..space].ToUpperInvariant(), line[(space + 1)..]);
    }
}
