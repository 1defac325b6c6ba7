using System.Net;
using NapterFtp.Core.Tests.EndToEnd;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Relay;

/// <summary>Many uploads of nothing at all through the proxy, the simulated gateway with TLS, and a device that insists on an
/// ended data connection.</summary>
public sealed class EmptyUploadTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_upload_of_no_bytes_ends_well_every_time(bool closesBeforeTheAnswer)
    {
        var count = Campaign.Count("EMPTY_UPLOADS", usual: 100, full: 3000);
        await using var device = new ScriptedDevice();
        var broken = 0;
        device.WithTransfers(async (session, _) =>
        {
            try
            {
                await session.ReceiveFileAsync();
            }
            catch (IOException)
            {
                broken++;
                await session.SendAsync("426 Data connection broken.\r\n");
            }
        });
        await using var bench = await RelayBench.StartAsync(new IPEndPoint(IPAddress.Loopback, device.Port));
        var proxy = await bench.StartProxyAsync();
        using var client = await RawFtpClient.ConnectAsync(proxy.ListenEndPoint);
        await client.ReadLineAsync();
        var failures = new List<string>();
        for (var i = 0; i < count; i++)
        {
            using (var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV")))
            {
                if (closesBeforeTheAnswer)
                {
                    data.Close();
                }

                var reply = await client.AskAsync("STOR empty");
                if (!reply.StartsWith("150", StringComparison.Ordinal))
                {
                    failures.Add($"{i}: {reply}");
                    continue;
                }
            }

            var final = await client.ReadLineAsync() ?? "the session's end";
            if (!final.StartsWith("226", StringComparison.Ordinal))
            {
                failures.Add($"{i}: {final}");
            }
        }

        Assert.Empty(failures);
        Assert.Equal(0, broken);
    }
}
