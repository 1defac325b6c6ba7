using System.Net.Security;
using System.Text;

namespace NapterFtp.Simulator.Tests;

public sealed class EmbeddedDeviceTests : IAsyncLifetime
{
    private NapterSimulator _simulator = null!;

    public async ValueTask InitializeAsync() => _simulator = await NapterSimulator.StartAsync(new()
    {
        Sims = [new(), new() { Imsi = "001010000000002", SimId = "8981100000000000002", Name = "second" }],
    });

    public ValueTask DisposeAsync() => _simulator.DisposeAsync();

    [Fact]
    public async Task A_sample_file_can_be_pulled_through_the_gateway()
    {
        using var user = await SimulatorUser.SignInAsync(_simulator);
        await using var control = await user.ConnectTlsAsync(await user.CreateAsync());
        Assert.StartsWith("220", await ReplyAsync(control));
        Assert.StartsWith("331", await CommandAsync(control, "USER anonymous"));
        Assert.StartsWith("230", await CommandAsync(control, "PASS me@example.test"));
        var passive = await CommandAsync(control, "EPSV");
        Assert.StartsWith("229", passive);
        var port = int.Parse(passive.Split('|')[3], System.Globalization.CultureInfo.InvariantCulture);

        await using var data = await user.ConnectTlsAsync(await user.CreateAsync(port));
        Assert.StartsWith("150", await CommandAsync(control, "RETR log/2024-04-01.csv"));
        using var pulled = new MemoryStream();
        await data.CopyToAsync(pulled, Limit.Token);

        Assert.StartsWith("226", await ReplyAsync(control));
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(_simulator.RootPath!, "log", "2024-04-01.csv")), pulled.ToArray());
        Assert.Equal([true, false], _simulator.PortMappings.Select(entry => entry.IsControl));
    }

    [Fact]
    public void Each_SIM_has_a_device_and_a_folder_of_its_own()
    {
        Assert.Equal(2, _simulator.Sims.Select(sim => sim.RootPath).Distinct().Count());
        Assert.Equal(2, _simulator.Sims.Select(sim => sim.DeviceEndPoint).Distinct().Count());
    }

    private static async Task<string> CommandAsync(SslStream control, string command)
    {
        await control.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"), Limit.Token);
        return await ReplyAsync(control);
    }

    /// <summary>One reply line; these replies have no more.</summary>
    private static async Task<string> ReplyAsync(SslStream control)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (line.Length == 0 || line[^1] != '\n')
        {
            await control.ReadExactlyAsync(one, Limit.Token);
            line.Append((char)one[0]);
        }

        return line.ToString();
    }
}
