using System.Collections.Frozen;

namespace NapterFtp.Simulator.Device;

/// <summary>Carries out one command.</summary>
internal delegate Task CommandHandler(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken);

/// <summary>All commands, and what comes before each: faults, what the profile says, login.</summary>
internal static class CommandTable
{
    private static readonly FrozenSet<string> s_withoutLogin =
        new[] { "USER", "PASS", "ACCT", "QUIT", "REIN", "NOOP", "SYST", "FEAT", "OPTS", "HELP", "ABOR", "CLNT", "STAT" }.ToFrozenSet();

    private static readonly FrozenSet<string> s_writing =
        new[] { "STOR", "STOU", "APPE", "DELE", "MKD", "XMKD", "RMD", "XRMD", "RNFR", "RNTO", "MFMT", "SITE" }.ToFrozenSet();

    private static readonly FrozenDictionary<string, CommandHandler> s_handlers = new Dictionary<string, CommandHandler>
    {
        ["USER"] = LoginCommands.UserAsync,
        ["PASS"] = LoginCommands.PassAsync,
        ["ACCT"] = LoginCommands.AcctAsync,
        ["REIN"] = LoginCommands.ReinAsync,
        ["QUIT"] = LoginCommands.QuitAsync,
        ["NOOP"] = ServerCommands.NoopAsync,
        ["SYST"] = ServerCommands.SystAsync,
        ["FEAT"] = ServerCommands.FeatAsync,
        ["OPTS"] = ServerCommands.OptsAsync,
        ["CLNT"] = ServerCommands.NoopAsync,
        ["HELP"] = ServerCommands.HelpAsync,
        ["STAT"] = ServerCommands.StatAsync,
        ["SITE"] = ServerCommands.SiteAsync,
        ["PWD"] = FolderCommands.PwdAsync,
        ["XPWD"] = FolderCommands.PwdAsync,
        ["CWD"] = FolderCommands.CwdAsync,
        ["XCWD"] = FolderCommands.CwdAsync,
        ["CDUP"] = FolderCommands.CdupAsync,
        ["XCUP"] = FolderCommands.CdupAsync,
        ["MKD"] = FolderCommands.MkdAsync,
        ["XMKD"] = FolderCommands.MkdAsync,
        ["RMD"] = FolderCommands.RmdAsync,
        ["XRMD"] = FolderCommands.RmdAsync,
        ["DELE"] = FileCommands.DeleAsync,
        ["RNFR"] = FileCommands.RnfrAsync,
        ["RNTO"] = FileCommands.RntoAsync,
        ["SIZE"] = FileCommands.SizeAsync,
        ["MDTM"] = FileCommands.MdtmAsync,
        ["MFMT"] = FileCommands.MfmtAsync,
        ["MLST"] = FileCommands.MlstAsync,
        ["TYPE"] = DataCommands.TypeAsync,
        ["STRU"] = DataCommands.StruAsync,
        ["MODE"] = DataCommands.ModeAsync,
        ["ALLO"] = DataCommands.AlloAsync,
        ["REST"] = DataCommands.RestAsync,
        ["PASV"] = DataCommands.PasvAsync,
        ["EPSV"] = DataCommands.EpsvAsync,
        ["PORT"] = DataCommands.PortAsync,
        ["EPRT"] = DataCommands.EprtAsync,
        ["ABOR"] = DataCommands.AborAsync,
        ["RETR"] = TransferCommands.RetrAsync,
        ["STOR"] = TransferCommands.StorAsync,
        ["STOU"] = TransferCommands.StouAsync,
        ["APPE"] = TransferCommands.AppeAsync,
        ["LIST"] = TransferCommands.ListAsync,
        ["NLST"] = TransferCommands.NlstAsync,
        ["MLSD"] = TransferCommands.MlsdAsync,
    }.ToFrozenDictionary();

    /// <summary>The commands of a device with this profile, in alphabetical order.</summary>
    public static IEnumerable<string> Known(DeviceProfile profile) => s_handlers.Keys.Where(profile.Knows).Order(StringComparer.Ordinal);

    /// <summary>Carries out a command.</summary>
    public static async Task HandleAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        if (session.Device.Faults.ForCommand(command) is { } fault && await session.SufferAsync(fault, cancellationToken))
        {
            return;
        }

        var profile = session.Profile;
        if (command.Verb.Length == 0)
        {
            await session.ReplyAsync(500, "Command line empty or too long.", cancellationToken);
        }
        else if (profile.Replies.TryGetValue(command.Verb, out var fixedReply))
        {
            await session.WriteAsync(fixedReply, cancellationToken);
        }
        else if (!s_handlers.TryGetValue(command.Verb, out var handler) || !profile.Knows(command.Verb))
        {
            await session.WriteAsync(profile.UnknownCommandReply.Replace("{verb}", command.Verb, StringComparison.Ordinal), cancellationToken);
        }
        else if (!session.State.LoggedIn && !s_withoutLogin.Contains(command.Verb))
        {
            await session.ReplyAsync(530, "Please login with USER and PASS.", cancellationToken);
        }
        else if (profile.ReadOnly && s_writing.Contains(command.Verb))
        {
            await session.ReplyAsync(550, "Permission denied.", cancellationToken);
        }
        else
        {
            await handler(session, command, cancellationToken);
        }
    }
}
