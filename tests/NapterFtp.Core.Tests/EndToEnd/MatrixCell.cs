using NapterFtp.Relay;
using NapterFtp.Simulator.Device;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.EndToEnd;

/// <summary>A device of the matrix.</summary>
/// <param name="Clients">Those that it meets.</param>
/// <param name="Simulated">The device, where it is not a real server.</param>
internal sealed record MatrixDevice(
    DeviceProfile Profile, string RootPath, string Imsi, string User, string Password, IReadOnlyList<RealClient> Clients, SimulatedFtpDevice? Simulated = null);

/// <summary>One client with one device.</summary>
internal sealed class MatrixCell(FtpProxy proxy, MatrixDevice device, RealClient client)
{
    public static IReadOnlyList<string> Steps { get; } = ["list", "get", "put", "mirror", "abort"];

    /// <summary>Why some cells cannot work, with or without a relay.</summary>
    public static IReadOnlyList<string> Limits { get; } =
    [
        "put -: the device is read-only or knows no STOR.",
        "mirror -: the device has no folders, or, for lftp, a listing dialect of its own, or not the sessions or passive ports for four transfers at once.",
    ];

    /// <summary>Runs a step; the mark for the table, and what went wrong where something did.</summary>
    public async Task<(string Mark, string? Problem)> RunAsync(string step)
    {
        if (Lacks(step))
        {
            return ("-", null);
        }

        await SessionsEndedAsync();
        var problem = step switch
        {
            "list" => await ListAsync(),
            "get" => await GetAsync(),
            "put" => await PutAsync(),
            "mirror" => await MirrorAsync(),
            _ => await AbortAsync(),
        };
        return (problem is null ? "+" : "X", problem);
    }

    // Longer than any cell takes, and short enough for the table to show what hangs.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private bool Lacks(string step) => step switch
    {
        "put" => device.Profile.ReadOnly || !Knows("STOR"),
        "mirror" => !Knows("CWD") || (client.Package == "lftp" && !SuitsLftp),
        _ => false,
    };

    // Pipelining, it asks for a passive port while the one before is in use.
    private bool SuitsLftp => device.Profile is { MaxSessions: 0, PassivePortCount: 0 or >= 8 } and not { Listing: ListingDialect.NameFirst };

    private bool Knows(string verb) =>
        (device.Profile.Commands?.Contains(verb) ?? true) && !device.Profile.Without.Contains(verb);

    /// <summary>Waits until the device has noticed that the last client left: some have room for one session only.</summary>
    private async Task SessionsEndedAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(s_limit);
        while (device.Simulated is { Counters.CurrentSessions: > 0 })
        {
            await Task.Delay(5, limit.Token);
        }
    }

    private async Task<string?> ListAsync()
    {
        var result = await client.ListAsync(proxy.ListenEndPoint, device.User, device.Password, "", Cancellation, s_limit);
        return result.Output.Contains("log.csv", StringComparison.Ordinal) ? null : result.ToString();
    }

    private async Task<string?> GetAsync()
    {
        using var local = new ScratchFolder();
        var result = await client.GetAsync(proxy.ListenEndPoint, device.User, device.Password, "log.csv", local.File("log.csv"), Cancellation, s_limit);
        return SameContent(Path.Combine(device.RootPath, "log.csv"), local.File("log.csv")) ? null : result.ToString();
    }

    private async Task<string?> PutAsync()
    {
        using var local = new ScratchFolder();
        TestData.WriteFile(local.File("recipe.bin"), 30_000, seed: 7);
        var name = $"from-{client.Name}.bin";
        var result = await client.PutAsync(proxy.ListenEndPoint, device.User, device.Password, local.File("recipe.bin"), name, Cancellation, s_limit);
        return SameContent(local.File("recipe.bin"), Path.Combine(device.RootPath, name)) ? null : result.ToString();
    }

    private async Task<string?> MirrorAsync()
    {
        using var local = new ScratchFolder();
        var result = await client.FolderAsync(proxy.ListenEndPoint, device.User, device.Password, "series", local, Cancellation, s_limit);
        var differences = FileTree.Differences(Path.Combine(device.RootPath, "series"), local);
        return differences.Count == 0 ? null : $"{string.Join(", ", differences)}\n{result}";
    }

    private async Task<string?> AbortAsync()
    {
        using var local = new ScratchFolder();
        var problem = await client.AbortAsync(
            proxy.ListenEndPoint, device.User, device.Password, "big.bin", local.File("big.bin"), Cancellation, s_limit);
        await SessionsEndedAsync();
        return problem ?? await ListAsync();
    }

    private static bool SameContent(string expected, string actual) =>
        File.Exists(actual) && TestData.HashFile(expected).AsSpan().SequenceEqual(TestData.HashFile(actual));
}
