using System.Collections.Concurrent;
using NapterFtp.Ftp;

namespace NapterFtp.Copy;

/// <summary>What is known of a device's FTP server, learnt once and shared by all sessions to it.</summary>
internal sealed class DeviceTraits
{
    private readonly ConcurrentDictionary<string, bool> _refused = new();

    /// <summary>What FEAT listed; null until a session has asked.</summary>
    public FeatReply? Features { get; private set; }

    /// <summary>EPSV or PASV, whichever is asked first.</summary>
    public string PassiveVerb { get; set; } = "PASV";

    /// <summary>Both passive commands are worth trying until one has worked.</summary>
    public bool PassiveVerbProved { get; set; }

    /// <summary>The data ports it announces.</summary>
    public PassiveRange PassiveRange { get; } = new();

    /// <summary>The transfer command may only be sent once the data connection stands (425 otherwise).</summary>
    public bool ConnectsFirst { get; set; }

    /// <summary>Commands behind a running transfer go wrong; nothing is pipelined from now on.</summary>
    public bool NeverPipeline { get; set; }

    /// <summary>Transfers end without a final reply.</summary>
    public bool NoFinalReply { get; set; }

    /// <summary>Listings of a folder come by MLSD, LIST or NLST; null until the first.</summary>
    public string? ListVerb { get; set; }

    /// <summary>What is to be added to a LIST line's time for UTC; null while unknown.</summary>
    public TimeSpan? ListOffset { get; set; }

    /// <summary>Whether each command works as far as is known: offered by FEAT, or not yet refused with 500, 502 or 504.</summary>
    public bool May(string verb) => !_refused.ContainsKey(verb);

    /// <summary>Whether FEAT offers it.</summary>
    public bool Offers(string feature) => Features?.Has(feature) == true;

    /// <summary>MDTM with a time before the path sets the file's time, which is no standard.</summary>
    public bool MdtmSets { get; set; } = true;

    /// <summary>Folders that are known to be there.</summary>
    public ConcurrentDictionary<string, bool> KnownFolders { get; } = new();

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
        if (features.Has("EPSV"))
        {
            PassiveVerb = "EPSV";
        }

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

    /// <summary>Whether a reply means that the server does not know the command; some say 202 to all they do not know.</summary>
    public static bool IsUnknown(FtpReply reply) => reply.Code is 500 or 502 or 504 or 510 or 202;

    public void Refuse(string verb) => _refused[verb] = true;

    /// <summary>Remembers a command that the server does not know.</summary>
    public void Learn(string verb, FtpReply reply)
    {
        if (IsUnknown(reply))
        {
            Refuse(verb);
        }
    }
}

/// <summary>Which data ports a device announces. Many use a small range of numbers, in turn or at random, such as a router in front
/// of them forwards: those can be opened before their turn comes.</summary>
internal sealed class PassiveRange
{
    /// <summary>Passive requests at a time when looking.</summary>
    public const int AtATime = 8;

    /// <summary>The longest range looked for.</summary>
    public const int Longest = 40;

    /// <summary>With fewer transfers to come looking takes longer than it saves.</summary>
    public const int WorthLooking = 64;

    // Numbers further apart are those of a system that gives out any.
    private const int Span = 128;

    private readonly object _lock = new();
    private int? _last;
    private bool _isNarrow;
    private bool _looked;

    /// <summary>The device has announced a port.</summary>
    public void Announced(int port)
    {
        lock (_lock)
        {
            _isNarrow = _last is { } last && last != port ? Math.Abs(last - port) <= Span : _isNarrow;
            _last = port;
        }
    }

    /// <summary>Whether to look now for the range; true once at most.</summary>
    public bool TryBeginLook()
    {
        lock (_lock)
        {
            var begin = _isNarrow && !_looked;
            _looked |= begin;
            return begin;
        }
    }

    /// <summary>The range's ports, beginning with the one announced last and going on as they will come where the device takes them
    /// in turn.</summary>
    /// <param name="announced">Ports announced one after the other.</param>
    /// <returns>Empty where no port came twice, or they lie far apart: there may be any number of them.</returns>
    public static IReadOnlyList<int> InOrderOfUse(IReadOnlyList<int> announced)
    {
        var ports = announced.Distinct().ToList();
        if (ports.Count == announced.Count || ports.Max() - ports.Min() > Span)
        {
            return [];
        }

        var next = ports.IndexOf(announced[^1]);
        return [.. ports[next..], .. ports[..next]];
    }
}
