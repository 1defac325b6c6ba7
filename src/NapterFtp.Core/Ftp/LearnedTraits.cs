using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using NapterFtp.Ftp.Listings;

namespace NapterFtp.Ftp;

/// <summary>A snapshot of what was learned of a device's FTP server, to be kept and given again: only what differs from a server of
/// which nothing is known. As JSON it is an object with the field <c>version</c>, 1 so far; fields that this version does not know are
/// ignored.</summary>
internal sealed record LearnedTraits
{
    /// <summary>The form of the JSON that this version writes and reads.</summary>
    public const int CurrentVersion = 1;

    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.Strict,
        AllowTrailingCommas = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The form's version.</summary>
    public required int Version { get; init; }

    /// <summary>The lines of FEAT's reply, such as <c>MLST type*;size*;</c>; empty where the server has no FEAT.</summary>
    public IReadOnlyList<string>? Features { get; init; }

    /// <summary>Commands that the server does not know.</summary>
    public IReadOnlyList<string>? Refused { get; init; }

    /// <summary>The way to ask for data ports that works: <c>PASV</c> or <c>EPSV</c>.</summary>
    public string? Passive { get; init; }

    /// <summary>Whether it knows active mode only.</summary>
    public bool? ActiveOnly { get; init; }

    /// <summary>Whether commands may be sent ahead while a transfer runs.</summary>
    public bool? Pipelines { get; init; }

    /// <summary>Whether commands that are sent together with the login are lost.</summary>
    public bool? EntersStepByStep { get; init; }

    /// <summary>Whether commands that come during a transfer are answered at once, not behind it.</summary>
    public bool? AnswersDuringTransfers { get; init; }

    /// <summary>Whether replies come that nobody asked for.</summary>
    public bool? RepeatsReplies { get; init; }

    /// <summary>Whether the data connection must stand before the transfer command.</summary>
    public bool? ConnectsFirst { get; init; }

    /// <summary>Whether transfers end without a final reply.</summary>
    public bool? NoFinalReply { get; init; }

    /// <summary>Whether data connections of downloads stay open after the final reply.</summary>
    public bool? LeavesDataOpen { get; init; }

    /// <summary>How folders are listed: <c>MLSD</c>, <c>LIST</c> or <c>NLST</c>.</summary>
    public string? Listing { get; init; }

    /// <summary>Whether a folder is listed by its path in the command, not by entering it first.</summary>
    public bool? ListsByArgument { get; init; }

    /// <summary>The order of dates in numbers.</summary>
    public DateOrder? Dates { get; init; }

    /// <summary>Whether the lengths in LIST are bytes.</summary>
    public bool? ExactLengths { get; init; }

    /// <summary>Whether LIST -a lists all names, the folder's own among them.</summary>
    public bool? ShowsAll { get; init; }

    /// <summary>Files that were asked for, to know how far LIST's times are from UTC.</summary>
    public IReadOnlyList<LearnedTime>? Clock { get; init; }

    /// <summary>Whether MDTM tells nothing that fits LIST.</summary>
    public bool? ClockIsSilent { get; init; }

    /// <summary>How it takes paths.</summary>
    public LearnedPaths? Paths { get; init; }

    /// <summary>Whether CWD is granted for whatever name and leads nowhere.</summary>
    public bool? EntersAnything { get; init; }

    /// <summary>Whether listings leave out names that begin with a dot.</summary>
    public bool? HidesDotNames { get; init; }

    /// <summary>Whether MDTM with a time before the path sets the time.</summary>
    public bool? MdtmSets { get; init; }

    /// <summary>Whether uploads can be stored under another name and renamed.</summary>
    public bool? StoresAside { get; init; }

    /// <summary>Whether a file can be renamed onto another.</summary>
    public bool? RenameReplaces { get; init; }

