using System.Net;
using NapterFtp.Copy;
using NapterFtp.Core.Tests.Pulls;
using NapterFtp.Entries;
using NapterFtp.Pulls;
using NapterFtp.Simulator;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Entries;

/// <summary>What an account that may do little can do, and how a device is found whichever of its numbers names it.</summary>
public sealed class LeastRightsTests(Stores stores) : IAsyncDisposable
{
    private const string Imsi = "001010000000001";
    private const string SimId = "8981100000000000001";
    private const string ArcImsi = "999990000000001";
    private const string ArcSimId = "8981100000000000002";

    private readonly System.Collections.Concurrent.ConcurrentQueue<ApiOperation> _calls = new();
    private NapterSimulator _simulator = null!;
    private NapterConnection _connection = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await (_connection?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_simulator?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Fact]
    public async Task A_port_that_may_not_be_made_by_the_imsi_is_made_by_the_sim()
    {
        await StartAsync(new() { Denied = [ApiOperation.CreatePortMapping, ApiOperation.ListPortMappingsForSubscriber] });

        await using (await OpenAsync(DeviceTarget.FromImsi(Imsi)))
        {
            Assert.Equal(SimId, Assert.Single(_simulator.PortMappings).SimId);
        }

        _calls.Clear();
        await using (await OpenAsync(DeviceTarget.FromImsi(Imsi), 22))
        {
            Assert.DoesNotContain(ApiOperation.CreatePortMapping, _calls);
            Assert.DoesNotContain(ApiOperation.SearchSims, _calls);
        }
    }

    [Fact]
    public async Task A_device_chosen_by_its_sim_is_never_asked_for_by_its_imsi()
    {
        await StartAsync(new() { Denied = [ApiOperation.CreatePortMapping, ApiOperation.SearchSims], SimIds = [SimId] });

        await using var lease = await OpenAsync(DeviceTarget.FromSimId(SimId));

        Assert.Equal(SimId, Assert.Single(_simulator.PortMappings).SimId);
        Assert.DoesNotContain(ApiOperation.CreatePortMapping, _calls);
    }

