using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Soracom;

public sealed class RendezvousPointTests
{
    [Theory]
    [InlineData("default", SoracomCoverage.Japan, "Tokyo")]
    [InlineData("default", SoracomCoverage.Global, "Frankfurt")]
    [InlineData("aws:us-west-2", SoracomCoverage.Japan, "Oregon")]
    [InlineData("aws:ap-southeast-2", SoracomCoverage.Global, "Sydney")]
    [InlineData("aws:mars-1", SoracomCoverage.Japan, "aws:mars-1")]
    [InlineData(null, SoracomCoverage.Japan, null)]
    public void A_place_has_its_name(string? placement, SoracomCoverage coverage, string? name) =>
        Assert.Equal(name, RendezvousPoint.NameOf(placement, coverage));

    [Theory]
    [InlineData("Frankfurt", 440, true)]
    [InlineData("Tokyo", 310, true)]
    [InlineData("Oregon", 310, false)]
    [InlineData("Tokyo", 440, false)]
    [InlineData("Sydney", 525, false)]
    [InlineData("Frankfurt", 655, false)]
    [InlineData("aws:mars-1", 440, false)]
    [InlineData("Tokyo", null, false)]
    public void A_device_is_far_from_a_place_in_another_part_of_the_world(string place, int? mobileCountry, bool far) =>
        Assert.Equal(far, RendezvousPoint.IsFar(place, mobileCountry));
}