    /// <summary>What is known of a device by now.</summary>
    public static LearnedTraits Of(DeviceTraits traits) => new()
    {
        Version = CurrentVersion,
        Features = traits.Features is { } features ? [.. features.Lines()] : null,
        Refused = traits.Refused.Count > 0 ? [.. traits.Refused] : null,
        Passive = traits.HasAnnounced(traits.PassiveMode) ? traits.PassiveMode.ToVerb() : null,
        ActiveOnly = If(traits.ActiveOnly),
        Pipelines = traits.NeverPipeline ? false : traits.KeepsOrder,
        EntersStepByStep = If(traits.EntersStepByStep),
        AnswersDuringTransfers = If(traits.AnswersDuringTransfers),
        RepeatsReplies = If(traits.RepeatsReplies),
        ConnectsFirst = If(traits.ConnectsFirst),
        NoFinalReply = If(traits.NoFinalReply),
        LeavesDataOpen = If(traits.LeavesDataOpen),
        Listing = traits.ListVerb,
        ListsByArgument = traits.Listing.ByArgument,
        Dates = traits.Listing.Dates,
        ExactLengths = traits.Listing.ExactLengths,
        ShowsAll = traits.Listing.ShowsAll,
        Clock = traits.Clock.Samples.Count > 0 ? [.. traits.Clock.Samples.Select(sample => new LearnedTime(sample.Key, (int)sample.Value.TotalMinutes))] : null,
        ClockIsSilent = If(traits.Clock.IsSilent),
        Paths = traits.Paths == PathModel.Usual ? null : LearnedPaths.Of(traits.Paths),
        EntersAnything = traits.EntersAnything,
        HidesDotNames = If(traits.HidesDotNames),
        MdtmSets = traits.MdtmSets ? null : false,
        StoresAside = traits.StoresAside ? null : false,
        RenameReplaces = traits.RenameReplaces ? null : false,
    };

