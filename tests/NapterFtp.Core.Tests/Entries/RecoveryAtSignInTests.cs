using System.Net;
using NapterFtp.Core.Tests.Soracom;
using NapterFtp.Entries;

namespace NapterFtp.Core.Tests.Entries;

/// <summary>What a connection does about the journals of other processes, and where it cannot keep one.</summary>
public sealed class RecoveryAtSignInTests : IDisposable
{
    private const string Ports = "/v1/port_mappings/subscribers/001010000000001";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("napter-recovery-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task An_entry_whose_create_was_under_way_at_the_kill_is_closed_when_it_turns_up()
    {
        await using var fixture = new SoracomFixture();
        var asked = fixture.Time.GetUtcNow();
        var made = asked.AddSeconds(2).ToUnixTimeMilliseconds();
        var entry = $$"""[{"ipAddress":"192.0.2.1","port":30021,"hostname":"h","tlsRequired":true,"destination":{"port":21},"createdTime":{{made}},"expiredTime":{{made + 3_600_000}}}]""";
        fixture.Api.OnInTurn("GET", Ports, _ => FakeSoracom.Json(HttpStatusCode.OK, "[]"), _ => FakeSoracom.Json(HttpStatusCode.OK, entry));
        var deleted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Api.On("DELETE", "/v1/port_mappings/192.0.2.1/30021", _ =>
        {
            deleted.TrySetResult();
            return new HttpResponseMessage(HttpStatusCode.NoContent);
        });
        var options = new JournalOptions { Folder = _folder.FullName, Account = "OP0000000001", Api = "https://api.soracom.io/" };
        var call = new EntryCall(DeviceTarget.FromImsi("001010000000001"), 21, TimeSpan.FromHours(1), asked);
        File.WriteAllBytes(
            Path.Combine(_folder.FullName, "dead.jsonl"),
            [.. JournalLines.Owner(JournalOwner.Current(options) with { Pid = int.MaxValue }), .. JournalLines.Opening(new JournalRecord(1, call))]);

        await fixture.ConnectAsync(fixture.Options with { JournalFolder = _folder.FullName });
        await fixture.Time.PassAsync(wait => wait == TimeSpan.FromSeconds(1));

        await deleted.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_user_without_a_folder_for_state_is_told_what_that_means()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || OperatingSystem.IsMacOS(), "There the folder is the profile's.");
        await using var fixture = new SoracomFixture();
        await fixture.ConnectAsync();
        Assert.Contains(fixture.Log.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("XDG_STATE_HOME", StringComparison.Ordinal));
    }
}
