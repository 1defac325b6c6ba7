using System.Collections.Concurrent;
using System.Globalization;
using NapterFtp.Core.Tests.Transport;
using NapterFtp.Relay;
using NapterFtp.Simulator;
using NapterFtp.Simulator.Device;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.EndToEnd;

/// <summary>Every ordinary client through the relay to every kind of device: list, get, put, mirror, and a download broken off.
/// The table is printed; a cell that the device or the client cannot do says so. A long run tries every cell; a usual one every
/// client with the device that is as it should be, each odd one with one client and each real server with a part of them, the next
/// each time, so that each client meets several.</summary>
public sealed class ClientMatrixTests(ITestOutputHelper output)
{
    // Most of the time is the devices' own waiting.
    private const int DevicesAtATime = 6;

    private static readonly RealClient[] s_clients =
    [
        RealClient.CurlEpsv, RealClient.CurlPasv, RealClient.CurlActive, RealClient.Lftp, RealClient.LftpPipelined, RealClient.LftpTls,
        RealClient.Tnftp, RealClient.InetutilsFtp, RealClient.PythonFtplib,
    ];

    private readonly ConcurrentDictionary<(string Device, string Client), string> _cells = new();
    private readonly ConcurrentBag<string> _failures = [];

    [Fact]
    public async Task Every_client_works_with_device_profiles()
    {
        await Peers.RequireAsync(s_clients);
        using var folders = new ScratchFolder();
        var profiles = DeviceProfiles.All.Select((profile, index) => (profile: Quicken(profile), imsi: Imsi(index))).ToList();
        await using var bench = await RelayBench.StartAsync(new SimulatorOptions
        {
            Sims = [.. profiles.Select(item => new SimulatedSimOptions
            {
                Imsi = item.imsi,
                SimId = "89811" + item.imsi,
                Profile = item.profile,
                RootPath = Populate(folders.Folder(item.profile.Name)),
            })],
        });
        await RunAsync(bench, profiles.Select(item => new MatrixDevice(
            item.profile,
            folders.File(item.profile.Name),
            item.imsi,
            "anonymous",
            "guest@example.com",
            ClientsFor(item.profile, profiles.IndexOf(item)),
            bench.Simulator.Sims.Single(sim => sim.Imsi == item.imsi).Device)));
        Report([.. profiles.Select(item => item.profile.Name)]);
    }

    [Fact]
    public async Task Every_client_works_with_real_servers()
    {
        Peers.Require(RealServerKind.All);
        await Peers.RequireAsync(s_clients);
        using var folders = new ScratchFolder();
        var servers = new List<RealServer>();
        try
        {
            foreach (var kind in RealServerKind.All)
            {
                servers.Add(await RealServer.StartAsync(kind, Populate(folders.Folder(kind.Name)), TestContext.Current.CancellationToken));
            }

            await using var bench = await RelayBench.StartAsync(new SimulatorOptions
            {
                Sims = [.. servers.Select((server, index) => new SimulatedSimOptions
                {
                    Imsi = Imsi(index),
                    SimId = "89811" + Imsi(index),
                    DeviceEndPoint = server.EndPoint,
                })],
            });
            await RunAsync(bench, servers.Select((server, index) =>
                new MatrixDevice(DeviceProfiles.Default with { Name = server.Kind.Name }, server.RootPath, Imsi(index), server.User, server.Password, ClientsForServer(index))));
            Report([.. servers.Select(server => server.Kind.Name)]);
        }
        finally
        {
            foreach (var server in servers)
            {
                await server.DisposeAsync();
            }
        }
    }

    // What matters here is that it is slow, not how slow.
    private static DeviceProfile Quicken(DeviceProfile profile) => profile.BytesPerSecond == 0
        ? profile
        : profile with { ReplyDelay = TimeSpan.FromMilliseconds(50), BytesPerSecond = 100_000 };

