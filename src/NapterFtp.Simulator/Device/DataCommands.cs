using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace NapterFtp.Simulator.Device;

/// <summary>Commands that set up transfers: data connection, representation, restart, abort.</summary>
internal static class DataCommands
{
    public static Task TypeAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        // TYPE A is taken and changes nothing, as with vsftpd by default: a file arrives as it is.
        session.State.Type = command.Argument.ToUpperInvariant() switch
        {
            "A" or "A N" => "A",
            "I" or "L 8" => "I",
            _ => throw new DeviceReplyException(504, "Command not implemented for that parameter."),
        };
        return session.ReplyAsync(200, $"Type set to {session.State.Type}.", cancellationToken);
    }

    public static Task StruAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken) =>
        AcceptOnlyAsync("F", session, command, cancellationToken);

    public static Task ModeAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken) =>
        AcceptOnlyAsync("S", session, command, cancellationToken);

    public static Task AlloAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken) =>
        session.ReplyAsync(202, "ALLO command ignored.", cancellationToken);

    public static Task RestAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        session.State.RestartAt = long.TryParse(command.Argument, NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            ? position
            : throw new DeviceReplyException(501, "REST requires a number of bytes.");
        return session.ReplyAsync(350, $"Restart position accepted ({position}).", cancellationToken);
    }

    public static Task PasvAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        RefuseAfterEpsvAll(session, command);
        return ListenAsync(session, session.Profile.PasvReply, cancellationToken);
    }

    /// <summary>EPSV (RFC 2428): without an argument, or with 1 or 2 for the protocol, or ALL.</summary>
    public static Task EpsvAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        switch (command.Argument.ToUpperInvariant())
        {
            case "ALL":
                session.State.ExtendedPassiveOnly = true;
                return session.ReplyAsync(200, "EPSV ALL ok.", cancellationToken);
            case "" or "1" or "2":
                return ListenAsync(session, session.Profile.EpsvReply, cancellationToken);
            default:
                throw new DeviceReplyException(522, "Network protocol not supported, use (1,2).");
        }
    }

    public static Task PortAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        RefuseAfterEpsvAll(session, command);
        var numbers = command.Argument.Split(',');
        if (numbers.Length != 6 || !numbers.All(number => byte.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            throw new DeviceReplyException(501, "Illegal PORT command.");
        }

        var bytes = numbers.Select(number => byte.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        return UseActiveAsync(session, command, new IPEndPoint(new IPAddress(bytes[..4]), (bytes[4] << 8) | bytes[5]), cancellationToken);
    }

    /// <summary>EPRT (RFC 2428): <c>|1|127.0.0.1|40000|</c>, with any delimiter.</summary>
    public static Task EprtAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        RefuseAfterEpsvAll(session, command);
        var parts = command.Argument.Length > 0 ? command.Argument.Split(command.Argument[0]) : [];
        if (parts is not ["", var protocol, var host, var port, ""]
            || !IPAddress.TryParse(host, out var address)
            || !ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            throw new DeviceReplyException(501, "Illegal EPRT command.");
        }

        return protocol == (address.AddressFamily == AddressFamily.InterNetwork ? "1" : "2")
            ? UseActiveAsync(session, command, new IPEndPoint(address, number), cancellationToken)
            : throw new DeviceReplyException(522, "Network protocol not supported, use (1,2).");
    }

    /// <summary>The transfer itself is ended when ABOR arrives, and answered 426 by its own command; this is the second reply.</summary>
    public static Task AborAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        session.Data.Close();
        return session.ReplyAsync(226, "ABOR successful.", cancellationToken);
    }

    private static Task AcceptOnlyAsync(string value, DeviceSession session, DeviceCommand command, CancellationToken cancellationToken) =>
        command.Argument.Equals(value, StringComparison.OrdinalIgnoreCase)
            ? session.ReplyAsync(200, $"{command.Verb} set to {value}.", cancellationToken)
            : throw new DeviceReplyException(504, "Command not implemented for that parameter.");

    private static Task ListenAsync(DeviceSession session, string reply, CancellationToken cancellationToken)
    {
        var port = session.Data.Listen(session.Profile.KeepsPassivePort);
        var host = session.Device.Options.AnnouncedAddress.ToString().Replace('.', ',');
        var text = reply
            .Replace("{h}", $"{host},{port >> 8},{port & 0xFF}", StringComparison.Ordinal)
            .Replace("{p}", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        return session.WriteAsync(text, cancellationToken);
    }

    private static Task UseActiveAsync(DeviceSession session, DeviceCommand command, IPEndPoint client, CancellationToken cancellationToken)
    {
        // RFC 2577: no connections to third parties, nor to well-known ports.
        if (!client.Address.Equals(session.ClientAddress) || client.Port < 1024)
        {
            throw new DeviceReplyException(500, $"Illegal {command.Verb} command.");
        }

        session.Data.UseActive(client);
        return session.ReplyAsync(200, $"{command.Verb} command successful. Consider using PASV.", cancellationToken);
    }

    private static void RefuseAfterEpsvAll(DeviceSession session, DeviceCommand command)
    {
        if (session.State.ExtendedPassiveOnly)
        {
            throw new DeviceReplyException(501, $"{command.Verb} not allowed after EPSV ALL.");
        }
    }
}
