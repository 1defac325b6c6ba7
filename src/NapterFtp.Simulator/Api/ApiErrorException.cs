namespace NapterFtp.Simulator.Api;

/// <summary>Ends a call with one of SORACOM's errors: a status and <c>{"code":"…","message":"…"}</c>.</summary>
internal sealed class ApiErrorException(int status, string code, string message) : Exception(message)
{
    public int Status => status;

    /// <summary>Codes look like SORACOM's, which are documented for few calls; only <c>AUM0001</c> is taken from there.</summary>
    public string Code => code;

    public HttpAnswer ToAnswer() => HttpAnswer.Of(new { Code, Message }, Status);

    public static ApiErrorException SignInFailed() => new(401, "AUM0001", "Invalid username, password or auth key.");

    public static ApiErrorException MfaRequired() => new(401, "AUM0017", "A one-time password of multi-factor authentication is required.");

    public static ApiErrorException NotSignedIn() => new(401, "AUM0009", "The API key and token are missing, wrong, revoked or expired.");

    public static ApiErrorException Forbidden() => new(403, "AUM0010", "This operator's resources are not yours.");

    public static ApiErrorException NotPermitted() => new(403, "AUM0005", "This API is not permitted to the user.");

    public static ApiErrorException InvalidRequest(string message) => new(400, "COM0002", message);

    public static ApiErrorException NoSuchCall() => new(404, "COM0004", "No such resource.");

    public static ApiErrorException NoSuchSim(string target) => new(404, "SIM0002", $"No such SIM or subscriber: {target}");

    public static ApiErrorException Offline(string target) => new(400, "NPT0005", $"The SIM {target} is offline.");

    public static ApiErrorException TooManyEntries(string target) => new(400, "NPT0006", $"The SIM {target} has too many entries.");

    public static ApiErrorException NoSsh(string target) => new(422, "SIM0015", $"No command could be run by SSH on {target}.");

    public static ApiErrorException NoSuchCapture() => new(404, "SIM0013", "No such packet capture session.");

    public static ApiErrorException NotCapturing() => new(400, "SIM0014", "The packet capture session does not capture.");

    public static ApiErrorException NoSuchEntry() => new(404, "NPT0002", "No such On-Demand Remote Access entry.");

    public static ApiErrorException NoEntries() => new(404, "NPT0003", "No On-Demand Remote Access entry for the target.");
}
