using System.Net.Sockets;
using NapterFtp.Core.Tests.Relay;
using NapterFtp.Simulator.Device;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Faults;

/// <summary>The client misbehaves, or the relay ends while it works.</summary>
internal static class ClientFaultRows
{
    private const string Retrieve = "RETR " + FaultBench.FileName;
    private const string Store = "STOR up.bin";

    public static IReadOnlyList<FaultRow> All { get; } =
    [
        Row("client vanishes before the passive reply", async act =>
        {
            await act.Client.SendAsync("PASV\r\n");
            act.Client.Dispose();
            return "(gone)";
        }),
        Row("client resets before the passive reply", async act =>
        {
            await act.Client.SendAsync("PASV\r\n");
            return Reset(act.Client.Socket);
        }),
        Row("client vanishes after the passive reply", async act =>
        {
            await act.Client.AskAsync("PASV");
            act.Client.Dispose();
            return "(gone)";
        }),
        Row("client asks for passive ports and uses the last", async act =>
        {
            await act.Client.SendAsync("PASV\r\nPASV\r\nPASV\r\n");
            await act.Client.ReadLineAsync();
            await act.Client.ReadLineAsync();
            using var data = await RawFtpClient.ConnectDataAsync(await act.Client.ReadLineAsync() ?? "");
            await act.Client.AskAsync(Retrieve);
            return await DrainAsync(act, data);
        }),
        Row("client never connects for its transfer", async act =>
        {
            await act.Client.AskAsync("PASV");
            var reply = await LastAsync(act, Retrieve);
            Assert.False(reply.StartsWith('2'), reply);
            return reply;
        }),
        Row("client connects and never transfers", async act =>
        {
            using var data = await RawFtpClient.ConnectDataAsync(await act.Client.AskAsync("PASV"));
            return await act.Client.ReadLineAsync() ?? "the connection's end";
        }),
        Row("client connects twice", async act =>
        {
            var reply = await act.Client.AskAsync("PASV");
            using var data = await RawFtpClient.ConnectDataAsync(reply);
            await act.Client.AskAsync(Retrieve);
            try
            {
                using var second = await RawFtpClient.ConnectDataAsync(reply);
            }
            catch (SocketException)
            {
                // Nobody listens there any more: as it should be.
            }

            return await DrainAsync(act, data);
        }),
        Row("client never reads", async act =>
        {
            await using (var big = File.Create(act.Bench.RemotePath("big.bin")))
            {
                big.SetLength(64 << 20);
            }

            using var data = await RawFtpClient.ConnectDataAsync(await act.Client.AskAsync("PASV"));
            return await LastAsync(act, "RETR big.bin");
        }),
        Row("client never sends its upload", async act =>
        {
            using var data = await RawFtpClient.ConnectDataAsync(await act.Client.AskAsync("PASV"));
            return await LastAsync(act, Store);
        }),
        Row("client resets its upload", async act =>
        {
            using var data = await RawFtpClient.ConnectDataAsync(await act.Client.AskAsync("PASV"));
            await act.Client.AskAsync(Store);
            await data.GetStream().WriteAsync(new byte[20_000]);
            Reset(data.Client);
            var reply = await act.Client.ReadLineAsync() ?? "the connection's end";
            Assert.False(reply.StartsWith('2'), reply);
            return reply;
        }),
        MidTransfer("client resets its data connection in mid-transfer", async (act, data) =>
        {
            Reset(data.Client);
            return await act.Client.ReadLineAsync() ?? "the connection's end";
        }),
        MidTransfer("client closes its data connection in mid-transfer", async (act, data) =>
        {
            data.Dispose();
            return await act.Client.ReadLineAsync() ?? "the connection's end";
        }),
        MidTransfer("client aborts (ABOR) in mid-transfer", async (act, data) =>
        {
            var reply = await act.Client.AskAsync("ABOR");
            return await DrainAsync(act, data, reply);
        }),
        MidTransfer("client closes its control connection in mid-transfer", (act, data) =>
        {
            act.Client.Dispose();
            return EndOfAsync(data);
        }),
        MidTransfer("client resets its control connection in mid-transfer", (act, data) =>
        {
            Reset(act.Client.Socket);
            return EndOfAsync(data);
        }),
        MidTransfer("client process ends in mid-transfer", (act, data) =>
        {
            Reset(act.Client.Socket);
            return Task.FromResult(Reset(data.Client));
        }),
        MidTransfer("proxy stops in mid-transfer", async (act, data) =>
        {
            await act.Proxy.StopAsync(TimeSpan.Zero, CancellationToken.None);
            return await EndOfAsync(data);
        }),
        MidTransfer("proxy stops with time for a transfer that hangs", async (act, data) =>
        {
            await act.Proxy.StopAsync(TimeSpan.FromSeconds(3), CancellationToken.None);
            return await EndOfAsync(data);
        }),
        MidTransfer("connection closes in mid-transfer", async (act, data) =>
        {
            await act.Bench.Connection.DisconnectAsync();
            return await EndOfAsync(data);
        }),
        MidTransfer("all ports are closed by hand in mid-transfer", async (act, data) =>
        {
            await act.Bench.Connection.Ports.CloseAllAsync(null, TimeSpan.FromSeconds(10));
            return await EndOfAsync(data);
        }),
        MidTransfer("somebody deletes the entries in mid-transfer", async (act, data) =>
        {
            foreach (var entry in act.Bench.Simulator.PortMappings)
            {
                await act.Bench.Connection.Api.DeleteAsync(entry.EndPoint, CancellationToken.None);
            }

            return await EndOfAsync(data);
        }),
    ];

    private static FaultRow Row(string name, Func<ClientAct, Task<string>> act) => new(name, _ => { })
    {
        Ways = [FaultWay.Download],
        Act = async given => (await act(given)).TrimEnd(),
    };

    /// <summary>The device sends a part and no more, so that whatever comes next comes in mid-transfer.</summary>
    private static FaultRow MidTransfer(string name, Func<ClientAct, TcpClient, Task<string>> act) => Row(name, async given =>
    {
        given.Bench.Device.Faults.Arm(DeviceFault.StallData(50_000, "RETR"));
        using var data = await RawFtpClient.ConnectDataAsync(await given.Client.AskAsync("PASV"));
        await given.Client.AskAsync(Retrieve);
        await data.GetStream().ReadExactlyAsync(new byte[50_000]);
        return await act(given, data);
    });

    private static string Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
        return "(gone)";
    }

    private static async Task<string> LastAsync(ClientAct act, string command)
    {
        var reply = await act.Client.AskAsync(command);
        return reply.StartsWith('1') ? await act.Client.ReadLineAsync() ?? "the connection's end" : reply;
    }

    private static async Task<string> DrainAsync(ClientAct act, TcpClient data, string? reply = null)
    {
        var end = await EndOfAsync(data);
        return $"{(reply ?? await act.Client.ReadLineAsync())?.TrimEnd()} {end}";
    }

    private static async Task<string> EndOfAsync(TcpClient data)
    {
        try
        {
            await data.GetStream().CopyToAsync(Stream.Null);
            return "(data ended)";
        }
        catch (IOException)
        {
            return "(data reset)";
        }
    }
}
