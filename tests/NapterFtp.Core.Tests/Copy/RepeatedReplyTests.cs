using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using NapterFtp.Copy;
using NapterFtp.Core.Tests.Entries;
using NapterFtp.Core.Tests.Relay;
using NapterFtp.Entries;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>Devices that answer a command twice: nothing is taken for the answer to anything else.</summary>
public sealed class RepeatedReplyTests : IAsyncDisposable
{
    private readonly ScriptedDevice _device = new();
    private readonly FakePortMappingApi _api = new(TimeProvider.System);
    private readonly EntryManager _ports;
    private readonly CopyLog _log = new();
    private readonly string _local = Directory.CreateTempSubdirectory("napter-twice-").FullName;
    private readonly Dictionary<string, string> _content = new() { ["a.txt"] = "first", ["b.txt"] = "second one" };
    private Func<string, string?> _second = _ => null;
    private Func<string, string?> _instead = _ => null;

    public RepeatedReplyTests()
    {
        _ports = new EntryManager(_api, new EntryManagerOptions(), TimeProvider.System, NullLoggerFactory.Instance);
        _device.WithTransfers(async (session, line) =>
        {
            await session.SendAsync("150 Here it comes.\r\n");
            using (var data = await session.AcceptDataAsync())
            {
                await data.GetStream().WriteAsync(Encoding.Latin1.GetBytes(Data(line.TrimEnd())));
            }

            await session.SendAsync("226 Done.\r\n");
        });
        var usual = _device.OnCommand;
        _device.OnCommand = async (session, line) =>
        {
            var command = line.TrimEnd();
            var answer = _instead(command) ?? command.Split(' ')[0] switch
            {
                "USER" => "331 And?",
                "PASS" => "230 In.",
                "FEAT" => "502 No.",
                "PWD" => "257 \"/\"",
                "CWD" => command is "CWD /" or "CWD /data" ? "250 There." : "550 No such folder.",
                "SIZE" => _content.TryGetValue(command[(command.LastIndexOf('/') + 1)..], out var text) ? $"213 {text.Length}" : "550 No such file.",
                "MDTM" => "213 20240102030405",
                "MLSD" or "MLST" or "MFMT" or "OPTS" => "500 What?",
                _ => null,
            };
            if (answer is null)
            {
                await usual(session, line);
            }
            else
            {
                await session.SendAsync(answer + "\r\n");
            }

            if (_second(command) is { } second)
            {
                await session.SendAsync(second + "\r\n");
            }
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _ports.DisposeAsync();
        await _device.DisposeAsync();
        Directory.Delete(_local, recursive: true);
        Assert.Empty(_api.Entries);
    }

    [Fact]
    public async Task A_second_230_shifts_nothing()
    {
        _second = command => command.StartsWith("PASS", StringComparison.Ordinal) ? "230 In, really." : null;
        await AssertCopiesAsync();
    }

    [Fact]
    public async Task CWD_answered_with_250_and_200_shifts_nothing()
    {
        _second = command => command.StartsWith("CWD", StringComparison.Ordinal) ? "200 Ok." : null;
        await AssertCopiesAsync();
    }

    [Fact]
    public async Task A_greeting_of_two_lines_that_each_look_whole_is_no_second_answer()
    {
        _device.Greeting = "220 Welcome.\r\n220 Ready.\r\n";
        var client = await AssertCopiesAsync();
        Assert.False(client.Traits.RepeatsReplies);
    }

    [Fact]
    public async Task A_device_that_answers_everything_twice_gives_true_results()
    {
        _second = command => command.Split(' ')[0] switch
        {
            "USER" => "331 And?",
            "PASS" => "230 In.",
            "TYPE" => "200 Ok.",
            "CWD" => "250 There.",
            "SIZE" => $"213 {_content[command[(command.LastIndexOf('/') + 1)..]].Length}",
            "RETR" or "LIST" => "226 Done.",
            _ => null,
        };
        var client = await AssertCopiesAsync();
        Assert.True(client.Traits.RepeatsReplies);
    }

    [Fact]
    public async Task A_second_answer_that_says_the_contrary_ends_the_session_and_another_one_begins()
    {
        var contradicts = true;
        _second = command => command.StartsWith("TYPE", StringComparison.Ordinal) && contradicts && !(contradicts = false) ? "550 Or not." : null;
        await AssertCopiesAsync();
        Assert.Equal(2, _device.Received.Count(line => line.StartsWith("USER", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_answer_that_does_not_look_like_one_is_one_where_no_other_comes()
    {
        _instead = command => command.StartsWith("SIZE", StringComparison.Ordinal) || command.StartsWith("MDTM", StringComparison.Ordinal) ? "200 Ok." : null;
        await AssertCopiesAsync(ClientBench.WithoutFinalReply);
    }

    /// <summary>Copies all; each file must be there as it is.</summary>
    private async Task<DeviceClient> AssertCopiesAsync(FtpClientOptions? options = null)
    {
        options = (options ?? new FtpClientOptions()) with { QuietTime = TimeSpan.FromMilliseconds(150) };
        await using var client = new DeviceClient(
            DeviceTarget.FromImsi("001010000000001"), 21, options, _ports, new DirectDialer(_api, _device.Port), new Activity(TimeProvider.System), TimeProvider.System, NullLoggerFactory.Instance);
        await DeviceCopy.RunAsync(
            client,
            new CopyOptions { Paths = ["/data/*"], Destination = _local, Recurse = true, Retry = new RetryPolicy(2, TimeSpan.FromMilliseconds(1)) },
            _log,
            TestContext.Current.CancellationToken);
        Assert.Empty(_log.Errors);
        Assert.Equal(2, _log.Count(NapterFtpTransferStatus.Copied));
        foreach (var (name, text) in _content)
        {
            Assert.Equal(text, await File.ReadAllTextAsync(Path.Combine(_local, name), TestContext.Current.CancellationToken));
        }

        return client;
    }

    private string Data(string command) => command.StartsWith("RETR", StringComparison.Ordinal)
        ? _content[command[(command.LastIndexOfAny([' ', '/']) + 1)..]]
        : string.Concat(_content.Select(file => $"-rw-r--r-- 1 a a {file.Value.Length} Jan  2  2024 {file.Key}\r\n"));
}
