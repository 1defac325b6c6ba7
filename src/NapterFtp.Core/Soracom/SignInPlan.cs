using System.Globalization;
using System.Security;

namespace NapterFtp.Soracom;

/// <summary>Where and as whom to sign in, once parameters, environment and profile have been weighed.</summary>
internal sealed record SignInPlan(SignInSource Source, Uri EndPoint, SoracomCoverage Coverage)
{
    /// <summary>Credentials: what was given, else <c>SORACOM_AUTH_KEY_ID</c>/<c>SORACOM_AUTH_KEY</c>, else
    /// <c>SORACOM_EMAIL</c>/<c>SORACOM_PASSWORD</c>, else <c>SORACOM_PROFILE</c>, else soracom-cli's default profile.
    /// End point, in soracom-cli's order: what was given, <c>SORACOM_ENDPOINT</c>, the coverage given or in
    /// <c>SORACOM_COVERAGE_TYPE</c>, the profile's end point, the profile's coverage, Japan.</summary>
    /// <exception cref="NapterFtpException"><c>CredentialsMissing</c> where there are none, and the errors of what was found.</exception>
    public static SignInPlan Make(NapterConnectionOptions options)
    {
        var environment = options.Environment;
        var profiles = new ProfileStore(environment);
        var timeout = TokenTimeout(options.TokenTimeout);
        var credential = options.Credential ?? FromEnvironment(environment, profiles);
        using var profile = credential is SoracomCredential.Profile { Name: var name } ? profiles.Load(name) : null;

        var coverage = options.Coverage
            ?? ApiEndPoint.ParseCoverage(environment("SORACOM_COVERAGE_TYPE"), "SORACOM_COVERAGE_TYPE");
        var endPoint = options.Endpoint is { } given
            ? ApiEndPoint.Parse(given.OriginalString, "-Endpoint")
            : environment("SORACOM_ENDPOINT") is { Length: > 0 } fromEnvironment
                ? ApiEndPoint.Parse(fromEnvironment, "SORACOM_ENDPOINT")
                : coverage is null && profile?.Endpoint is { } fromProfile
                    ? ApiEndPoint.Parse(fromProfile, "the profile")
                    : null;
        var chosen = coverage ?? ApiEndPoint.ParseCoverage(profile?.CoverageType, "the profile") ?? SoracomCoverage.Japan;

        SignInSource source = credential is SoracomCredential.Profile { Name: var profileName }
            ? new ProfileSignIn(
                profileName, profiles, new ProfileCommand(ProfileCommand.DefaultLimit, options.Time), options.MfaCode, timeout)
            : new GivenSignIn(credential, options.MfaCode, timeout);
        return new SignInPlan(source, endPoint ?? ApiEndPoint.Of(chosen), chosen);
    }

    private static SoracomCredential FromEnvironment(Func<string, string?> environment, ProfileStore profiles)
    {
        if (Pair(environment, "SORACOM_AUTH_KEY_ID", "SORACOM_AUTH_KEY") is { } key)
        {
            return new SoracomCredential.AuthKey(key.Name, key.Secret);
        }

        if (Pair(environment, "SORACOM_EMAIL", "SORACOM_PASSWORD") is { } account)
        {
            return new SoracomCredential.Root(account.Name, account.Secret);
        }

        if (environment("SORACOM_PROFILE") is { Length: > 0 } profile)
        {
            return new SoracomCredential.Profile(profile);
        }

        return profiles.Exists(ProfileStore.DefaultName)
            ? new SoracomCredential.Profile(ProfileStore.DefaultName)
            : throw new NapterFtpException(
                "CredentialsMissing",
                NapterFtpErrorKind.Authentication,
                "There are no credentials to sign in to SORACOM with.",
                "Give Connect-Napter -Credential, -AuthKeyId and -AuthKey, or -ProfileName; or set SORACOM_AUTH_KEY_ID and SORACOM_AUTH_KEY; "
                    + "or make a profile with: soracom configure");
    }

    private static (string Name, SecureString Secret)? Pair(Func<string, string?> environment, string name, string secret)
    {
        var hasName = environment(name) is { Length: > 0 };
        var hasSecret = environment(secret) is { Length: > 0 };
        if (hasName != hasSecret)
        {
            throw new NapterFtpException(
                "EnvironmentIncomplete",
                NapterFtpErrorKind.Authentication,
                $"{(hasName ? name : secret)} is set, but {(hasName ? secret : name)} is not.",
                $"Set both {name} and {secret}, or neither.");
        }

        return hasName ? (environment(name)!, Secrets.ToSecure(environment(secret))) : null;
    }

    private static int? TokenTimeout(TimeSpan? timeout) => timeout?.TotalSeconds switch
    {
        null => null,
        >= SignInForm.ShortestToken and <= SignInForm.LongestToken and { } seconds => (int)seconds,
        _ => throw new NapterFtpException(
            "TokenTimeoutOutOfRange",
            NapterFtpErrorKind.InvalidArgument,
            string.Create(CultureInfo.InvariantCulture, $"SORACOM gives no token for {timeout}."),
            "Give a time from 3 minutes to 48 hours.",
            timeout),
    };
}

