namespace NapterFtp.Simulator.Device;

/// <summary>Ends a command with a negative reply.</summary>
internal sealed class DeviceReplyException(int code, string text) : Exception(text)
{
    public int Code { get; } = code;
}
