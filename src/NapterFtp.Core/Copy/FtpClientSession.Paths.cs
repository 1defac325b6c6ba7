using NapterFtp.Ftp;

namespace NapterFtp.Copy;

/// <summary>Paths as the device takes them. Callers name everything by absolute paths; what a device cannot take is said in its own
/// way here, and which way that is, is found out at the first refusal.</summary>
internal sealed partial class FtpClientSession
{
    private string? _folder;
    private bool _hasMoved;

    /// <summary>Sends one command and waits for its final reply, good or bad.</summary>
    public async Task<FtpReply> AskAsync(FtpCommand command, CancellationToken cancellationToken)
    {
        if (command.Verb == "CWD")
        {
            return await EnterAsync(Options.Names.Decode(command.Argument.Span), cancellationToken);
        }

        if (PathOf(command) is not { } target)
        {
            return await SayAsync(command, cancellationToken);
        }

        FtpReply? refused = null;
        if (!Traits.Paths.NamesOnly)
        {
            var reply = await SayAsync(command, cancellationToken);
            if (!MayWantName(command, target, reply))
            {
                return reply;
            }

            refused = reply;
        }

        var (named, no) = await ByNameAsync(command, target, refused is not null, cancellationToken);
        if (no is not null)
        {
            return refused ?? no.Value.Reply;
        }

        var second = await SayAsync(named, cancellationToken);
        return refused is null || LearnNames(second) ? second : refused;
    }

    /// <summary>Runs one transfer.</summary>
    /// <param name="request">The command and what goes with it.</param>
    /// <param name="body">Reads the data to its end, or writes it.</param>
    /// <param name="cancellationToken">Ends the transfer, and with it the session.</param>
    /// <returns>How it went; a refusal is an outcome, not an exception.</returns>
    /// <exception cref="NapterFtpException">The connection broke, a limit passed, or no port could be had.</exception>
    public async Task<TransferOutcome> TransferAsync(
        TransferRequest request, Func<DataFlow, CancellationToken, Task> body, CancellationToken cancellationToken)
    {
        if (PathOf(request.Command) is not { } target)
        {
            return await TransferHereAsync(request, body, cancellationToken);
        }

        TransferOutcome? refused = null;
        if (!Traits.Paths.NamesOnly)
        {
            var outcome = await TransferAsItIsAsync(request, body, cancellationToken);
            if (!MayWantName(request.Command, target, outcome.Refused?.Reply ?? outcome.Final) || !IsUsable)
            {
                return outcome;
            }

            refused = outcome;
        }

        var (named, no) = await ByNameAsync(request.Command, target, refused is not null, cancellationToken);
        if (no is not null)
        {
            return refused ?? new TransferOutcome(null, no, []);
        }

        var second = await TransferAsItIsAsync(
            request with { Command = named, Behind = [.. request.Behind.Select(ByName)] }, body, cancellationToken);
        return refused is null || LearnNames(second.Refused?.Reply) ? second : refused;
    }

    /// <summary>A transfer that is about where the session is, or goes with CWD.</summary>
    private async Task<TransferOutcome> TransferHereAsync(
        TransferRequest request, Func<DataFlow, CancellationToken, Task> body, CancellationToken cancellationToken)
    {
        if (request.Before.Count == 0)
        {
            return await TransferAsItIsAsync(request, body, cancellationToken);
        }

        _folder = null;
        var stays = false;
        try
        {
            var outcome = await TransferAsItIsAsync(request, body, cancellationToken);
            stays = outcome.Refused?.Command.Verb == "CWD";
            return outcome;
        }
        finally
        {
            _hasMoved |= !stays;
        }
    }

    /// <summary>The folder that relative paths start from.</summary>
    /// <exception cref="NapterFtpException"><c>DeviceConnectionLost</c>: this session has left it; a new one tells.</exception>
    public async Task<string> HomeAsync(CancellationToken cancellationToken)
    {
        if (Traits.Paths.HomeUser != Options.Login.UserName && _hasMoved)
        {
            var fault = Errors.ConnectionLost(Device, null, null);
            _channel.SetFault(fault);
            throw fault;
        }

        await LearnHomeAsync(cancellationToken);
        return Traits.Paths.Start;
    }

    /// <summary>Enters a folder, in as many ways as a device may want.</summary>
    /// <returns>Null once it is entered, or CWD and the device's refusal.</returns>
    public async Task<(FtpCommand Command, FtpReply Reply)?> GoToAsync(string folder, CancellationToken cancellationToken)
    {
        if (_folder == folder)
        {
            return null;
        }

        var reply = await EnterAsync(folder, cancellationToken);
        return IsEntered(reply) ? null : await EnterOtherwiseAsync(folder, (Command("CWD", folder), reply), cancellationToken);
    }

    /// <summary>Enters a folder that was refused by its path, in the other ways that a device may want.</summary>
    /// <returns>Null once it is entered, or the first refusal.</returns>
    public async Task<(FtpCommand Command, FtpReply Reply)?> EnterOtherwiseAsync(
        string folder, (FtpCommand Command, FtpReply Reply) refused, CancellationToken cancellationToken)
    {
        if (DeviceTraits.IsUnknown(refused.Reply))
        {
            return refused;
        }

        var before = Traits.Paths;
        if (!_hasMoved)
        {
            await LearnHomeAsync(cancellationToken);
        }

        foreach (var other in Alternatives(before, folder))
        {
            Traits.Paths = other;
            if (IsEntered(await EnterAsync(folder, cancellationToken)))
            {
                return null;
            }
        }

        Traits.Paths = before with { Home = Traits.Paths.Home, HomeUser = Traits.Paths.HomeUser };
        return refused;
    }

