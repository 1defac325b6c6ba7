using System.Globalization;

namespace NapterFtp.Soracom;

/// <summary>What is left of one of SORACOM's counts of calls in the minute, as far as answers tell, and when the next call may begin so
/// that it is never exceeded, whoever else uses the account. Not thread-safe; times are since an arbitrary beginning.</summary>
/// <remarks><para>Every process follows the same numbers without talking to the others: each has only a part of what is left under way
/// at a time, so that together they learn of each other before it is used up; and the reserve covers what they learn too late.</para>
/// <para>Most of a minute's calls may go at once. The last quarter is given out evenly over the rest of the minute to all but closing
/// calls, so that who comes late, and what is to be closed, does not wait for the next one.</para>
/// <para>Without the headers it goes by a rate that grows while all is well and is halved after a 429.</para></remarks>
internal sealed class RateBudget(double reserve)
{
    /// <summary>One device's calls, before it is known how many it takes: the control port's, and two data ports'.</summary>
    private const double LikelyFollowers = 2;

    private const double FirstRate = 10;
    private const double LowestRate = 0.5;
    private const double HighestRate = 100;

    /// <summary>What a good answer adds to the rate: with ten calls a second, one more each second.</summary>
    private const double RateStep = 0.1;

    /// <summary>The part of what is left that may be under way at a time.</summary>
    private const double LargestShare = 1.0 / 8;
    private const double SmallestShare = 1.0 / 64;

    /// <summary>Calls under way where nothing is known, or nothing new.</summary>
    private const int Probes = 4;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan News = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SameMinute = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LeastRefresh = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan UntoldPause = TimeSpan.FromSeconds(5);

    private int? _limit;
    private int _left;
    private TimeSpan _ends;
    private TimeSpan? _told;
    private TimeSpan _pausedUntil;
    private int _underWay;
    private double _share = LargestShare;
    private int _promised;
    private int _begun;
    private int _followed;
    private int _refusals;
    private double _rate = FirstRate;
    private double _tokens = FirstRate;
    private TimeSpan _filledAt;
    private bool _answered;

    /// <summary>The most calls under way at a time in this minute.</summary>
    public int MostUnderWay { get; private set; }

    /// <summary>What SORACOM's limit less the reserve allows; null while SORACOM has not told it.</summary>
    public double? CallsPerMinute => _limit is { } limit ? limit - Reserve(limit) : null;

    /// <summary>Whether two ends of a minute are of the same one.</summary>
    public static bool IsSameMinute(TimeSpan end, TimeSpan other) => (end - other).Duration() < SameMinute;

    /// <summary>How long before a call may begin: zero for now, null where that depends on an answer.</summary>
    /// <param name="order">What the call is for.</param>
    /// <param name="hurries">Whether the reserve and the whole of what is left may be spent.</param>
    /// <param name="now">The time.</param>
    public TimeSpan? Wait(ApiOrder order, bool hurries, TimeSpan now)
    {
        if (now < _pausedUntil)
        {
            return _pausedUntil - now;
        }

        if (_limit is not { } limit)
        {
            return WaitUntold(hurries, now);
        }

        // The minute that follows is not certain before an answer tells of it; until then a few calls find out.
        var left = now >= _ends ? limit - _underWay : _left;
        var available = left - (hurries ? 0 : Reserve(limit));
        var needed = order == ApiOrder.Begins ? 1 + Followers(limit) + _promised : 1;
        var spread = hurries || order == ApiOrder.Closes || (order == ApiOrder.Goes && _promised > 0) ? 0 : Spread(limit);
        var ends = now >= _ends ? TimeSpan.Zero : _ends - now;
        if (available - (spread * ends / Minute) < needed)
        {
            return now >= _ends ? null : available < needed ? ends : ends - (Minute * (available - needed) / spread);
        }

        var most = hurries ? int.MaxValue
            : now < _ends && _told is { } told && now - told <= News ? Math.Max(ProbesOf(limit), (int)(available * _share))
            : ProbesOf(limit);
        return _underWay < most ? TimeSpan.Zero : null;
    }

