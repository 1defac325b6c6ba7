using System.Collections.Concurrent;
using NapterFtp.Ftp.Listings;

namespace NapterFtp.Ftp;

/// <summary>What is known of a device's FTP server, learnt once and shared by all sessions to it, the relay's and the copying
/// client's, so that none has to find out again.</summary>
internal sealed class DeviceTraits
{
    private readonly ConcurrentDictionary<string, bool> _refused = new();
    private readonly ConcurrentDictionary<PassiveMode, bool> _passive = new();
    private readonly ConcurrentDictionary<(string Verb, int Code), bool> _odd = new();

    /// <summary>What FEAT listed; null until a session has asked.</summary>
    public FeatReply? Features { get; private set; }

    /// <summary>How to ask for a data port where nobody has a wish: with EPSV where FEAT offers it or nothing else has worked.</summary>
    public PassiveMode PassiveMode => ChoosePassive(
        Offers("EPSV") || (HasAnnounced(PassiveMode.Extended) && !HasAnnounced(PassiveMode.Plain)) ? PassiveMode.Extended : PassiveMode.Plain);

    /// <summary>It makes data connections itself (PORT), and offers no passive mode.</summary>
    public bool ActiveOnly { get; set; }

    /// <summary>Commands that come during a transfer are answered at once, not behind it.</summary>
    public bool AnswersDuringTransfers { get; set; }

    /// <summary>Replies come that nobody asked for, such as two to one command.</summary>
    public bool RepeatsReplies { get; set; }

    /// <summary>The transfer command may only be sent once the data connection stands (425 otherwise).</summary>
    public bool ConnectsFirst { get; set; }

    /// <summary>Commands behind a running transfer go wrong; nothing is pipelined from now on.</summary>
    public bool NeverPipeline { get; set; }

    /// <summary>What is sent together with the login is lost, though not later: a session is begun one command after the other.</summary>
    public bool EntersStepByStep { get; set; }

    /// <summary>Whether the device answers in the order of the commands, also behind a running transfer; null before it has been seen.</summary>
    public bool? KeepsOrder { get; set; }

    /// <summary>Transfers end without a final reply.</summary>
    public bool NoFinalReply { get; set; }

    /// <summary>Listings end without TLS's end marker also where they are whole: so does the gateway in front of it.</summary>
    public bool EndsUnsealed { get; set; }

    /// <summary>Listings of a folder come by MLSD, LIST or NLST; null until the first.</summary>
    public string? ListVerb { get; set; }

    /// <summary>How it takes paths.</summary>
    public PathModel Paths { get; set; } = PathModel.Usual;

    /// <summary>CWD is granted for whatever name and leads nowhere, so that it does not tell what is a folder; null while that is not
    /// known.</summary>
    public bool? EntersAnything { get; set; }

    /// <summary>SIZE tells a length of folders too; null while that is not known.</summary>
    public bool? SizesFolders { get; set; }

    /// <summary>How its listings are to be asked for and read.</summary>
    public ListingTraits Listing { get; set; } = new();

    /// <summary>How far the times of LIST are from UTC.</summary>
    public ListingClock Clock { get; set; } = ListingClock.Unknown;

    /// <summary>Whether each command works as far as is known: offered by FEAT, or not yet refused with 500, 502 or 504.</summary>
    public bool May(string verb) => !_refused.ContainsKey(verb);

    /// <summary>Whether FEAT offers it.</summary>
    public bool Offers(string feature) => Features?.Has(feature) == true;

    /// <summary>MDTM with a time before the path sets the file's time, which is no standard.</summary>
    public bool MdtmSets { get; set; } = true;

    /// <summary>Uploads can be stored under another name and renamed.</summary>
    public bool StoresAside { get; set; } = true;

    /// <summary>RNTO takes the place of a file that is there.</summary>
    public bool RenameReplaces { get; set; } = true;

    /// <summary>Listings leave out names that begin with a dot.</summary>
    public bool HidesDotNames { get; set; }

    /// <summary>The data connection of a download stays open after the reply that says it is complete.</summary>
    public bool LeavesDataOpen { get; set; }

    public void SetFeatures(FeatReply features)
    {
        Features = features;
        if (features.Names.Count == 0)
        {
            return;
        }

        // RFC 3659 has servers list these; those that answer FEAT without them lack them.
        foreach (var (verb, feature) in new[] { ("MLSD", "MLST"), ("MLST", "MLST"), ("MFMT", "MFMT") })
        {
            if (!features.Has(feature) && !features.Has(verb) && verb != ListVerb)
            {
                Refuse(verb);
            }
        }
    }

    /// <summary>The server leaves FEAT unanswered: it has no features, and what is as young is not to be asked of it.</summary>
    public void IgnoreFeatures()
    {
        SetFeatures(FeatReply.FromLines([]));
        foreach (var verb in new[] { "FEAT", "OPTS", "MLSD", "MLST", "MFMT" })
        {
            Refuse(verb);
        }
    }

    /// <summary>Whether a reply means that the server does not know the command; some say 202 to all they do not know.</summary>
    public static bool IsUnknown(FtpReply reply) => reply.Code is 500 or 502 or 504 or 510 or 202 && !reply.IsLastWords;

    /// <summary>Whether the device answers a verb with a code that does not look like an answer to it.</summary>
    public bool Accepts(string verb, int code) => _odd.ContainsKey((verb, code));

    /// <summary>Remembers an odd answer.</summary>
    public void Accept(string verb, int code) => _odd[(verb, code)] = true;

    /// <summary>Whether a way to ask for a data port has worked.</summary>
    public bool HasAnnounced(PassiveMode mode) => _passive.TryGetValue(mode, out var works) && works;

    /// <summary>The way to ask for a data port where one is wanted: the other where that one is known to fail.</summary>
    public PassiveMode ChoosePassive(PassiveMode wanted) => _passive.TryGetValue(wanted, out var works) && !works ? wanted.Other() : wanted;

    /// <summary>Remembers a way that has worked, and the one that failed before it.</summary>
    public void LearnPassive(PassiveMode works, PassiveMode? lacks)
    {
        _passive[works] = true;
        if (lacks is { } lacking)
        {
            _passive[lacking] = false;
        }
    }

    /// <summary>Commands that do not work.</summary>
    public IReadOnlyCollection<string> Refused => [.. _refused.Keys.Order(StringComparer.Ordinal)];

    public void Refuse(string verb) => _refused[verb] = true;

    /// <summary>Takes a command for one that works after all.</summary>
    public void Allow(string verb) => _refused.TryRemove(verb, out _);

    /// <summary>Remembers a command that the server does not know.</summary>
    public void Learn(string verb, FtpReply reply)
    {
        if (IsUnknown(reply))
        {
            Refuse(verb);
        }
    }
}
