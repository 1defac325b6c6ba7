namespace NapterFtp.Simulator;

/// <summary>Something that is to go wrong with API calls, and with which: made by a method, refined with
/// <c>with { Operation = ApiOperation.CreatePortMapping, Count = 3 }</c>, and armed with <see cref="SimulatorFaults.Arm(ApiFault)"/>.</summary>
public sealed record ApiFault : IFault
{
    private ApiFault(ApiFaultKind kind) => Kind = kind;

    /// <summary>What goes wrong.</summary>
    public ApiFaultKind Kind { get; }

    /// <summary>The operation it happens to; null for any.</summary>
    public ApiOperation? Operation { get; init; }

    /// <summary>Asked whether this is the call; null for any.</summary>
    public Func<ApiCall, bool>? When { get; init; }

    /// <inheritdoc/>
    public int Skip { get; init; }

    /// <inheritdoc/>
    public int Count { get; init; } = 1;

    /// <summary>Whether the call is carried out although its answer goes wrong.</summary>
    public bool TakesEffect { get; init; }

    /// <summary>The status of <see cref="ApiFaultKind.Error"/> and <see cref="ApiFaultKind.HtmlError"/>.</summary>
    public int Status { get; init; } = 500;

    /// <summary>How long the rate limit's headers ask to wait; whole seconds.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>A fault of a kind, with the values that its method gives it.</summary>
    public static ApiFault Of(ApiFaultKind kind) => kind switch
    {
        ApiFaultKind.TooManyRequests => TooManyRequests(TimeSpan.FromSeconds(1)),
        ApiFaultKind.TooManyRequestsWithoutHeaders => TooManyRequests(),
        ApiFaultKind.Error => Error(),
        ApiFaultKind.HtmlError => HtmlError(),
        ApiFaultKind.EmptyBody => EmptyBody(),
        ApiFaultKind.InvalidJson => InvalidJson(),
        ApiFaultKind.TruncatedBody => TruncatedBody(),
        ApiFaultKind.WrongContentType => WrongContentType(),
        ApiFaultKind.Reset => Reset(),
        ApiFaultKind.LostAnswer => LostAnswer(),
        ApiFaultKind.Stall => Stall(),
        ApiFaultKind.Slow => Slow(),
        ApiFaultKind.ExpiredToken => ExpiredToken(),
        ApiFaultKind.ListIsEmpty => ListIsEmpty(),
        ApiFaultKind.ListIsStale => ListIsStale(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>429 with headers.</summary>
    public static ApiFault TooManyRequests(TimeSpan wait) => new(ApiFaultKind.TooManyRequests) { Wait = wait };

    /// <summary>429 without headers.</summary>
    public static ApiFault TooManyRequests() => new(ApiFaultKind.TooManyRequestsWithoutHeaders);

    /// <summary>An error of SORACOM's, such as 500, 503 or 401.</summary>
    public static ApiFault Error(int status = 500) => new(ApiFaultKind.Error) { Status = status };

    /// <summary>An error of a load balancer's, such as 502 or 503.</summary>
    public static ApiFault HtmlError(int status = 502) => new(ApiFaultKind.HtmlError) { Status = status };

    /// <summary>A call carried out whose answer has no body.</summary>
    public static ApiFault EmptyBody() => new(ApiFaultKind.EmptyBody) { TakesEffect = true };

    /// <summary>A call carried out whose answer is no JSON.</summary>
    public static ApiFault InvalidJson() => new(ApiFaultKind.InvalidJson) { TakesEffect = true };

    /// <summary>A call carried out whose answer breaks off.</summary>
    public static ApiFault TruncatedBody() => new(ApiFaultKind.TruncatedBody) { TakesEffect = true };

    /// <summary>A call carried out whose answer calls itself text/plain.</summary>
    public static ApiFault WrongContentType() => new(ApiFaultKind.WrongContentType) { TakesEffect = true };

    /// <summary>A reset before the call is carried out.</summary>
    public static ApiFault Reset() => new(ApiFaultKind.Reset);

    /// <summary>A reset after the call has been carried out: its answer is lost.</summary>
    public static ApiFault LostAnswer() => new(ApiFaultKind.LostAnswer) { TakesEffect = true };

    /// <summary>No answer; the call is not carried out.</summary>
    public static ApiFault Stall() => new(ApiFaultKind.Stall);

    /// <summary>An answer that drips.</summary>
    public static ApiFault Slow() => new(ApiFaultKind.Slow) { TakesEffect = true };

    /// <summary>All tokens issued so far have expired.</summary>
    public static ApiFault ExpiredToken() => new(ApiFaultKind.ExpiredToken) { When = call => call.Operation != ApiOperation.Auth };

    /// <summary>Signing in is refused.</summary>
    public static ApiFault AuthRefused() => Error(401) with { Operation = ApiOperation.Auth };

    /// <summary>Deleting an entry fails.</summary>
    public static ApiFault DeleteFails(int status = 500) => Error(status) with { Operation = ApiOperation.DeletePortMapping };

    /// <summary>Lists show no entry.</summary>
    public static ApiFault ListIsEmpty() => new(ApiFaultKind.ListIsEmpty) { When = IsList };

    /// <summary>Lists still show entries that have ended.</summary>
    public static ApiFault ListIsStale() => new(ApiFaultKind.ListIsStale) { When = IsList };

    internal bool Fits(ApiCall call) =>
        (Operation is null || Operation == call.Operation) && When?.Invoke(call) != false;

    private static bool IsList(ApiCall call) => call.Operation is ApiOperation.ListPortMappings
        or ApiOperation.ListPortMappingsForSim or ApiOperation.ListPortMappingsForSubscriber;
}
