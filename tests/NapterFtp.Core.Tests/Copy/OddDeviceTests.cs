using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using NapterFtp.Copy;
using NapterFtp.Core.Tests.Entries;
using NapterFtp.Core.Tests.Relay;
using NapterFtp.Entries;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>Devices that no server would be set up to be: each answer is scripted.</summary>
public sealed class OddDeviceTests : IAsyncDisposable
{
    private const string ThreeFiles =
        "type=file;size=3;modify=20240102030405; a.txt\r\ntype=file;size=3;modify=20240102030405; b.txt\r\ntype=file;size=3;modify=20240102030405; c.txt\r\n";

    private readonly ScriptedDevice _device = new();
    private readonly FakePortMappingApi _api = new(TimeProvider.System);
    private readonly EntryManager _ports;
    private readonly CopyLog _log = new();
    private readonly string _local = Directory.CreateTempSubdirectory("napter-odd-").FullName;

    public OddDeviceTests() => _ports = new EntryManager(_api, new EntryManagerOptions(), TimeProvider.System, NullLoggerFactory.Instance);

    public async ValueTask DisposeAsync()
    {
        await _ports.DisposeAsync();
        await _device.DisposeAsync();
        Directory.Delete(_local, recursive: true);
        Assert.Empty(_api.Entries);
    }

    [Fact]
    public async Task Names_that_lead_out_of_the_destination_are_refused_one_by_one()
    {
        Serve("type=file;size=3; good.txt\r\ntype=file;size=3; ..\\..\\evil.txt\r\ntype=file;size=3; C:evil.txt\r\n"
            + "type=file;size=3; bell\a.txt\r\ntype=file;size=3; ../evil.txt\r\ntype=dir; ..\r\ntype=file;size=3; two\rlines\r\n");

        await CopyAsync();

        Assert.Equal(["evil.txt", "good.txt"], Directory.EnumerateFiles(_local).Select(Path.GetFileName).Order());
        Assert.Equal(3, _log.Errors.Count);
        Assert.All(_log.Errors, error => Assert.Equal("UnsafeFileName", error.ErrorId));
        Assert.All(_device.Received, line => Assert.Equal(1, line.Count(c => c == '\r')));
    }

    [Fact]
    public async Task A_device_that_answers_while_it_transfers_gets_no_passive_request_behind_a_transfer()
    {
        var atOnce = new List<string>();
        Serve(ThreeFiles, async (session, line) =>
        {
            await session.SendAsync("150 Here it comes.\r\n");

            // Asynchronous: what came with the transfer command is answered while the transfer waits for its connection.
            if (line.StartsWith("MLSD", StringComparison.Ordinal))
            {
                atOnce.Add((await session.ReadLineAsync())!);
                await session.SendAsync("200 Ok.\r\n");
            }
        });

        await CopyAsync();

        Assert.Equal(["NOOP\r\n"], atOnce);
        Assert.Empty(_log.Errors);
        Assert.Equal(3, _log.Count(NapterFtpTransferStatus.Copied));
        AssertNothingFollowsTransfers();
    }

    [Fact]
    public async Task A_device_that_loses_the_second_command_of_a_packet_is_never_sent_two_again()
    {
        Serve(ThreeFiles, async (session, line) =>
        {
            await session.SendAsync("150 Here it comes.\r\n");
            if (line.StartsWith("MLSD", StringComparison.Ordinal))
            {
                Assert.Equal("NOOP\r\n", await session.ReadLineAsync());
            }
        });

        await CopyAsync();

        Assert.Empty(_log.Errors);
        Assert.Equal(3, _log.Count(NapterFtpTransferStatus.Copied));
        AssertNothingFollowsTransfers();
    }

    [Fact]
    public async Task A_privileged_data_port_is_refused()
    {
        Serve(ThreeFiles);
        var usual = _device.OnCommand;
        _device.OnCommand = (session, line) => line.StartsWith("PASV", StringComparison.Ordinal)
            ? session.SendAsync("227 Entering Passive Mode (10,128,0,5,0,25).\r\n")
            : usual(session, line);

        var error = await Assert.ThrowsAsync<NapterFtpException>(CopyAsync);

        Assert.Equal("DataPortNotAllowed", error.ErrorId);
        Assert.Equal(1, _api.Creates);
    }

    [Fact]
    public async Task A_folder_that_leads_back_to_itself_is_left_after_a_while()
    {
        Serve("type=file;size=3;modify=20240102030405; a.txt\r\ntype=dir;modify=20240102030405; again\r\n");

        await CopyAsync();

        Assert.Equal("RemoteFolderLoop", Assert.Single(_log.Errors).ErrorId);
        Assert.InRange(_log.Transfers.Count, 1, 20);
    }

    private void AssertNothingFollowsTransfers()
    {
        var afterFirst = _device.Received.SkipWhile(line => !line.StartsWith("RETR", StringComparison.Ordinal)).ToList();
        Assert.Equal(["RETR", "PASV", "RETR", "PASV", "RETR", "QUIT"], afterFirst.Select(line => line.Split(' ', '\r')[0]));
    }

    private void Serve(string listing, Func<DeviceSession, string, Task>? begin = null)
    {
        _device.WithTransfers(async (session, line) =>
        {
            await (begin?.Invoke(session, line) ?? session.SendAsync("150 Here it comes.\r\n"));
            using (var data = await session.AcceptDataAsync())
            {
                await data.GetStream().WriteAsync(line.StartsWith("MLSD", StringComparison.Ordinal) ? Encoding.Latin1.GetBytes(listing) : "abc"u8.ToArray());
            }

            await session.SendAsync("226 Done.\r\n");
        });
        var usual = _device.OnCommand;
        _device.OnCommand = (session, line) => line.StartsWith("FEAT", StringComparison.Ordinal)
            ? session.SendAsync("211-Features:\r\n MLST type*;size*;modify*;\r\n211 End\r\n")
            : usual(session, line);
    }

    private async Task CopyAsync()
    {
        var options = new FtpClientOptions { FinalReplyGrace = TimeSpan.FromMilliseconds(300), QuitTimeout = TimeSpan.FromMilliseconds(500) };
        await using var client = new DeviceClient(
            DeviceTarget.FromImsi("001010000000001"), 21, options, _ports, new DirectDialer(_api, _device.Port), new Activity(TimeProvider.System), TimeProvider.System, NullLoggerFactory.Instance);
        await DeviceCopy.RunAsync(
            client,
            new CopyOptions { Paths = ["/*"], Destination = _local, Recurse = true, Retry = RetryPolicy.None },
            _log,
            TestContext.Current.CancellationToken);
    }
}
