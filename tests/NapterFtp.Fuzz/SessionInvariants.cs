using Microsoft.Extensions.Logging.Abstractions;
using NapterFtp.Entries;
using NapterFtp.Ftp;
using NapterFtp.Relay;

namespace NapterFtp.Fuzz;

/// <summary>Whatever client and device say to each other: the session ends when they have, and leaves no port.</summary>
public static class SessionInvariants
{
    // Real time, and far more than any input needs: only a session that hangs gets there.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    /// <param name="input">The dialogue: lines that begin with <c>&gt;</c> are the client's, all others the device's.</param>
#pragma warning disable VSTHRD002 // What fuzzers call is synchronous, and no thread of theirs is needed for the work.
    public static void Check(byte[] input) =>
        Invariant.Holds(Task.Run(() => CheckAsync(input)).Wait(s_limit), "a session that ends when both sides have said all");
#pragma warning restore VSTHRD002

    private static async Task CheckAsync(byte[] input)
    {
        var lines = Split(input);
        var device = new ScriptedConnection([.. lines.Where(line => line[0] != '>')]);
        var client = new ScriptedConnection([.. lines.Where(line => line[0] == '>').Select(line => line[1..])]);
        var entries = new EntryTable(device);
        await using (var ports = new EntryManager(entries, new EntryManagerOptions(), TimeProvider.System, NullLoggerFactory.Instance))
        {
            var options = new FtpProxyOptions
            {
                Device = DeviceTarget.FromImsi("001010000000001"),
                PassivePorts = PassivePortRange.Any,
                SettleTimeout = TimeSpan.FromMilliseconds(50),
                DataConnectTimeout = TimeSpan.FromMilliseconds(200),
                Prefetch = input.Length % 2 == 1,
            };
            await using var control = new SharedLease(
                ports,
                new EntryRequest { Device = options.Device!, DevicePort = 21, Kind = NapterPortKind.Control },
                new SharedLeaseOptions(),
                TimeProvider.System);
            var services = new SessionServices
            {
                ProxyName = "fuzz",
                Options = options,
                Ports = ports,
                ControlPort = control,
                Traits = new DeviceTraits(),
                Dialer = entries,
                PassivePorts = new PassivePortPool(options.PassivePorts, TimeProvider.System, NullLogger.Instance),
                Time = TimeProvider.System,
                Logger = NullLogger.Instance,
            };
            var session = new ControlSession(services, client, "1", CancellationToken.None).RunAsync();
            await Task.WhenAny(session, Task.Delay(TimeSpan.FromMilliseconds(20)));
            device.Hurry();
            client.Hurry();
            await session;
        }

        Invariant.Holds(entries.Count == 0, "no port left");
    }

    private static List<byte[]> Split(byte[] input)
    {
        var lines = new List<byte[]>();
        for (var rest = input.AsSpan(); !rest.IsEmpty;)
        {
            var end = rest.IndexOf((byte)'\n');
            var length = end < 0 ? rest.Length : end + 1;
            lines.Add(rest[..length].ToArray());
            rest = rest[length..];
        }

        return lines;
    }
}