    public void Begin(ApiOrder order, TimeSpan now)
    {
        if (_limit is { } limit && now >= _ends && _ends > TimeSpan.Zero)
        {
            _left = limit - _underWay;
            _promised = 0;
            _told = null;
            _ends = now + Minute;
            MostUnderWay = _underWay;
            _share = Math.Min(_share * 2, LargestShare);
        }

        if (order == ApiOrder.Begins)
        {
            _promised += Followers(_limit ?? int.MaxValue);
            _begun++;
        }
        else if (order == ApiOrder.Goes && _begun > 0)
        {
            _promised = Math.Max(0, _promised - 1);
            _followed++;
        }

        Fill(now);
        _tokens--;
        _left--;
        MostUnderWay = Math.Max(MostUnderWay, ++_underWay);
    }

    public void End(ApiOutcome outcome, TimeSpan now)
    {
        _underWay--;
        if (outcome.IsRefused)
        {
            Refuse(outcome, now);
        }
        else if (outcome.Told is { } told)
        {
            Learn(told, now);
        }
        else if (outcome.IsAnswered)
        {
            _answered = true;
            _refusals = 0;
            _rate = Math.Min(_rate + RateStep, HighestRate);
        }
    }

    public string Describe() => _limit is { } limit
        ? string.Create(CultureInfo.InvariantCulture, $"the account may make {limit} such calls a minute, of which {Reserve(limit)} are left to others")
        : "SORACOM does not tell its limit, and has refused calls";

    private int Reserve(int limit) => Math.Min((int)Math.Ceiling(limit * reserve), limit - 1);

    /// <summary>What is given out evenly.</summary>
    private int Spread(int limit) => (limit - Reserve(limit)) / 4;

    private int ProbesOf(int limit) => Math.Clamp(Reserve(limit) / Probes, 1, Probes);

    /// <summary>How many calls of a device follow its first, as it has been so far; what a minute has room for in any case.</summary>
    private int Followers(int limit) =>
        Math.Min((int)Math.Ceiling((LikelyFollowers * 4 + _followed) / (4 + _begun)), (limit - Reserve(limit)) / 2);

    private void Learn(RateLimit told, TimeSpan now)
    {
        _answered = true;
        _refusals = 0;
        var ends = now + (told.BeforeRefresh > LeastRefresh ? told.BeforeRefresh : LeastRefresh);
        var left = told.Remaining - _underWay;
        if (_limit is null || _told is null || ends > _ends + SameMinute)
        {
            // The first word of this minute.
            _left = left;
        }
        else if (ends < _ends - SameMinute)
        {
            // The last of the minute before.
            return;
        }
        else
        {
            // Answers may overtake each other; what has been used does not come back.
            _left = Math.Min(_left, left);
        }

        _limit = told.Limit;
        _ends = ends;
        _told = now;
    }

    private void Refuse(ApiOutcome outcome, TimeSpan now)
    {
        _share = Math.Max(_share / 2, SmallestShare);
        _rate = Math.Max(_rate / 2, LowestRate);
        _tokens = Math.Min(_tokens, 0);
        _refusals++;
        var pause = outcome.RetryAfter ?? outcome.Told?.BeforeRefresh ?? UntoldPause * Math.Pow(2, Math.Min(_refusals - 1, 4));
        var until = now + (pause < Minute || outcome.RetryAfter is not null ? pause : Minute);
        _pausedUntil = until > _pausedUntil ? until : _pausedUntil;
        if (outcome.Told is { } told)
        {
            _limit ??= told.Limit;
        }

        _left = 0;
        _ends = _pausedUntil;
    }

    private TimeSpan? WaitUntold(bool hurries, TimeSpan now)
    {
        if (hurries)
        {
            return TimeSpan.Zero;
        }

        if (!_answered && _underWay >= Probes)
        {
            return null;
        }

        Fill(now);
        return _tokens >= 1 ? TimeSpan.Zero : TimeSpan.FromSeconds((1 - _tokens) / _rate);
    }

    /// <summary>A second's calls may go at once.</summary>
    private void Fill(TimeSpan now)
    {
        _tokens = Math.Min(Math.Max(_rate, 1), _tokens + (_rate * (now - _filledAt).TotalSeconds));
        _filledAt = now;
    }
}
