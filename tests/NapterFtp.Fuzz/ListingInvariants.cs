using NapterFtp.Ftp.Listings;

namespace NapterFtp.Fuzz;

/// <summary>Every line of a listing becomes an entry, is reported as not understood, or is known to be neither; names keep their bytes.</summary>
public static class ListingInvariants
{
    private static readonly DateTimeOffset Now = new(2024, 3, 10, 12, 0, 0, TimeSpan.Zero);
    private static readonly NameEncoding ShiftJis = NameEncoding.Find("shift_jis");

    public static void Check(byte[] input)
    {
        foreach (var format in Enum.GetValues<ListingFormat>())
        {
            foreach (var names in new[] { NameEncoding.Utf8, ShiftJis })
            {
                var atOnce = Read(format, names, [input]);
                var inPieces = Read(format, names, Invariant.Pieces(input));
                Invariant.Holds(
                    atOnce.Entries.Select(entry => entry.Name).SequenceEqual(inPieces.Entries.Select(entry => entry.Name)),
                    "the same entries however the bytes arrive");
                foreach (var entry in atOnce.Entries)
                {
                    CheckEntry(entry, names);
                }
            }
        }

        _ = FtpTime.Parse(input);
    }

    private static FtpListing Read(ListingFormat format, NameEncoding names, IEnumerable<byte[]> pieces)
    {
        var parser = new ListingParser(format, names, Now);
        foreach (var piece in pieces)
        {
            parser.Append(piece);
        }

        return parser.Complete();
    }

    private static void CheckEntry(ListingEntry entry, NameEncoding names)
    {
        Invariant.Holds(entry.Name.Length > 0 && entry.Name is not ("." or ".."), "a name that names an entry of the folder");
        Invariant.Holds(entry.Raw.Span.IndexOf(entry.NameBytes.Span) >= 0, "a name that is in its line");
        Invariant.Holds(entry.Length is null or >= 0, "a length that is none or not negative");
        Invariant.Holds(entry.LastWriteTime.HasValue == (entry.TimePrecision > TimeSpan.Zero), "a precision where there is a time");
        if (entry.NameIsExact)
        {
            Invariant.Holds(names.Encode(entry.Name).AsSpan().SequenceEqual(entry.NameBytes.Span), "an exact name that encodes to its bytes");
        }
    }
}
