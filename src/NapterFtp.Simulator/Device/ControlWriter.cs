using System.Net.Sockets;
using System.Text;

namespace NapterFtp.Simulator.Device;

/// <summary>Writes replies, one send each, in the profile's manner.</summary>
internal sealed class ControlWriter(Socket socket, DeviceProfile profile, TimeProvider time, Action<string>? transcript)
{
    /// <summary>Called just before a reply goes out that ends a command.</summary>
    public Action? BeforeFinalReply { get; init; }

    /// <summary>
    /// Writes a reply; lines of a longer text are separated by <c>\n</c>, the first and the last getting the code. The profile's own
    /// words for the code replace a text of one line.
    /// </summary>
    public Task ReplyAsync(int code, string text, CancellationToken cancellationToken)
    {
        var lines = (profile.Texts.TryGetValue(code, out var own) ? own : text).Split('\n');
        if (lines.Length == 1)
        {
            return WriteAsync($"{code} {lines[0]}", cancellationToken);
        }

        lines[0] = $"{code}-{lines[0]}";
        lines[^1] = $"{code} {lines[^1]}";
        return WriteAsync(string.Join('\n', lines), cancellationToken);
    }

    /// <summary>Writes a reply that already holds its codes; its lines are separated by <c>\n</c>.</summary>
    public async Task WriteAsync(string reply, CancellationToken cancellationToken)
    {
        if (profile.ReplyDelay > TimeSpan.Zero)
        {
            await Task.Delay(profile.ReplyDelay, time, cancellationToken);
        }

        var lines = reply.Split('\n');
        foreach (var line in lines)
        {
            transcript?.Invoke(line);
        }

        // A 0xFF in a name is doubled, since Telnet's rules hold for both directions.
        var wire = (string.Join(profile.LineEnding, lines) + profile.LineEnding).Replace("\xFF", "\xFF\xFF", StringComparison.Ordinal);
        if (!reply.StartsWith('1'))
        {
            BeforeFinalReply?.Invoke();
        }

        await SendAllAsync(Encoding.Latin1.GetBytes(wire), cancellationToken);
    }

    private async Task SendAllAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, cancellationToken)..];
        }
    }
}
