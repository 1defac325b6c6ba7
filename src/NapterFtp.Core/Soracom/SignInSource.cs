namespace NapterFtp.Soracom;

/// <summary>Where a connection's sign-ins get their credentials from, each time anew: a token that ended or was revoked needs them
/// again, hours or days after the first time.</summary>
internal abstract class SignInSource : IDisposable
{
    /// <summary>Makes the form of one sign-in; the caller disposes of it.</summary>
    public abstract Task<SignInForm> PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Forgets what it kept.</summary>
    public abstract void Dispose();
}
