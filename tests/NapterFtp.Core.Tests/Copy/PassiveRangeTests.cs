using NapterFtp.Copy;

namespace NapterFtp.Core.Tests.Copy;

public sealed class PassiveRangeTests
{
    [Theory]
    [InlineData(new[] { 5, 6, 7, 5, 6 }, 100, new[] { 6, 7, 5 })]
    [InlineData(new[] { 5, 6, 7, 5 }, 100, new[] { 5, 6, 7 })]
    [InlineData(new[] { 5, 6, 7, 8 }, 100, new int[0])]
    [InlineData(new[] { 5, 5, 5 }, 100, new[] { 5 })]
    [InlineData(new[] { 5, 6, 700, 5, 6 }, 100, new int[0])]
    public void Ports_that_come_again_are_opened_in_the_order_of_their_use(int[] announced, int following, int[] expected) =>
        Assert.Equal(expected, PassiveRange.WorthOpening(announced, following));

    [Theory]
    [InlineData(new[] { 5, 6, 7, 8, 5 }, 2, new[] { 5, 6 })]
    [InlineData(new[] { 5, 6, 7, 8, 5, 6 }, 1, new[] { 6 })]
    public void No_more_ports_are_opened_ahead_than_transfers_follow(int[] announced, int following, int[] expected) =>
        Assert.Equal(expected, PassiveRange.WorthOpening(announced, following));

    [Theory]
    [InlineData(new[] { 9, 4, 9, 7, 4, 6 }, 18, new[] { 6, 9, 4, 7 })]
    [InlineData(new[] { 9, 4, 9, 7, 4, 6 }, 17, new int[0])]
    [InlineData(new[] { 100, 20, 61, 100 }, 100, new[] { 100, 20, 61 })]
    [InlineData(new[] { 100, 20, 61, 90, 20 }, 100, new int[0])]
    public void Where_numbers_come_at_random_only_what_will_most_likely_be_wanted_is_opened_ahead(int[] announced, int following, int[] expected) =>
        Assert.Equal(expected, PassiveRange.WorthOpening(announced, following));

    [Theory]
    [InlineData(new[] { 50_000, 50_001 }, true)]
    [InlineData(new[] { 50_090, 50_001 }, true)]
    [InlineData(new[] { 50_000, 60_001 }, false)]
    [InlineData(new[] { 50_000, 50_000 }, false)]
    [InlineData(new[] { 50_000 }, false)]
    public void Only_ports_near_each_other_are_worth_a_look_and_only_once(int[] announced, bool expected)
    {
        var range = new PassiveRange();
        Array.ForEach(announced, range.Announced);

        Assert.Equal(expected, range.TryBeginLook());
        Assert.False(range.TryBeginLook());
    }
}