/// <summary>Where a connection's sign-ins get their credentials from, each time anew: a token that ended or was revoked needs them
/// again, hours or days after the first time.</summary>
internal abstract class SignInSource : IDisposable
{
    /// <summary>Makes the form of one sign-in; the caller disposes of it.</summary>
    public abstract Task<SignInForm> PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Forgets what it kept.</summary>
    public abstract void Dispose();
}

/// <summary>Signs in with credentials that the user gave, of which it keeps a copy as secure strings.</summary>
internal sealed class GivenSignIn(SoracomCredential credential, string? mfaCode, int? tokenTimeoutSeconds) : SignInSource
{
    private readonly SignInForm _form = credential switch
    {
        SoracomCredential.Root root => new SignInForm { Email = root.Email, Password = root.Password.Copy() },
        SoracomCredential.AuthKey authKey => new SignInForm { AuthKeyId = authKey.AuthKeyId, AuthKey = authKey.Key.Copy() },
        SoracomCredential.SamUser user => new SignInForm
        {
            OperatorId = user.OperatorId,
            UserName = user.UserName,
            Password = user.Password.Copy(),
        },
        _ => throw new ArgumentException("A profile is not a credential by itself.", nameof(credential)),
    };

    private string? _mfaCode = mfaCode;

    public override Task<SignInForm> PrepareAsync(CancellationToken cancellationToken) => Task.FromResult(new SignInForm
    {
        Email = _form.Email,
        Password = _form.Password?.Copy(),
        AuthKeyId = _form.AuthKeyId,
        AuthKey = _form.AuthKey?.Copy(),
        OperatorId = _form.OperatorId,
        UserName = _form.UserName,
        // Good once; a later sign-in without one is told by SORACOM that it needs one.
        MfaCode = Interlocked.Exchange(ref _mfaCode, null),
        TokenTimeoutSeconds = tokenTimeoutSeconds,
    });

    public override void Dispose() => _form.Dispose();
}

/// <summary>Signs in as a profile of soracom-cli says. The profile is read, and its command run, anew for each sign-in: so nothing
/// secret is kept in between, and a changed password or a new one-time code is found.</summary>
internal sealed class ProfileSignIn(string name, ProfileStore store, ProfileCommand command, string? mfaCode, int? tokenTimeoutSeconds)
    : SignInSource
{
    private string? _mfaCode = mfaCode;

    /// <exception cref="NapterFtpException">As <see cref="ProfileStore.Load"/> and <see cref="ProfileCommand.RunAsync"/>, and
    /// <c>ProfileIncomplete</c>.</exception>
    public override async Task<SignInForm> PrepareAsync(CancellationToken cancellationToken)
    {
        using var profile = await LoadAsync(name, cancellationToken);
        using var source = profile.SourceProfile is { } sourceName ? await LoadAsync(sourceName, cancellationToken) : null;
        var mfaCode = Interlocked.Exchange(ref _mfaCode, null);
        var form = source is null
            ? Form(profile, mfaCode, tokenTimeoutSeconds, null)
            : Form(profile, null, tokenTimeoutSeconds, Form(source, mfaCode, null, null));
        if (form.IsComplete && source?.SourceProfile is null)
        {
            return form;
        }

        form.Dispose();
        throw new NapterFtpException(
            "ProfileIncomplete",
            NapterFtpErrorKind.Authentication,
            source?.SourceProfile is null
                ? $"The profile '{name}' does not say how to sign in."
                : $"The source profile '{profile.SourceProfile}' of profile '{name}' has a source profile itself.",
            "A profile needs email and password, authKeyId and authKey, or operatorId, username and password; "
                + "with sourceProfile it needs operatorId and username.",
            name);
    }

    public override void Dispose() => _mfaCode = null;

    private async Task<SoracomProfile> LoadAsync(string profileName, CancellationToken cancellationToken)
    {
        var profile = store.Load(profileName);
        if (profile.ProfileCommand is not { } commandLine)
        {
            return profile;
        }

        using (profile)
        {
            return await command.RunAsync(profileName, commandLine, cancellationToken);
        }
    }

    private static SignInForm Form(SoracomProfile profile, string? mfaCode, int? tokenTimeoutSeconds, SignInForm? switchFrom) => new()
    {
        Email = profile.Email,
        Password = profile.Password?.Copy(),
        AuthKeyId = profile.AuthKeyId,
        AuthKey = profile.AuthKey?.Copy(),
        OperatorId = profile.OperatorId,
        UserName = profile.UserName,
        MfaCode = mfaCode ?? profile.MfaCode,
        TokenTimeoutSeconds = tokenTimeoutSeconds ?? profile.TokenTimeoutSeconds,
        SwitchFrom = switchFrom,
    };
}
