namespace NapterFtp.Copy;

/// <summary>What the number of bytes that came says about a file. What the device says of its length after the transfer outranks what
/// its listing said before.</summary>
internal static class CopiedLength
{
    /// <param name="expected">The length known before the transfer; null for none.</param>
    /// <param name="came">The bytes there are now of it.</param>
    /// <param name="after">The length that the device told after the transfer; null where it was not asked or does not tell.</param>
    /// <param name="ended">Whether the device said that the transfer is complete.</param>
    public static LengthVerdict Judge(long? expected, long came, long? after, bool ended)
    {
        if (after is not { } now)
        {
            return expected == came ? ended ? LengthVerdict.Whole : LengthVerdict.Unverified
                : expected is null && ended ? LengthVerdict.Unverified
                : LengthVerdict.Differs;
        }

        if (now == came)
        {
            return expected is null || expected == came ? LengthVerdict.Whole
                : came > expected ? LengthVerdict.Grown
                : LengthVerdict.Replaced;
        }

        // The same before and after, but something else came: that is no change of the file.
        return now == expected ? LengthVerdict.Differs
            : now > came && came >= (expected ?? 0) ? LengthVerdict.Grown
            : now < came || now < expected ? LengthVerdict.Replaced
            : LengthVerdict.Differs;
    }
}

/// <summary>What became of a file by its length.</summary>
internal enum LengthVerdict
{
    /// <summary>All of it came.</summary>
    Whole,

    /// <summary>The transfer ended well, but nothing tells whether that is all.</summary>
    Unverified,

    /// <summary>The file is longer than before; what came is its beginning.</summary>
    Grown,

    /// <summary>Another file has its name by now: a log was rotated, or written anew.</summary>
    Replaced,

    /// <summary>Something else came than the device says that it has.</summary>
    Differs,
}
