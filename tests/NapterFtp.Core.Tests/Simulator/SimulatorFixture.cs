using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;

namespace NapterFtp.Simulator.Tests;

/// <summary>A simulator with a <see cref="TestDevice"/> behind its SIM, a clock that stands still, and a user signed in.</summary>
public abstract class SimulatorFixture : IAsyncDisposable
{
    private protected TestDevice Device { get; } = new();

    private protected FakeTimeProvider Time { get; } = new(DateTimeOffset.UtcNow);

    private protected NapterSimulator Simulator { get; private set; } = null!;

    private protected SimulatorUser User { get; private set; } = null!;

    private protected SimulatedSimOptions[] Sims => [new() { DeviceEndPoint = Device.EndPoint }];

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        User?.Dispose();
        Device.Dispose();
        await (Simulator?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private protected async Task StartAsync(SimulatorOptions? options = null)
    {
        Simulator = await NapterSimulator.StartAsync(options ?? new() { Sims = Sims, TimeProvider = Time });
        User = await SimulatorUser.SignInAsync(Simulator);
    }

    /// <summary>The types in the audit log, newest first.</summary>
    private protected async Task<string[]> AuditTypesAsync(int most = 100) =>
        [.. (await User.GetJsonAsync($"/v1/audit_logs/napter?limit={most}")).EnumerateArray().Select(entry => entry.GetProperty("type").GetString()!)];

    private protected Task AuditedAsync(string type) => Limit.UntilAsync(async () => (await AuditTypesAsync()).Contains(type));

    /// <summary>The gateway does not listen for an entry. Another program may by now, for it is one of the ports that the system gives away.</summary>
    private protected async Task RefusedAsync(JsonElement entry)
    {
        var before = await SeenAsync();
        try
        {
            using var elsewhere = await SimulatorUser.ConnectAsync(entry);
        }
        catch (SocketException)
        {
            return;
        }

        Assert.Equal(before, await SeenAsync());

        async Task<(long Connected, int Denied)> SeenAsync() => (Simulator.Counters.Connections, (await AuditTypesAsync()).Count(type => type == "DENIED"));
    }

    private protected static async Task<byte[]> ReadAllAsync(Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, Limit.Token);
        return all.ToArray();
    }
}
