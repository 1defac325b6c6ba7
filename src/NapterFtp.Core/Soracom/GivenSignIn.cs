namespace NapterFtp.Soracom;

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