    /// <summary>Whether CWD, just granted for a folder below the root, has led anywhere. Servers for microcontrollers without folders may
    /// grant it for every name and stay in the root.</summary>
    public async Task<bool> HasMovedAsync(CancellationToken cancellationToken)
    {
        if (Traits.EntersAnything is null)
        {
            var reply = await SayAsync(Command("PWD"), cancellationToken);
            Traits.EntersAnything = reply.Code == 257 && HomeOf(Options.Names.Decode(reply.Message.Span)) == RemotePath.Root;
        }

        return Traits.EntersAnything == false;
    }

    /// <summary>Whether the reply to CWD grants it: 202 says that the command is not known, and does no harm.</summary>
    public static bool IsEntered(FtpReply reply) => reply.IsCompletion && reply.Code != 202;

    /// <summary>The models still to be tried for a folder that was refused under another.</summary>
    private List<PathModel> Alternatives(PathModel tried, string folder)
    {
        var model = Traits.Paths;
        var others = new List<PathModel>();
        if (!model.Steps(folder, null).SequenceEqual(tried.Steps(folder, null)))
        {
            others.Add(model);
        }

        if (PathModel.IsDrive(RemotePath.PartsBelow(RemotePath.Root, folder) is [var first, ..] ? first : "") && !model.EntersDrives)
        {
            others.Add(model with { EntersDrives = true });
        }

        if (!model.EndsFolders && folder != RemotePath.Root)
        {
            others.Add(model with { EndsFolders = true });
        }

        return others;
    }

    /// <summary>CWD, in the steps that the device's model needs; the reply to the last one sent.</summary>
    private async Task<FtpReply> EnterAsync(string folder, CancellationToken cancellationToken)
    {
        var steps = Traits.Paths.Steps(folder, _folder);
        _folder = null;
        for (var i = 0; ; i++)
        {
            var reply = await SayAsync(Command("CWD", steps[i]), cancellationToken);
            if (!IsEntered(reply))
            {
                return reply;
            }

            _hasMoved = true;
            if (i == steps.Count - 1)
            {
                _folder = folder;
                return reply;
            }
        }
    }

    private async Task LearnHomeAsync(CancellationToken cancellationToken)
    {
        if (Traits.Paths.HomeUser == Options.Login.UserName)
        {
            return;
        }

        var reply = await SayAsync(Command("PWD"), cancellationToken);
        Traits.Paths = Traits.Paths with { Home = reply.Code == 257 ? HomeOf(Options.Names.Decode(reply.Message.Span)) : null, HomeUser = Options.Login.UserName };
    }

    /// <summary>The folder in the answer to PWD: between quotes, doubled within (RFC 959 appendix II), or the first word where it has none.</summary>
    private static string HomeOf(string message)
    {
        var first = message.IndexOf('"', StringComparison.Ordinal);
        var last = message.LastIndexOf('"');
        return last > first
            ? message[(first + 1)..last].Replace("\"\"", "\"", StringComparison.Ordinal)
            : message.TrimStart().Split(' ')[0];
    }

    private PathArgument? PathOf(FtpCommand command) => PathArgument.Of(command.Verb, Options.Names.Decode(command.Argument.Span));

    /// <summary>Whether a refusal may be about the path rather than the file: then the bare name is worth trying. A success shows that
    /// paths are taken.</summary>
    private bool MayWantName(FtpCommand command, PathArgument target, FtpReply? reply)
    {
        var model = Traits.Paths;
        if (reply is null || command.Verb == "RNTO")
        {
            return false;
        }

        if (!reply.IsNegative)
        {
            if (reply.Code != 202 && (target.Depth > 1 ? model.TakesPaths is null : !model.TakesRootPaths))
            {
                Traits.Paths = target.Depth > 1 ? model with { TakesPaths = true, TakesRootPaths = true } : model with { TakesRootPaths = true };
            }

            return false;
        }

        // Servers of RFC 3659 take paths; but some let nobody write by an absolute one.
        return reply.Code is 501 or 504 or 550 or 553
            && model.TakesPaths is null && !(target.Depth == 1 && model.TakesRootPaths)
            && Traits.May("CWD") && (command.Verb == "STOR" || !Traits.Offers("MLST"));
    }

    /// <summary>Remembers that the bare name was taken where the path was not.</summary>
    private bool LearnNames(FtpReply? reply)
    {
        if (reply?.IsNegative == true)
        {
            return false;
        }

        Traits.Paths = Traits.Paths with { TakesPaths = false };
        return true;
    }

    /// <summary>The command by bare name, once the folder is entered; or the refusal of that.</summary>
    private async Task<(FtpCommand Named, (FtpCommand Command, FtpReply Reply)? Refused)> ByNameAsync(
        FtpCommand command, PathArgument target, bool isTrial, CancellationToken cancellationToken)
    {
        // Between RNFR and RNTO no other command may come (RFC 959 §4.1.3).
        if (command.Verb == "RNTO")
        {
            return (ByName(command), null);
        }

        if (isTrial && !_hasMoved)
        {
            await LearnHomeAsync(cancellationToken);
        }

        return await GoToAsync(RemotePath.FolderOf(target.Path), cancellationToken) is { } refused ? (command, refused) : (ByName(command), null);
    }

    private FtpCommand ByName(FtpCommand command) => PathOf(command) is { } target
        ? Command(command.Verb, target.Prefix + (RemotePath.FolderOf(target.Path) == _folder ? RemotePath.NameOf(target.Path) : Traits.Paths.Native(target.Path)))
        : command;
}
