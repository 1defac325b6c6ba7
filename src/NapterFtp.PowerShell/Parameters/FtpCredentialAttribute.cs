using System.Management.Automation;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>As <see cref="CredentialAttribute"/>, which asks for the password of a user name; but no credential at all, as in an
/// object without one, is none, not a question.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FtpCredentialAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        inputData is null or "" ? PSCredential.Empty : new CredentialAttribute().Transform(engineIntrinsics, inputData);
}
