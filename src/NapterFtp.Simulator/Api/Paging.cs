using System.Globalization;

namespace NapterFtp.Simulator.Api;

/// <summary>Pages by <c>limit</c> and <c>last_evaluated_key</c>; the next key goes in <c>x-soracom-next-key</c>.</summary>
internal static class Paging
{
    /// <param name="items">All items, in the order of their keys.</param>
    /// <param name="isAfter">Whether an item comes after a key, so that paging goes on where the key's own item has gone.</param>
    public static HttpAnswer Page<T>(
        HttpRequest request, IEnumerable<T> items, Func<T, string> keyOf, Func<T, string, bool> isAfter, Func<T, object> describe, int standard, int maximum)
    {
        var last = request.Parameter("last_evaluated_key");
        var limit = Limit(request, standard, maximum);
        var rest = (string.IsNullOrEmpty(last) ? items : items.Where(item => isAfter(item, last))).Take(limit + 1).ToList();
        var page = rest.Take(limit).ToList();
        var answer = HttpAnswer.Of(page.Select(describe).ToArray());
        return rest.Count > limit ? answer.With("x-soracom-next-key", keyOf(page[^1])) : answer;
    }

    /// <summary>Whether one number, written out, is greater than another.</summary>
    public static bool IsGreater(long number, string key) =>
        long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var other) && number > other;

    private static int Limit(HttpRequest request, int standard, int maximum)
    {
        if (request.Parameter("limit") is not { } text)
        {
            return standard;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit >= 1 && limit <= maximum
            ? limit
            : throw ApiErrorException.InvalidRequest($"limit must be 1 to {maximum}.");
    }
}