    private static RealClient[] ClientsFor(DeviceProfile profile, int index) =>
        Campaign.IsLong || profile.Name == DeviceProfiles.Default.Name ? s_clients : [s_clients[index % s_clients.Length]];

    /// <summary>Every third with the first server, the next with the second, and so on: each client meets one.</summary>
    private static RealClient[] ClientsForServer(int index) =>
        Campaign.IsLong ? s_clients : [.. s_clients.Where((_, client) => client % 3 == index % 3)];

    private static string Imsi(int index) => string.Create(CultureInfo.InvariantCulture, $"00101{index + 1:D10}");

    private static string Populate(string folder)
    {
        TestData.WriteFile(Path.Combine(folder, "log.csv"), 20_000, seed: 1);
        foreach (var name in RealClient.SeriesNames)
        {
            TestData.WriteFile(Path.Combine(folder, "series", name), 5000, seed: name.GetHashCode(StringComparison.Ordinal));
        }

        // Far larger than all buffers on the way, and without a block on the disk. A client that asks for the end and is not heard
        // fetches it to its end.
        using var big = File.Create(Path.Combine(folder, "big.bin"));
        big.SetLength(1L << 28);
        return folder;
    }

    private async Task RunAsync(RelayBench bench, IEnumerable<MatrixDevice> devices)
    {
        using var certificates = new TestCertificates();
        using var certificate = certificates.Issue("localhost");
        await Parallel.ForEachAsync(
            devices,
            new ParallelOptions { MaxDegreeOfParallelism = DevicesAtATime, CancellationToken = TestContext.Current.CancellationToken },
            async (device, _) =>
            {
                // Only the profile that never sends a final reply waits this long.
                var plain = await bench.StartProxyAsync(device.Imsi, options => options with { SettleTimeout = TimeSpan.FromSeconds(1) });
                foreach (var client in device.Clients.Where(client => client != RealClient.LftpTls))
                {
                    await RunCellAsync(bench, plain, device, client);
                }

                await plain.StopAsync(TimeSpan.Zero, CancellationToken.None);
                if (!device.Clients.Contains(RealClient.LftpTls))
                {
                    return;
                }

                var tls = await bench.StartProxyAsync(
                    device.Imsi, options => options with { SettleTimeout = TimeSpan.FromSeconds(1), TlsCertificate = certificate });
                await RunCellAsync(bench, tls, device, RealClient.LftpTls);
                await tls.StopAsync(TimeSpan.Zero, CancellationToken.None);
            });
    }

    private async Task RunCellAsync(RelayBench bench, FtpProxy proxy, MatrixDevice device, RealClient client)
    {
        var cell = new MatrixCell(proxy, device, client);
        var marks = new List<string>();
        foreach (var step in MatrixCell.Steps)
        {
            var (mark, problem) = await cell.RunAsync(step);
            problem ??= await bench.FindOpenDataPortAsync(device.Imsi);
            marks.Add(problem is null ? mark : "X");
            if (problem is not null)
            {
                _failures.Add($"{device.Profile.Name} × {client.Name} × {step}: {problem}");
            }
        }

        _cells[(device.Profile.Name, client.Name)] = string.Join(' ', marks);
    }

    private void Report(IReadOnlyList<string> devices)
    {
        output.WriteLine($"Each cell: {string.Join(' ', MatrixCell.Steps)} (+ works, - the device or client lacks it, X fails; blank: NAPTERFTP_LONG=1 tries it)");
        output.WriteLine($"{"",-22}{string.Concat(s_clients.Select(client => $"{client.Name,-16}"))}");
        foreach (var device in devices)
        {
            output.WriteLine($"{device,-22}{string.Concat(s_clients.Select(client => $"{_cells.GetValueOrDefault((device, client.Name)),-16}"))}");
        }

        foreach (var lacking in MatrixCell.Limits)
        {
            output.WriteLine(lacking);
        }

        Assert.True(_failures.IsEmpty, string.Join("\n\n", _failures.Order(StringComparer.Ordinal)));
    }
}
