using System.Text;

namespace NapterFtp.Fuzz;

/// <summary>Something to feed bytes to.</summary>
/// <param name="Name">What it is chosen by.</param>
/// <param name="Check">Throws where what must hold for any input does not.</param>
/// <param name="Seeds">Inputs to start from, one character a byte.</param>
public sealed record FuzzTarget(string Name, Action<byte[]> Check, IReadOnlyList<string> Seeds)
{
    /// <summary>Every target; add new ones here.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("replies", ReaderInvariants.Replies, FuzzSeeds.Replies),
        new("commands", ReaderInvariants.Commands, FuzzSeeds.Commands),
        new("addresses", AddressInvariants.Check, FuzzSeeds.Addresses),
        new("features", FeatureInvariants.Check, FuzzSeeds.Replies),
        new("listings", ListingInvariants.Check, FuzzSeeds.Listings),
        new("sessions", SessionInvariants.Check, FuzzSeeds.Sessions),
    ];

    public IEnumerable<byte[]> SeedBytes => Seeds.Select(Encoding.Latin1.GetBytes);
}
