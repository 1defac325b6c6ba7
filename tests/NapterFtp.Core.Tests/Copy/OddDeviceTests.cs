using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using NapterFtp.Copy;
using NapterFtp.Core.Tests.Entries;
using NapterFtp.Core.Tests.Faults;
using NapterFtp.Core.Tests.Relay;
using NapterFtp.Entries;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>Devices that no server would be set up to be: each answer is scripted.</summary>
public sealed class OddDeviceTests : IAsyncDisposable
{
    private const string ThreeFiles =
        "type=file;size=3;modify=20240102030405; a.txt\r\ntype=file;size=3;modify=20240102030405; b.txt\r\ntype=file;size=3;modify=20240102030405; c.txt\r\n";

    private const int Hang = 30_000;

    /// <summary>Of a client that waits in vain.</summary>
    private static readonly FtpClientOptions s_short = ClientBench.WithoutFinalReply;

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

        await CopyAsync(s_short);

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

    [Theory(Timeout = Hang)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task A_listing_that_a_device_cuts_for_what_it_was_sent_behind_is_asked_for_again(bool hasBegun, bool hangsUp)
    {
        Serve(ThreeFiles);
        var usual = _device.OnCommand;
        _device.OnCommand = async (session, line) =>
        {
            if (!line.StartsWith("MLSD", StringComparison.Ordinal) || _device.Received.Count(sent => sent == line) > 1)
            {
                await usual(session, line);
                return;
            }

            if (hasBegun)
            {
                await session.SendAsync("150 Here it comes.\r\n");
                using var data = await session.AcceptDataAsync();
                await data.GetStream().WriteAsync(Encoding.Latin1.GetBytes(ThreeFiles[..(ThreeFiles.IndexOf('\n', StringComparison.Ordinal) + 1)]));
            }

            Assert.Equal("NOOP\r\n", await session.ReadLineAsync());
            await session.SendAsync("503 Invalid command during transfer.\r\n");
            if (hangsUp)
            {
                session.Close();
            }
        };

        await CopyAsync(s_short, retries: 1).WaitAsync(TestContext.Current.CancellationToken);

        Assert.Empty(_log.Errors);
        Assert.Equal(3, _log.Count(NapterFtpTransferStatus.Copied));
        Assert.DoesNotContain("NOOP\r\n", _device.Received);
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

        var error = await Assert.ThrowsAsync<NapterFtpException>(() => CopyAsync());

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

    [Fact(Timeout = Hang)]
    public async Task A_final_reply_without_a_beginning_and_without_data_is_an_empty_file_at_once()
    {
        Serve("type=file;size=0;modify=20240102030405; empty.txt\r\n");
        Answer("RETR", session => session.SendAsync("226 Nothing to send.\r\n"));

        await CopyAsync(s_short).WaitAsync(TestContext.Current.CancellationToken);

        Assert.Empty(_log.Errors);
        Assert.Equal(1, Assert.Single(_log.Transfers).Attempts);
        Assert.Equal(0, new FileInfo(Path.Combine(_local, "empty.txt")).Length);
    }

    [Fact(Timeout = Hang)]
    public async Task A_final_reply_without_a_beginning_and_without_data_is_an_empty_folder_at_once()
    {
        Serve(ThreeFiles);
        Answer("MLSD", session => session.SendAsync("250 Nothing here.\r\n"));

        await CopyAsync().WaitAsync(TestContext.Current.CancellationToken);

        Assert.Empty(_log.Errors);
        Assert.Empty(_log.Transfers);
    }

    [Fact(Timeout = Hang)]
    public async Task A_file_that_has_bytes_is_not_empty_because_the_device_says_so()
    {
        Serve("type=file;size=3;modify=20240102030405; a.txt\r\n");
        Answer("RETR", session => session.SendAsync("226 Nothing to send.\r\n"));

        await CopyAsync(s_short).WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("LengthMismatch", Assert.Single(_log.Errors).ErrorId);
        Assert.Empty(Directory.EnumerateFiles(_local));
    }

    [Fact(Timeout = Hang)]
    public async Task Data_connections_that_stay_open_after_the_final_reply_hold_nothing_up()
    {
        var open = new List<System.Net.Sockets.TcpClient>();
        Serve(ThreeFiles);
        foreach (var (verb, content) in new[] { ("MLSD", ThreeFiles), ("RETR", "abc") })
        {
            Answer(verb, async session =>
            {
                await session.SendAsync("150 Here it comes.\r\n");
                var data = await session.AcceptDataAsync();
                open.Add(data);
                await data.GetStream().WriteAsync(Encoding.Latin1.GetBytes(content));
                await session.SendAsync("226 Done.\r\n");
            });
        }

        await CopyAsync(s_short).WaitAsync(TestContext.Current.CancellationToken);
        open.ForEach(data => data.Dispose());

        Assert.Empty(_log.Errors);
        Assert.Equal(3, _log.Count(NapterFtpTransferStatus.Copied));
        Assert.All(_log.Transfers, transfer => Assert.Equal(1, transfer.Attempts));
        Assert.All(_log.Transfers, transfer => Assert.True(transfer.Verified));
    }

    [Fact(Timeout = Hang)]
    public async Task Data_that_come_long_after_the_final_reply_are_waited_for()
    {
        var content = new string('x', 2000);
        await using var time = new FastTime();
        Serve("type=file;size=8000;modify=20240102030405; a.txt\r\n");
        Answer("RETR", async session =>
        {
            await session.SendAsync("150 Here it comes.\r\n226 Done.\r\n");
            using var data = await session.AcceptDataAsync();
            for (var i = 0; i < 4; i++)
            {
                // Longer than the client waits for what stays open, shorter than its limit of silence.
                await Task.Delay(s_short.FinalReplyGrace * 2, time);
                await data.GetStream().WriteAsync(Encoding.Latin1.GetBytes(content));
            }
        });

        await CopyAsync(s_short, time).WaitAsync(TestContext.Current.CancellationToken);

        Assert.Empty(_log.Errors);
        Assert.Equal(8000, new FileInfo(Path.Combine(_local, "a.txt")).Length);
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

    /// <summary>Answers one command in its own way.</summary>
    private void Answer(string verb, Func<DeviceSession, Task> answer)
    {
        var usual = _device.OnCommand;
        _device.OnCommand = (session, line) => line.Split(' ', '\r')[0] == verb ? answer(session) : usual(session, line);
    }

    private async Task CopyAsync(FtpClientOptions? options = null, TimeProvider? time = null, int retries = 0)
    {
        time ??= TimeProvider.System;
        await using var client = new DeviceClient(
            DeviceTarget.FromImsi("001010000000001"), 21, options ?? new FtpClientOptions(), _ports, new DirectDialer(_api, _device.Port), new Activity(time), time, NullLoggerFactory.Instance);
        await DeviceCopy.RunAsync(
            client,
            new CopyOptions { Paths = ["/*"], Destination = _local, Recurse = true, Retry = new RetryPolicy(retries, TimeSpan.Zero) },
            _log,
            TestContext.Current.CancellationToken);
    }
}
