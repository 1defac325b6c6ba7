using System.Collections.Concurrent;
using NapterFtp.Ftp;

namespace NapterFtp.Client;

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
            if (!features.Has(feature) && !features.Has(verb))
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
