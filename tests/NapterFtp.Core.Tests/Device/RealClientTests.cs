using System.Net;
using NapterFtp.Simulator.Device;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Device;

/// <summary>The simulated device through the eyes of the clients that people use.</summary>
public sealed class RealClientTests
{
    public static TheoryData<string> Clients => [.. RealClient.All.Where(client => client != RealClient.LftpTls).Select(client => client.Name)];

    /// <summary>All that curl can talk to in passive mode: it wants a 227, a 150 and a 226, and two would take their time.</summary>
    public static TheoryData<string> Profiles =>
        [.. DeviceProfiles.Names.Except(["PasvAnswers229", "NoPreliminary", "MissingFinalReply", "LateFinalReply", "Slow"])];

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task A_client_lists_downloads_and_uploads(string name)
    {
        var client = RealClient.Find(name);
        await Peers.RequireAsync(client);
        var token = TestContext.Current.CancellationToken;
        await using var fixture = await StartAsync(DeviceProfiles.Default);
        var content = DeviceFixture.Bytes(2_000_000);
        var local = fixture.Add("a-file.bin", content);
        using var scratch = new ScratchFolder();
        var downloaded = Path.Combine(scratch, "got.bin");

        var listing = await client.ListAsync(fixture.Device.EndPoint, "u", "p", "", token);
        Assert.Contains("a-file.bin", listing.Output, StringComparison.Ordinal);
        await client.GetAsync(fixture.Device.EndPoint, "u", "p", "a-file.bin", downloaded, token);
        Assert.Equal(content, await File.ReadAllBytesAsync(downloaded, token));
        if (client.CanPut)
        {
            Directory.CreateDirectory(Path.Combine(fixture.Root, "up"));
            await client.PutAsync(fixture.Device.EndPoint, "u", "p", local, "up/a-file.bin", token);
            Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(fixture.Root, "up", "a-file.bin"), token));
        }
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public async Task Curl_downloads_from_a_profile(string name)
    {
        await Peers.RequireAsync(RealClient.CurlPasv);
        var token = TestContext.Current.CancellationToken;
        await using var fixture = await StartAsync(DeviceProfiles.Find(name)!);
        var content = DeviceFixture.Bytes(100_000);
        fixture.Add("a.bin", content);
        using var scratch = new ScratchFolder();
        var downloaded = Path.Combine(scratch, "got.bin");
        await RealClient.CurlPasv.GetAsync(fixture.Device.EndPoint, "u", "p", "a.bin", downloaded, token);
        Assert.Equal(content, await File.ReadAllBytesAsync(downloaded, token));
    }

    private static Task<DeviceFixture> StartAsync(DeviceProfile profile) =>
        DeviceFixture.StartAsync(profile, options => options with { AnnouncedAddress = IPAddress.Loopback });
}
