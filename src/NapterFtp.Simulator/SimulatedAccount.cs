namespace NapterFtp.Simulator;

/// <summary>The account that the simulated API knows. The secrets are throw-away values made for each instance.</summary>
public sealed class SimulatedAccount
{
    /// <summary>SORACOM's operator ID.</summary>
    public string OperatorId { get; init; } = "OP0000000001";

    /// <summary>The root user's email address.</summary>
    public string Email { get; init; } = "operator@simulator.test";

    /// <summary>The root user's password.</summary>
    public string Password { get; init; } = Secrets.New("pw-");

    /// <summary>The authentication key's ID.</summary>
    public string AuthKeyId { get; init; } = Secrets.New("keyId-");

    /// <summary>The authentication key.</summary>
    public string AuthKey { get; init; } = Secrets.New("secret-");

    /// <summary>The name of the account's one SAM user.</summary>
    public string SamUserName { get; init; } = "sam";

    /// <summary>The SAM user's password.</summary>
    public string SamUserPassword { get; init; } = Secrets.New("pw-");

    /// <summary>The one-time code that a sign-in by password needs, or null where the account has no MFA.</summary>
    public string? MfaCode { get; init; }

    /// <summary>Operator and user that <c>POST /auth/switch_user</c> may switch to.</summary>
    public string SwitchOperatorId { get; init; } = "OP0000000002";

    /// <summary>The user of <see cref="SwitchOperatorId"/> that may be switched to.</summary>
    public string SwitchUserName { get; init; } = "guest";

    /// <summary>Names the operator and no secret.</summary>
    public override string ToString() => OperatorId;
}