    /// <summary>Takes all of it for known.</summary>
    public void ApplyTo(DeviceTraits traits)
    {
        foreach (var verb in Refused ?? [])
        {
            traits.Refuse(verb);
        }

        if (Features is not null)
        {
            traits.SetFeatures(FeatReply.FromLines(Features));
        }

        if (Passive is not null)
        {
            var works = Passive == "EPSV" ? PassiveMode.Extended : PassiveMode.Plain;
            traits.LearnPassive(works, works.Other());
        }

        traits.ActiveOnly |= ActiveOnly == true;
        traits.NeverPipeline |= Pipelines == false;
        traits.KeepsOrder = Pipelines ?? traits.KeepsOrder;
        traits.EntersStepByStep |= EntersStepByStep == true;
        traits.AnswersDuringTransfers |= AnswersDuringTransfers == true;
        traits.RepeatsReplies |= RepeatsReplies == true;
        traits.ConnectsFirst |= ConnectsFirst == true;
        traits.NoFinalReply |= NoFinalReply == true;
        traits.LeavesDataOpen |= LeavesDataOpen == true;
        traits.ListVerb ??= Listing;
        traits.Listing = new ListingTraits
        {
            ByArgument = ListsByArgument ?? traits.Listing.ByArgument,
            Dates = Dates ?? traits.Listing.Dates,
            ExactLengths = ExactLengths ?? traits.Listing.ExactLengths,
            ShowsAll = ShowsAll ?? traits.Listing.ShowsAll,
        };
        traits.Clock = traits.Clock with
        {
            Samples = traits.Clock.Samples.SetItems(
                (Clock ?? []).Select(time => KeyValuePair.Create(time.Listed, TimeSpan.FromMinutes(time.OffsetMinutes)))),
            IsSilent = traits.Clock.IsSilent || ClockIsSilent == true,
        };
        traits.Paths = Paths?.ToModel() ?? traits.Paths;
        traits.EntersAnything = EntersAnything ?? traits.EntersAnything;
        traits.HidesDotNames |= HidesDotNames == true;
        traits.MdtmSets &= MdtmSets != false;
        traits.StoresAside &= StoresAside != false;
        traits.RenameReplaces &= RenameReplaces != false;
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="NapterFtpException"><c>InvalidDeviceTraits</c>, with the reason.</exception>
    public static LearnedTraits Parse(string json)
    {
        try
        {
            var traits = JsonSerializer.Deserialize<LearnedTraits>(json, Form) ?? throw Invalid("it is null");
            return traits.Fault() is { } fault ? throw Invalid(fault) : traits;
        }
        catch (JsonException exception)
        {
            throw Invalid(exception.Path is { Length: > 1 } path ? $"'{path.TrimStart('$', '.')}' has no fitting value" : exception.Message, exception);
        }
    }

    /// <summary>The snapshot as JSON in one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Form);

    /// <summary>What each trait means for copying, a sentence each, in a fixed order.</summary>
    public IEnumerable<string> Describe()
    {
        if (Passive is not null)
        {
            yield return $"Data ports are asked for with {Passive}.";
        }

        if (Listing is not null)
        {
            var offsets = (Clock ?? []).Select(time => time.OffsetMinutes).Distinct().Order().ToList();
            yield return offsets.Count == 0 ? $"Folders are listed with {Listing}."
                : $"Folders are listed with {Listing}, whose times are {string.Join(" or ", offsets.Select(Apart))} UTC.";
        }

        if (Paths is { } paths)
        {
            yield return paths.TakesPaths == false ? "Files are named by their bare names, after their folder was entered."
                : $"Paths start from {paths.Home ?? RemotePath.Root}.";
        }

        if (Refused is { Count: > 0 })
        {
            yield return $"The server lacks {string.Join(", ", Refused)}.";
        }

        foreach (var (holds, meaning) in new (bool? Holds, string Meaning)[]
        {
            (ActiveOnly, "It knows active mode only: it makes data connections itself, which a router in front of it leads to us."),
            (Pipelines == true, "It keeps the order of commands also during transfers, so that a file costs one round trip."),
            (Pipelines == false, "Commands sent while a transfer runs confuse it, so that a file costs two round trips or more."),
            (EntersStepByStep, "It loses commands that are sent together with the login, so that a session is begun step by step."),
            (AnswersDuringTransfers, "It answers during transfers."),
            (RepeatsReplies, "It gives replies that nobody asked for; before each command they are waited for."),
            (ConnectsFirst, "It wants the data connection before the transfer command."),
            (NoFinalReply, "Its transfers end without a final reply; a file's length tells whether all of it came."),
            (LeavesDataOpen, "It leaves data connections open after the final reply; they are closed from this side."),
            (EntersAnything, "It lets any name be entered as a folder; only its listings tell which names are folders."),
            (HidesDotNames, "Its listings leave out names that begin with a dot."),
            (MdtmSets == false, "Times of files cannot be set with MDTM."),
            (StoresAside == false, "It does not rename, so that a file is stored under its own name at once."),
            (RenameReplaces == false, "It does not rename onto a file that is there, which is written over instead."),
        })
        {
            if (holds == true)
            {
                yield return meaning;
            }
        }
    }

    private static string Apart(int minutes) =>
        string.Create(CultureInfo.InvariantCulture, $"{Math.Abs(minutes)} minutes {(minutes > 0 ? "behind" : "ahead of")}");

    private static bool? If(bool holds) => holds ? true : null;

    private string? Fault() =>
        Version != CurrentVersion ? $"its version is {Version}, and this version of the module reads {CurrentVersion}"
        : Passive is not (null or "PASV" or "EPSV") ? $"'passive' is '{Passive}', not PASV or EPSV"
        : Listing is not (null or "MLSD" or "LIST" or "NLST") ? $"'listing' is '{Listing}', not MLSD, LIST or NLST"
        : (Clock ?? []).Contains(null!) ? "'clock' has an entry that is null"
        : (Clock ?? []).FirstOrDefault(time => Math.Abs(time.OffsetMinutes) > 15 * 60) is { } off ? $"'clock' has an offset of {off.OffsetMinutes} minutes, more than any time zone"
        : Paths is { } paths && $"{paths.Home}{paths.HomeUser}".Any(char.IsControl) ? "'paths' has what is no path"
        : (Refused ?? []).FirstOrDefault(verb => verb is not { Length: > 0 and <= 16 } || !verb.All(char.IsAsciiLetterUpper)) is { } odd ? $"'refused' has '{odd}', which is no command"
        : (Features ?? []).Any(line => line is null || line.Any(char.IsControl)) ? "'features' has what is no line of a FEAT reply"
        : null;

    private static NapterFtpException Invalid(string reason, Exception? cause = null) => new(
        "InvalidDeviceTraits",
        NapterFtpErrorKind.InvalidArgument,
        $"The device traits cannot be read: {reason.TrimEnd('.')}.",
        "Give the JSON text that Test-NapterFtpDevice has in the property DeviceTraits of its check Traits.",
        null,
        cause);
}

/// <summary>A file that was asked for.</summary>
/// <param name="Listed">Its time in LIST, as if that were UTC.</param>
/// <param name="OffsetMinutes">What is to be added to it for UTC.</param>
internal sealed record LearnedTime(DateTimeOffset Listed, int OffsetMinutes);

/// <summary>How a device takes paths; each as in <see cref="PathModel"/>.</summary>
internal sealed record LearnedPaths(string? Home, string? HomeUser, bool? TakesPaths, bool TakesRootPaths, bool EndsFolders, bool EntersDrives)
{
    public static LearnedPaths Of(PathModel paths) =>
        new(paths.Home, paths.HomeUser, paths.TakesPaths, paths.TakesRootPaths, paths.EndsFolders, paths.EntersDrives);

    public PathModel ToModel() => new()
    {
        Home = Home,
        HomeUser = HomeUser,
        TakesPaths = TakesPaths,
        TakesRootPaths = TakesRootPaths,
        EndsFolders = EndsFolders,
        EntersDrives = EntersDrives,
    };
}
