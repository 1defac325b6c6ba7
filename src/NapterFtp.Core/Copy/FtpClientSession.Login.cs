using System.Security;
using System.Text;
using Microsoft.Extensions.Logging;
using NapterFtp.Ftp;

namespace NapterFtp.Copy;

/// <summary>What begins a session: the login, names in UTF-8, binary mode; one command after the other, or all at once.</summary>
internal sealed partial class FtpClientSession
{
    private Task EnterAsync(bool forTransfer, CancellationToken cancellationToken) =>
        KeepsOrder == true && !Traits.EntersStepByStep && Traits.Features is not null && Options.Login.Account is null
            ? EnterAtOnceAsync(forTransfer, cancellationToken)
            : EnterStepByStepAsync(cancellationToken);

    // RFC 959 §5.4: each step may already be enough.
    private async Task LogInAsync(CancellationToken cancellationToken)
    {
        var login = Options.Login;
        var reply = await AskAsync(UserCommand(), cancellationToken);
        if (reply.Code == 331)
        {
            reply = await AskAsync(PasswordCommand(), cancellationToken);
        }

        if (reply.Code == 332 && login.Account is not null)
        {
            reply = await AskAsync(SecretCommand("ACCT", login.Account, ""), cancellationToken);
        }

        Admitted(reply);
    }

    private async Task NegotiateAsync(CancellationToken cancellationToken)
    {
        var hasAsked = Traits.Features is null;
        if (hasAsked && await _channel.TryAskAsync(Command("FEAT"), Options.LoginGrace, cancellationToken) is { } features)
        {
            Traits.SetFeatures(FeatReply.Parse(features));
        }

        if (SetsUtf8)
        {
            await AskAsync(Utf8Command(), cancellationToken);
        }

        NoteType(await AskAsync(TypeCommand(), cancellationToken));
        if (hasAsked && Traits.Features is null)
        {
            // It is there, but says nothing to what it does not know, and so would not to what came with FEAT or later.
            _logger.LogInformation("{Device} does not answer FEAT; it is asked for nothing that came with it or later.", Device);
            Traits.IgnoreFeatures();
        }
    }

    /// <summary>Asks in one round trip for all that begins a session, and for the data port of the transfer to come.</summary>
    private async Task EnterAtOnceAsync(bool forTransfer, CancellationToken cancellationToken)
    {
        var asksPort = forTransfer && !Traits.ActiveOnly;
        FtpCommand[] commands =
        [
            UserCommand(), PasswordCommand(), .. SetsUtf8 ? [Utf8Command()] : Array.Empty<FtpCommand>(), TypeCommand(),
            .. asksPort ? [Command(Traits.PassiveMode.ToVerb())] : Array.Empty<FtpCommand>(),
        ];
        var sent = new Queue<AwaitedCommand>(await _channel.SendAsync(commands, cancellationToken));
        var reply = await AnswerAsync(Options.ReplyTimeout);
        if (reply.Code != 331)
        {
            // Refused, or in without a password, for which there is an answer all the same.
            Admitted(reply);
            await AnswerAsync(Options.LoginGrace);
        }
        else
        {
            Admitted(await AnswerAsync(Options.LoginGrace));
        }

        if (SetsUtf8)
        {
            await AnswerAsync(Options.LoginGrace);
        }

        NoteType(await AnswerAsync(Options.LoginGrace));
        if (sent.TryDequeue(out var port))
        {
            _ahead = port;
            _aheadSince = _time.GetTimestamp();
        }

        async Task<FtpReply> AnswerAsync(TimeSpan limit)
        {
            var command = sent.Dequeue();
            try
            {
                return await _channel.WaitAsync(command, limit, cancellationToken) ?? throw _channel.SetFault(Errors.UnexpectedReply(Device, command.Verb, null));
            }
            catch (NapterFtpException exception) when (command.Verb != "USER" || exception.ErrorId == "DeviceConnectionLost")
            {
                // Lost, or taken amiss.
                Traits.EntersStepByStep = true;
                throw;
            }
        }
    }

    private FtpCommand UserCommand() => Command("USER", Options.Login.UserName);

    private FtpCommand PasswordCommand() => SecretCommand("PASS", Options.Login.Password, Options.Login.IsAnonymous ? "napterftp@" : "");

    /// <summary>Some servers are in UTF-8 only after this, others refuse it and are in UTF-8 anyway.</summary>
    private FtpCommand Utf8Command() => Command("OPTS", "UTF8 ON");

    private bool SetsUtf8 => Options.Names.IsUtf8 && Traits.Offers("UTF8");

    private FtpCommand TypeCommand() => Command("TYPE", Options.Ascii ? "A" : "I");

    private void Admitted(FtpReply reply)
    {
        if (!reply.IsCompletion)
        {
            throw Errors.IsBusy(reply) ? Errors.Busy(Device, reply) : Errors.LoginRefused(Device, Options.Login, reply);
        }
    }

    private void NoteType(FtpReply type)
    {
        if (type.IsNegative && !Options.Ascii)
        {
            _logger.LogWarning("{Device} refused binary mode ({Reply}); lengths and hashes will show whether files are changed.", Device, type.Text);
        }
    }

    private FtpCommand SecretCommand(string verb, SecureString? secret, string otherwise)
    {
        if (secret is null)
        {
            return Command(verb, otherwise.Length == 0 ? null : otherwise);
        }

        var pointer = System.Runtime.InteropServices.Marshal.SecureStringToGlobalAllocUnicode(secret);
        var characters = new char[secret.Length];
        var bytes = Array.Empty<byte>();
        try
        {
            System.Runtime.InteropServices.Marshal.Copy(pointer, characters, 0, characters.Length);
            bytes = Encoding.UTF8.GetBytes(characters);
            return FtpCommand.Create(verb, bytes);
        }
        finally
        {
            System.Runtime.InteropServices.Marshal.ZeroFreeGlobalAllocUnicode(pointer);
            Array.Clear(characters);
            Array.Clear(bytes);
        }
    }
}
