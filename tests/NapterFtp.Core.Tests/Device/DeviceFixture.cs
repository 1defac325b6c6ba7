using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Device;

/// <summary>A device over a scratch folder, both gone at the end.</summary>
internal sealed class DeviceFixture : IAsyncDisposable
{
    private DeviceFixture(SimulatedFtpDevice device) => Device = device;

    public SimulatedFtpDevice Device { get; }

    public string Root => Device.Options.RootPath;

    public static async Task<DeviceFixture> StartAsync(DeviceProfile? profile = null, Func<SimulatedFtpDeviceOptions, SimulatedFtpDeviceOptions>? change = null)
    {
        var root = Directory.CreateTempSubdirectory("device-").FullName;
        var options = new SimulatedFtpDeviceOptions { RootPath = root, Profile = profile ?? DeviceProfiles.Default };
        return new DeviceFixture(await SimulatedFtpDevice.StartAsync(change?.Invoke(options) ?? options));
    }

    public Task<RawFtpClient> LogInAsync() => RawFtpClient.LogInAsync(Device.EndPoint);

    /// <summary>Puts a file on the device.</summary>
    public string Add(string name, byte[] content)
    {
        var path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>Bytes that look the same in every run.</summary>
    public static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    public async ValueTask DisposeAsync()
    {
        await Device.DisposeAsync();
        Directory.Delete(Root, recursive: true);
    }
}
