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
