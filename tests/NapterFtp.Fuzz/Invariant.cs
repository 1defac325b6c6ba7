namespace NapterFtp.Fuzz;

/// <summary>Something that must hold for any input did not.</summary>
public sealed class InvariantException(string message) : Exception(message);

/// <summary>Checks, and the cutting of input into pieces as a network might.</summary>
internal static class Invariant
{
    public static void Holds(bool condition, string what)
    {
        if (!condition)
        {
            throw new InvariantException(what);
        }
    }

    /// <summary>Cuts into pieces of 1 to 40 bytes; the same input is always cut the same way.</summary>
    public static IEnumerable<byte[]> Pieces(byte[] input)
    {
        var random = new Random(input.Length == 0 ? 0 : (input.Length * 31) + input[^1]);
        for (var start = 0; start < input.Length;)
        {
            var length = Math.Min(random.Next(1, 41), input.Length - start);
            yield return input[start..(start + length)];
            start += length;
        }
    }
}
