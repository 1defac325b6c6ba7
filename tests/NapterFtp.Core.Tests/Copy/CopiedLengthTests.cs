using NapterFtp.Copy;

namespace NapterFtp.Core.Tests.Copy;

public sealed class CopiedLengthTests
{
    [Theory]
    [InlineData(100, 100, null, true, LengthVerdict.Whole)]
    [InlineData(100, 100, 100, true, LengthVerdict.Whole)]
    [InlineData(null, 100, 100, true, LengthVerdict.Whole)]
    [InlineData(0, 0, null, true, LengthVerdict.Whole)]
    [InlineData(100, 100, null, false, LengthVerdict.Unverified)]
    [InlineData(null, 100, null, true, LengthVerdict.Unverified)]
    [InlineData(100, 120, 120, true, LengthVerdict.Grown)]
    [InlineData(100, 120, 130, true, LengthVerdict.Grown)]
    [InlineData(100, 100, 130, true, LengthVerdict.Grown)]
    [InlineData(null, 100, 130, true, LengthVerdict.Grown)]
    [InlineData(5000, 281, 281, true, LengthVerdict.Replaced)]
    [InlineData(5000, 281, 300, true, LengthVerdict.Replaced)]
    [InlineData(5000, 5000, 281, true, LengthVerdict.Replaced)]
    [InlineData(5000, 281, 5000, true, LengthVerdict.Differs)]
    [InlineData(5000, 281, 6000, true, LengthVerdict.Differs)]
    [InlineData(5000, 5100, 5000, true, LengthVerdict.Differs)]
    [InlineData(5000, 281, null, true, LengthVerdict.Differs)]
    [InlineData(null, 100, null, false, LengthVerdict.Differs)]
    public void What_the_device_says_afterwards_outranks_the_listing(int? expected, int came, int? after, bool ended, object verdict) =>
        Assert.Equal((LengthVerdict)verdict, CopiedLength.Judge(expected, came, after, ended));
}
