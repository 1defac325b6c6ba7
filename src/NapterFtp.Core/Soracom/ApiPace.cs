using System.Globalization;
using System.Net.Http.Headers;

namespace NapterFtp.Soracom;

/// <summary>How fast API calls may go. Not thread-safe; times are since an arbitrary beginning.</summary>
internal interface IApiPace
{
    /// <summary>Calls of one lane wait for one another, those of different lanes do not.</summary>
    string LaneOf(ApiCall call);

    /// <summary>How long before a call may begin, others left aside: zero for now, null where that depends on an answer.</summary>
    TimeSpan? Wait(ApiCall call, TimeSpan now);

    /// <summary>How long it takes at the least until a call may begin before which so many others go.</summary>
    TimeSpan Soonest(ApiCall call, int ahead, TimeSpan now);

    /// <summary>A call begins.</summary>
    /// <returns>What its end is to be told with.</returns>
    object? Begin(ApiCall call, TimeSpan now);

    /// <summary>A call has its answer, or failed.</summary>
    void End(ApiCall call, object? place, ApiOutcome outcome, TimeSpan now);

    /// <summary>From now on everything may go at full speed.</summary>
    void Hurry();

    /// <summary>What limits a call, for an error.</summary>
    string Describe(ApiCall call);

    /// <summary>How many calls of a group may go in a minute; null while that is not known.</summary>
    double? CallsPerMinute(string group);
}

/// <summary>What a call's answer says about the pace.</summary>
/// <param name="IsAnswered">Whether it had a good answer.</param>
/// <param name="IsRefused">Whether it was answered with 429.</param>
/// <param name="Told">SORACOM's rate limit headers; null where there are none.</param>
/// <param name="RetryAfter">How long a 429 asks to wait; null where it does not say.</param>
internal readonly record struct ApiOutcome(bool IsAnswered, bool IsRefused, RateLimit? Told, TimeSpan? RetryAfter);

