namespace NapterFtp.Soracom;

/// <summary>Where an entry meets the device's network (<c>placement</c> of SORACOM's answers), and how far that is from the device.</summary>
internal static class RendezvousPoint
{
    private enum Part
    {
        EuropeAndAfrica,
        Americas,
        AsiaAndOceania,
    }

    /// <summary>The place, such as Tokyo; SORACOM's own word where it is none that is documented.</summary>
    /// <param name="placement">SORACOM's word: <c>default</c>, or a cloud's region such as <c>aws:eu-central-1</c>.</param>
    /// <param name="coverage">Whose default it is.</param>
    public static string? NameOf(string? placement, SoracomCoverage coverage) => placement switch
    {
        null or "" => null,
        "default" => coverage == SoracomCoverage.Global ? "Frankfurt" : "Tokyo",
        "aws:ap-northeast-1" => "Tokyo",
        "aws:eu-central-1" => "Frankfurt",
        "aws:us-west-2" => "Oregon",
        "aws:ap-southeast-2" => "Sydney",
        _ => placement,
    };

    /// <summary>Whether place and device are continents apart; false where either is not known.</summary>
    /// <param name="place">As <see cref="NameOf"/> gives it.</param>
    /// <param name="mobileCountry">The mobile country code of the network that the device is in (ITU-T E.212).</param>
    public static bool IsFar(string? place, int? mobileCountry)
    {
        Part? entry = place switch
        {
            "Tokyo" or "Sydney" => Part.AsiaAndOceania,
            "Frankfurt" => Part.EuropeAndAfrica,
            "Oregon" => Part.Americas,
            _ => null,
        };

        // E.212: the first digit is a zone of the world.
        Part? device = (mobileCountry / 100) switch
        {
            2 or 6 => Part.EuropeAndAfrica,
            3 or 7 => Part.Americas,
            4 or 5 => Part.AsiaAndOceania,
            _ => null,
        };
        return entry is not null && device is not null && entry != device;
    }
}
