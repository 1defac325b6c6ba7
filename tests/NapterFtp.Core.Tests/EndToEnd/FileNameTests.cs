using System.Net;
using System.Security.Cryptography;
using System.Text;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.EndToEnd;

/// <summary>Names that are no UTF-8, on real servers' disks and through a real client: each byte of them, and of the files, must
/// be the same at both ends.</summary>
public sealed class FileNameTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);

    // Shift_JIS, with 0x5C (a backslash in ASCII) as a second byte; a name with 0xFF, which Telnet gives a meaning; plain UTF-8.
    private static readonly string[] s_names =
    [
        Convert.ToHexStringLower([0x95, 0x5C, 0x83, 0x66, 0x81, 0x5B, 0x83, 0x5E, .. ".csv"u8]),
        Convert.ToHexStringLower([(byte)'a', 0xFF, (byte)'b', .. ".csv"u8]),
        Convert.ToHexStringLower(Encoding.UTF8.GetBytes("表データ.csv")),
    ];

    public static TheoryData<string> Servers => [.. RealServerKind.All.Select(kind => kind.Name)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Names_in_Shift_JIS_and_with_0xFF_keep_their_bytes(string serverName)
    {
        var kind = RealServerKind.All.Single(kind => kind.Name == serverName);
        Peers.Require(kind);
        await Peers.RequireAsync(RealClient.PythonFtplib);
        using var folder = new ScratchFolder();
        try
        {
            await RunAsync(["make", folder, .. s_names]);
            await using var server = await RealServer.StartAsync(kind, folder, Cancellation);
            await using var bench = await RelayBench.StartAsync(server.EndPoint);
            var proxy = await bench.StartProxyAsync();
            var relayed = await RunAsync(["session", .. Login(proxy.ListenEndPoint, server), "up-", .. s_names]);
            var direct = await RunAsync(["session", .. Login(server.EndPoint, server), "direct-", .. s_names]);
            var listed = s_names.Select(name => $"list {name}").Order(StringComparer.Ordinal);
            Assert.Equal([.. listed, .. direct.Where(line => !line.StartsWith("list", StringComparison.Ordinal))], relayed);

            // pure-ftpd takes bytes of Shift_JIS for control characters.
            var served = s_names.Where(name => relayed.Contains($"got {name} {Digest(name)}")).ToList();
            Assert.Equal(s_names.Length - (kind == RealServerKind.PureFtpd ? 1 : 0), served.Count);
            var stored = await RunAsync(["show", folder]);
            Assert.All(served, name => Assert.Contains($"has {Convert.ToHexStringLower("up-"u8)}{name} {Digest(name)}", stored));
            await bench.DataPortsClosedAsync();
        }
        finally
        {
            // .NET cannot name such files.
            await RunAsync(["clear", folder]);
        }
    }

    private static string[] Login(IPEndPoint endPoint, RealServer server) =>
        [endPoint.Address.ToString(), $"{endPoint.Port}", server.User, server.Password];

    private static string Digest(string name)
    {
        var bytes = Convert.FromHexString(name);
        return Convert.ToHexStringLower(SHA256.HashData([.. Enumerable.Repeat(bytes, 1000).SelectMany(part => part)]));
    }

    private static async Task<string[]> RunAsync(string[] arguments)
    {
        using var script = new StreamReader(typeof(FileNameTests).Assembly.GetManifestResourceStream("raw_names.py")!);
        var result = await ProcessRunner.RunAsync(
            new ProcessCommand("python3", ["-c", await script.ReadToEndAsync(Cancellation), .. arguments]), s_limit, Cancellation);
        Assert.True(result.Succeeded, result.ToString());
        return result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
