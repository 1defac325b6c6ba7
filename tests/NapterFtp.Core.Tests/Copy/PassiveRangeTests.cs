using NapterFtp.Copy;

namespace NapterFtp.Core.Tests.Copy;

public sealed class PassiveRangeTests
{
    [Theory]
    [InlineData(new[] { 5, 6, 7, 5, 6 }, new[] { 6, 7, 5 })]
    [InlineData(new[] { 5, 6, 7, 5 }, new[] { 5, 6, 7 })]
    [InlineData(new[] { 9, 4, 9, 7, 4, 6 }, new[] { 6, 9, 4, 7 })]
    [InlineData(new[] { 5, 6, 7, 8 }, new int[0])]
    [InlineData(new[] { 5, 5, 5 }, new[] { 5 })]
    [InlineData(new[] { 5, 6, 700, 5, 6 }, new int[0])]
    public void Ports_that_come_again_are_a_range_in_the_order_of_their_use(int[] announced, int[] expected) =>
        Assert.Equal(expected, PassiveRange.InOrderOfUse(announced));

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