    [Fact]
    public async Task Where_the_sim_cannot_be_looked_up_the_refusal_names_the_permission()
    {
        await StartAsync(new() { Denied = [ApiOperation.CreatePortMapping, ApiOperation.SearchSims] });

        var error = await Assert.ThrowsAsync<SoracomApiException>(() => OpenAsync(DeviceTarget.FromImsi(Imsi)));

        Assert.Equal("SoracomPermissionDenied", error.ErrorId);
        Assert.Contains("PortMapping:createPortMapping", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rights_given_after_the_sign_in_are_had_by_signing_in_anew_once()
    {
        await StartAsync(new() { Denied = [ApiOperation.CreatePortMapping] });
        _simulator.Rights = new();

        await using var lease = await OpenAsync(DeviceTarget.FromImsi(Imsi));

        Assert.Equal([ApiOperation.CreatePortMapping, ApiOperation.Auth, ApiOperation.CreatePortMapping], _calls);
    }

    [Fact]
    public async Task What_is_refused_with_a_new_token_too_makes_nobody_sign_in_again_and_again()
    {
        await StartAsync(new() { Denied = [ApiOperation.GetNapterAuditLogs] });

        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<SoracomApiException>(async () => await _connection.Api.GetAuditLogAsync(new AuditLogQuery(), Token).ToListAsync(Token));
        }

        Assert.Single(_calls, call => call == ApiOperation.Auth);
        Assert.Equal(4, _calls.Count(call => call == ApiOperation.GetNapterAuditLogs));
    }

    [Theory]
    [InlineData(null, ArcSimId)]
    [InlineData(ArcImsi, null)]
    public async Task A_sim_with_arc_only_is_reached_by_arc_without_being_told(string? imsi, string? simId)
    {
        await StartAsync(new());

        await using var lease = await OpenAsync(imsi is not null ? DeviceTarget.FromImsi(imsi) : DeviceTarget.FromSimId(simId!));

        Assert.Equal(ArcSimId, Assert.Single(_simulator.PortMappings).SimId);
        Assert.Equal(SimService.Arc, (await _connection.Api.GetSimAsync(ArcSimId, Token))!.Service);
        Assert.Equal(SimService.Air, (await _connection.Api.GetSimAsync(SimId, Token))!.Service);
    }

    [Fact]
    public async Task What_the_user_says_of_the_session_holds()
    {
        await StartAsync(new());

        await Assert.ThrowsAsync<SoracomApiException>(() => OpenAsync(DeviceTarget.FromSimId(ArcSimId, SimService.Air)));

        Assert.DoesNotContain(ApiOperation.GetSim, _calls);
    }

    [Fact]
    public async Task A_device_is_the_same_in_the_history_by_either_number_and_looked_up_once()
    {
        await StartAsync(new());
        await using var bench = await HistoryBench.StartAsync(stores, Stores.Sqlite);
        var history = await bench.WriterAsync();
        var keys = new List<DeviceKey>();
        foreach (var device in new[] { DeviceTarget.FromImsi(Imsi), DeviceTarget.FromSimId(SimId), DeviceTarget.FromImsi(Imsi) })
        {
            await using var client = DeviceClient.Create(_connection, device, 21, new FtpClientOptions());
            keys.Add(await client.IdentifyAsync(history, Token));
        }

        Assert.All(keys, key => Assert.Equal(new DeviceKey(SimId, SimService.Air, null, 21), key));
        Assert.Single(_calls, call => call == ApiOperation.SearchSims);

        var pull = new NapterPull { Name = "p", Imsi = [Imsi, ArcImsi], SimId = [SimId], Path = ["/a"], Destination = "/tmp" };
        var devices = await PullWork.FindDevicesAsync(pull, _connection, history, Token);

        Assert.Equal([new DeviceKey(SimId, SimService.Air, null, 21), new DeviceKey(ArcSimId, SimService.Arc, null, 21)], devices.Select(device => device.Key));
    }

    [Fact]
    public async Task A_device_that_cannot_be_looked_up_is_known_by_what_is_remembered_of_it()
    {
        await StartAsync(new() { Denied = [ApiOperation.SearchSims, ApiOperation.GetSim] });
        await using var bench = await HistoryBench.StartAsync(stores, Stores.Sqlite);
        var history = await bench.WriterAsync();
        await using var first = DeviceClient.Create(_connection, DeviceTarget.FromImsi(Imsi), 21, new FtpClientOptions());
        await using var later = DeviceClient.Create(_connection, DeviceTarget.FromImsi(Imsi), 21, new FtpClientOptions());

        Assert.Equal(Imsi, (await first.IdentifyAsync(history, Token)).Sim);
        await history.RecallSimAsync(Imsi, SimId, Token);

        Assert.Equal(SimId, (await later.IdentifyAsync(history, Token)).Sim);
    }

    private Task<EntryLease> OpenAsync(DeviceTarget device, int port = 21) =>
        _connection.Ports.OpenAsync(new EntryRequest { Device = device, DevicePort = port, Kind = NapterPortKind.Control }, Token);

    private async Task StartAsync(SimulatedRights rights)
    {
        _simulator = await NapterSimulator.StartAsync(
            new() { Sims = [new(), new() { Imsi = ArcImsi, SimId = ArcSimId, Name = "arc", ArcOnly = true }] }, Token);
        _simulator.Rights = rights;
        _connection = await NapterConnection.ConnectAsync(
            new NapterConnectionOptions
            {
                Credential = new SoracomCredential.AuthKey(_simulator.AuthKeyId, new NetworkCredential("", _simulator.AuthKey).SecurePassword),
                Endpoint = _simulator.ApiEndPoint,
                TrustedRootPath = _simulator.TrustedRootPath,
                Environment = _ => null,
                KeepsJournal = false,
                ApiCallsPerSecond = 1000,
            },
            Token);
        _simulator.Faults.Arm(ApiFault.Error() with
        {
            When = call =>
            {
                _calls.Enqueue(call.Operation);
                return false;
            },
        });
    }
}
