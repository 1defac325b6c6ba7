namespace NapterFtp.Core.Tests.Relay;

/// <summary>Runs while no other test does: the memory that it looks at is the whole process's.</summary>
[CollectionDefinition(nameof(FloodTests), DisableParallelization = true)]
[Collection(nameof(FloodTests))]
public sealed class FloodTests
{
    [Fact]
    public async Task A_device_that_floods_a_client_that_does_not_read_is_read_no_further()
    {
        await using var bench = new ProxyBench();
        long sent = 0;
        const long Flood = 64L << 20;
        bench.Device.OnCommand = async (session, _) =>
        {
            var lines = string.Concat(Enumerable.Repeat("200 x\r\n", 10_000));
            for (; sent < Flood; sent += lines.Length)
            {
                await session.SendAsync(lines);
            }
        };
        using var client = await bench.StartAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await client.SendAsync("NOOP\r\n");
        var (seen, still) = (-1L, 0);
        await ProxyBench.UntilAsync(() =>
        {
            still = sent == seen ? still + 1 : 0;
            seen = sent;
            return still == 400 || sent >= Flood;
        });
        Assert.InRange(sent, 1, Flood / 2);

        // Other tests run in this process. Each line kept as an object of its own would take gigabytes.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 256L << 20);
    }
}
