namespace NapterFtp.Soracom;

/// <summary>Signs in with credentials that the user gave, of which it keeps a copy as secure strings.</summary>
internal sealed class GivenSignIn : SignInSource
{
    private readonly SoracomCredential _credential;
    private readonly int? _tokenTimeoutSeconds;
    private string? _mfaCode;

    public GivenSignIn(SoracomCredential credential, string? mfaCode, int? tokenTimeoutSeconds)
    {
        _credential = credential switch
        {
            SoracomCredential.Root root => root with { Password = root.Password.Copy() },
            SoracomCredential.AuthKey authKey => authKey with { Key = authKey.Key.Copy() },
            SoracomCredential.SamUser user => user with { Password = user.Password.Copy() },
            _ => throw new ArgumentException("A profile is not a credential by itself.", nameof(credential)),
        };
        _mfaCode = mfaCode;
        _tokenTimeoutSeconds = tokenTimeoutSeconds;
    }

    public override Task<SignInForm> PrepareAsync(CancellationToken cancellationToken)
    {
        // A code is good once; a later sign-in without one is told by SORACOM that it needs one.
        var mfaCode = Interlocked.Exchange(ref _mfaCode, null);
        return Task.FromResult(_credential switch
        {
            SoracomCredential.Root root => new SignInForm
            {
                Email = root.Email,
                Password = root.Password.Copy(),
                MfaCode = mfaCode,
                TokenTimeoutSeconds = _tokenTimeoutSeconds,
            },
            SoracomCredential.AuthKey authKey => new SignInForm
            {
                AuthKeyId = authKey.AuthKeyId,
                AuthKey = authKey.Key.Copy(),
                MfaCode = mfaCode,
                TokenTimeoutSeconds = _tokenTimeoutSeconds,
            },
            SoracomCredential.SamUser user => new SignInForm
            {
                OperatorId = user.OperatorId,
                UserName = user.UserName,
                Password = user.Password.Copy(),
                MfaCode = mfaCode,
                TokenTimeoutSeconds = _tokenTimeoutSeconds,
            },
            _ => throw new InvalidOperationException(),
        });
    }

    public override void Dispose()
    {
        switch (_credential)
        {
            case SoracomCredential.Root root:
                root.Password.Dispose();
                break;
            case SoracomCredential.AuthKey authKey:
                authKey.Key.Dispose();
                break;
            case SoracomCredential.SamUser user:
                user.Password.Dispose();
                break;
        }
    }
}
