using System.Text;
using System.Text.Json;
using NapterFtp.Routers;

namespace NapterFtp.Soracom;

/// <summary>Calls that reach a device without a port mapping.</summary>
internal sealed partial class SoracomClient
{
    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>The SIM ID of a device that may be known by its IMSI only.</summary>
    /// <exception cref="NapterFtpException"><c>RouterSimNotFound</c>.</exception>
    public async Task<string> SimIdOfAsync(DeviceTarget device, CancellationToken cancellationToken) =>
        device.SimId ?? (await FindSimAsync(device, cancellationToken))?.SimId
        ?? throw new NapterFtpException(
            "RouterSimNotFound",
            NapterFtpErrorKind.NotFound,
            $"The account has no SIM {device}.",
            "Look with Get-NapterSim which there are, or choose the SIM with -SimId.",
            device);

    /// <summary><c>POST /sims/{sim_id}/downlink/ssh</c>: SORACOM logs in and runs one command, which is such that it may be run twice.</summary>
    public async Task<ShellResult> RunOnDeviceAsync(string simId, DownlinkSsh request, CancellationToken cancellationToken)
    {
        var call = new ApiCall("Sim", "sendDownlinkSsh", HttpMethod.Post, $"/sims/{Uri.EscapeDataString(simId)}/downlink/ssh")
        {
            Purpose = $"run a command on SIM {simId}",
            Target = simId,
            Body = request.Write,
            Redact = request.Hide,
        };
        return await channel.SendAsync(call, session, answer => answer.Read(DownlinkSsh.Read), cancellationToken);
    }
}

/// <summary>A command for <c>downlink/ssh</c>.</summary>
/// <param name="Login">Who logs in.</param>
/// <param name="Port">The SSH server's port.</param>
/// <param name="Command">The command, 8,192 bytes at most.</param>
internal sealed record DownlinkSsh(RouterLogin Login, int Port, string Command)
{
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteString("username", Login.UserName);
        writer.WriteNumber("port", Port);
        writer.WriteString("command", Command);
        writer.WriteStartObject("authentication");
        if (Login.Key is { } key)
        {
            writer.WriteString("type", "publickey");
            writer.WriteString("key", key);
            if (Login.Passphrase is { Length: > 0 } phrase)
            {
                writer.WriteSecret("passphrase", phrase);
            }
        }
        else
        {
            writer.WriteString("type", "password");
            if (Login.Password is { } password)
            {
                writer.WriteSecret("password", password);
            }
            else
            {
                writer.WriteString("password", "");
            }
        }

        writer.WriteEndObject();
    }

    /// <summary>Takes the secrets out of a text, be they as they are or as JSON writes them.</summary>
    public string Hide(string text)
    {
        using var key = Login.Key is { } given ? Secrets.ToSecure(given) : null;
        return Secrets.Redact(Secrets.Redact(Secrets.Redact(text, Login.Password), Login.Passphrase), key);
    }

    public static ShellResult? Read(JsonElement answer)
    {
        if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty("exitcode", out var code) || !code.TryGetInt32(out var status))
        {
            return null;
        }

        return new ShellResult(status, Text(answer, "stdout", "isStdoutBase64Encoded"), Text(answer, "stderr", "isStderrBase64Encoded"));
    }

    private static string Text(JsonElement answer, string name, string encoded)
    {
        var text = answer.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        return answer.TryGetProperty(encoded, out var flag) && flag.ValueKind == JsonValueKind.True
            ? Encoding.UTF8.GetString(Convert.FromBase64String(text))
            : text;
    }
}
