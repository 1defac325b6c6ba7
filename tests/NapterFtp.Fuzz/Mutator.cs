using System.Text;

namespace NapterFtp.Fuzz;

/// <summary>Changes bytes at random, with a liking for what means something in FTP.</summary>
public sealed class Mutator(Random random, IReadOnlyList<byte[]> seeds)
{
    private const int MaxLength = 4096;

    private static readonly byte[][] Tokens =
    [
        .. new[]
        {
            "\r\n", "\n", "\r", "\0", " ", "-", ";", "; ", "=", "(", ")", "|||", ",", "/", " -> ", "220", "226-", "227 ", "229 ", "211-", "211 ",
            "\xFF", "\xFF\xFF", "\xFF\xF4", "\xFF\xFA", "\xFF\xF0", "255", "256", "65536", "99999999999999999999", "Jan 00 1980", "Feb 29 10:22", "PASS ",
        }.Select(Encoding.Latin1.GetBytes),
    ];

    public byte[] Next()
    {
        var bytes = new List<byte>(Pick(seeds));
        for (var changes = random.Next(1, 8); changes > 0; changes--)
        {
            Change(bytes);
        }

        if (bytes.Count > MaxLength)
        {
            bytes.RemoveRange(MaxLength, bytes.Count - MaxLength);
        }

        return [.. bytes];
    }

    private void Change(List<byte> bytes)
    {
        var at = random.Next(bytes.Count + 1);
        var length = Math.Min(random.Next(1, 1 << random.Next(1, 8)), bytes.Count - at);
        switch (random.Next(7))
        {
            case 0 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, length));
                break;
            case 4:
                bytes.InsertRange(at, Pick(seeds));
                break;
            case 5:
                bytes.InsertRange(at, Enumerable.Repeat((byte)random.Next(256), random.Next(1, 300)));
                break;
            default:
                bytes.InsertRange(at, Pick(Tokens));
                break;
        }
    }

    private byte[] Pick(IReadOnlyList<byte[]> from) => from[random.Next(from.Count)];
}
