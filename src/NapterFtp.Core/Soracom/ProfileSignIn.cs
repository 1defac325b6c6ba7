namespace NapterFtp.Soracom;

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