/// <summary>SORACOM's rate limit headers, which each answer carries: <c>X-Soracom-Ratelimit-Limit</c>, <c>-Remaining</c> and
/// <c>-Seconds-Before-Refresh</c>. They are the account's, so that all its processes and computers see the same.</summary>
/// <param name="Limit">Calls in one minute.</param>
/// <param name="Remaining">How many of them are left.</param>
/// <param name="BeforeRefresh">How long before the next minute begins.</param>
internal readonly record struct RateLimit(int Limit, int Remaining, TimeSpan BeforeRefresh)
{
    public static RateLimit? Read(HttpResponseHeaders headers) =>
        Number(headers, "Limit") is { } limit and >= 1 and <= 1_000_000
        && Number(headers, "Remaining") is { } remaining and >= 0
        && Number(headers, "Seconds-Before-Refresh") is { } seconds and >= 0 and <= 3_600
            ? new RateLimit((int)limit, (int)Math.Min(remaining, limit), TimeSpan.FromSeconds(seconds))
            : null;

    /// <summary>How long before the next minute begins, where that at least is told.</summary>
    public static TimeSpan? ReadRefresh(HttpResponseHeaders headers) =>
        Number(headers, "Seconds-Before-Refresh") is { } seconds and >= 0 and < 86_400 ? TimeSpan.FromSeconds(seconds) : null;

    private static double? Number(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues("X-Soracom-Ratelimit-" + name, out var values)
        && double.TryParse(values.FirstOrDefault(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}

/// <summary>The pace that the user chose: no more than so many calls reach SORACOM in any second; after a 429 none of its group begins
/// before SORACOM allows it.</summary>
/// <remarks>There are as many places as calls allowed. A call keeps its place until a second after its answer: it reached SORACOM
/// before that, so however long the calls are under way, no two with the same place arrive within one second.</remarks>
internal sealed class FixedPace : IApiPace
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    /// <summary>SORACOM's limits are per minute; some of it has passed already.</summary>
    private static readonly TimeSpan UntoldPause = TimeSpan.FromSeconds(5);

    /// <summary>A call that has no answer for so long has arrived, or never will.</summary>
    private static readonly TimeSpan LongestWay = TimeSpan.FromSeconds(5);

    private readonly TimeSpan[] _freeAt;
    private readonly bool[] _underWay;
    private readonly Dictionary<string, TimeSpan> _pausedUntil = new(StringComparer.Ordinal);
    private bool _hurries;

    /// <param name="callsPerSecond">1 to 1000.</param>
    public FixedPace(int callsPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(callsPerSecond, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(callsPerSecond, 1000);
        _freeAt = new TimeSpan[callsPerSecond];
        _underWay = new bool[callsPerSecond];
    }

    public string LaneOf(ApiCall call) => call.Group;

    public TimeSpan? Wait(ApiCall call, TimeSpan now)
    {
        var until = PausedUntil(call);
        return Left(_hurries ? until : Later(until, _freeAt.Min()), now);
    }

    public TimeSpan Soonest(ApiCall call, int ahead, TimeSpan now)
    {
        var free = _freeAt.Select((at, place) => _underWay[place] && at > now + Window ? now + Window : at).Order().ElementAt(ahead % _freeAt.Length);
        return Left(Later(PausedUntil(call), free), now) + (Window * (ahead / _freeAt.Length));
    }

    public object? Begin(ApiCall call, TimeSpan now)
    {
        var place = Array.IndexOf(_freeAt, _freeAt.Min());
        if (_freeAt[place] > now)
        {
            // In a hurry.
            return null;
        }

        _underWay[place] = true;
        return (place, _freeAt[place] = now + LongestWay + Window);
    }

    public void End(ApiCall call, object? place, ApiOutcome outcome, TimeSpan now)
    {
        // Where it took too long, the place may be another's by now.
        if (place is (int number, TimeSpan longest) && _underWay[number] && _freeAt[number] == longest)
        {
            _underWay[number] = false;
            _freeAt[number] = now + Window < longest ? now + Window : longest;
        }

        if (outcome.IsRefused)
        {
            _pausedUntil[call.Group] = Later(PausedUntil(call), now + (outcome.RetryAfter ?? UntoldPause));
        }
    }

    public void Hurry() => _hurries = true;

    public string Describe(ApiCall call) => string.Create(CultureInfo.InvariantCulture, $"this connection's limit is {_freeAt.Length} calls a second");

    public double? CallsPerMinute(string group) => _freeAt.Length * 60.0;

    private static TimeSpan Later(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Left(TimeSpan until, TimeSpan now) => until > now ? until - now : TimeSpan.Zero;

    private TimeSpan PausedUntil(ApiCall call) => _pausedUntil.GetValueOrDefault(call.Group, TimeSpan.Zero);
}

/// <summary>The pace that SORACOM's answers allow: a budget for each API group, or for each of its operations once they turn out to
/// be counted apart, for SORACOM documents both.</summary>
/// <param name="reserve">The part of each minute's calls that is left to the account's other users, 0 to below 1.</param>
internal sealed class ToldPace(double reserve = ToldPace.DefaultReserve) : IApiPace
{
    public const double DefaultReserve = 0.2;

    private readonly Dictionary<string, Group> _groups = new(StringComparer.Ordinal);
    private bool _hurries;

    public string LaneOf(ApiCall call) => Of(call).IsSplit ? $"{call.Group}:{call.Operation}" : call.Group;

    public TimeSpan? Wait(ApiCall call, TimeSpan now) => BudgetOf(call).Wait(call.Order, _hurries, now);

    public TimeSpan Soonest(ApiCall call, int ahead, TimeSpan now) => Wait(call, now) ?? TimeSpan.Zero;

    public object? Begin(ApiCall call, TimeSpan now)
    {
        var group = Of(call);
        group.Whole.Begin(call.Order, now);
        group.Of(call.Operation).Begin(call.Order, now);
        return null;
    }

    public void End(ApiCall call, object? place, ApiOutcome outcome, TimeSpan now)
    {
        var group = Of(call);
        group.Whole.End(outcome, now);
        group.Of(call.Operation).End(outcome, now);
        if (outcome.Told is { } told)
        {
            group.Compare(call.Operation, told, now);
        }
    }

    public void Hurry() => _hurries = true;

    public string Describe(ApiCall call) => BudgetOf(call).Describe();

    public double? CallsPerMinute(string group) => _groups.TryGetValue(group, out var known) ? known.Whole.CallsPerMinute : null;

    private RateBudget BudgetOf(ApiCall call)
    {
        var group = Of(call);
        return group.IsSplit ? group.Of(call.Operation) : group.Whole;
    }

    private Group Of(ApiCall call)
    {
        if (!_groups.TryGetValue(call.Group, out var group))
        {
            _groups.Add(call.Group, group = new Group(reserve));
        }

        return group;
    }

    /// <summary>Keeps both counts; the common one is used, which is right or too careful, until the operations prove to be counted apart.</summary>
    private sealed class Group(double reserve)
    {
        private readonly Dictionary<string, RateBudget> _own = new(StringComparer.Ordinal);
        private (string Operation, RateLimit Told, TimeSpan At)? _last;

        public RateBudget Whole { get; } = new(reserve);

        public bool IsSplit { get; private set; }

        public RateBudget Of(string operation)
        {
            if (!_own.TryGetValue(operation, out var own))
            {
                _own.Add(operation, own = new RateBudget(reserve));
            }

            return own;
        }

        /// <summary>One count can only go down within a minute, but for answers that overtake each other.</summary>
        public void Compare(string operation, RateLimit told, TimeSpan now)
        {
            if (_last is { } last && last.Operation != operation
                && RateBudget.IsSameMinute(now + told.BeforeRefresh, last.At + last.Told.BeforeRefresh)
                && (told.Limit != last.Told.Limit || told.Remaining > last.Told.Remaining + Whole.MostUnderWay + 1))
            {
                IsSplit = true;
            }

            _last = (operation, told, now);
        }
    }
}
