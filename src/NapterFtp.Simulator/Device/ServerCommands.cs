namespace NapterFtp.Simulator.Device;

/// <summary>Commands about the server itself.</summary>
internal static class ServerCommands
{
    public static Task NoopAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken) =>
        session.ReplyAsync(200, $"{command.Verb} ok.", cancellationToken);

    public static Task SystAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken) =>
        session.ReplyAsync(215, session.Profile.SystemName, cancellationToken);

    /// <summary>FEAT (RFC 2389): what the device knows beyond RFC 959.</summary>
    public static Task FeatAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        var features = new (string Verb, string Line)[]
        {
            ("EPRT", "EPRT"),
            ("EPSV", "EPSV"),
            ("MDTM", "MDTM"),
            ("MFMT", "MFMT"),
            ("MLSD", "MLST " + string.Concat(ListingFormat.Facts.Select(fact => session.State.Facts.Contains(fact) ? $"{fact}*;" : $"{fact};"))),
            ("REST", "REST STREAM"),
            ("SIZE", "SIZE"),
            ("CWD", "TVFS"),
        };
        var lines = features.Where(feature => session.Profile.Knows(feature.Verb)).Select(feature => " " + feature.Line);
        return session.ReplyAsync(
            211,
            string.Join('\n', ["Features:", .. lines, .. session.Device.Names.IsUtf8 ? [" UTF8"] : Array.Empty<string>(), "End"]),
            cancellationToken);
    }

    public static Task OptsAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        var words = command.Argument.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        switch (words)
        {
            case [var option, ..] when option.Equals("UTF8", StringComparison.OrdinalIgnoreCase) && session.Device.Names.IsUtf8:
                return session.ReplyAsync(200, "Always in UTF8 mode.", cancellationToken);
            case [var option, .. var rest] when option.Equals("MLST", StringComparison.OrdinalIgnoreCase) && session.Profile.Knows("MLSD"):
                var wanted = string.Concat(rest).ToLowerInvariant().Split(';');
                session.State.Facts = [.. ListingFormat.Facts.Where(wanted.Contains)];
                return session.ReplyAsync(200, "MLST OPTS " + string.Concat(session.State.Facts.Select(fact => fact + ";")), cancellationToken);
            default:
                throw new DeviceReplyException(501, "Option not understood.");
        }
    }

    public static Task HelpAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        var rows = CommandTable.Known(session.Profile).Chunk(8).Select(row => string.Concat(row.Select(verb => $" {verb,-4}")));
        return session.ReplyAsync(214, string.Join('\n', ["The following commands are recognized.", .. rows, "Help OK."]), cancellationToken);
    }

    /// <summary>The state of the session, or a listing over the control connection.</summary>
    public static Task StatAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        if (command.Argument.Length == 0)
        {
            return session.ReplyAsync(211, $"FTP server status:\n Connected from {session.ClientAddress}\n TYPE: {session.State.Type}\nEnd of status", cancellationToken);
        }

        if (!session.State.LoggedIn)
        {
            throw new DeviceReplyException(530, "Please login with USER and PASS.");
        }

        var lines = session.Device.Listings.List(session.State.CurrentDirectory, command.Argument).TrimEnd('\r', '\n').Replace("\r\n", "\n", StringComparison.Ordinal);
        return session.ReplyAsync(213, $"Status follows:\n{lines}\nEnd of status", cancellationToken);
    }

    public static Task SiteAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken) =>
        command.Argument.Split(' ')[0].ToUpperInvariant() switch
        {
            "HELP" => session.ReplyAsync(214, "The following SITE commands are recognized:\n CHMOD HELP\nEnd", cancellationToken),
            "CHMOD" => session.ReplyAsync(200, "SITE CHMOD command ok.", cancellationToken),
            _ => throw new DeviceReplyException(500, "Unknown SITE command."),
        };
}
