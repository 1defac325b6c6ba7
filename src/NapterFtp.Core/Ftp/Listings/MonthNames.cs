using System.Globalization;
using System.Text;

namespace NapterFtp.Ftp.Listings;

/// <summary>The months as <c>ls</c> writes them in the languages of a device's system, in whatever encoding.</summary>
internal static class MonthNames
{
    // Twelve months a line, other spellings after a stroke: abbreviations of glibc and CLDR, without their dots.
    private static readonly string[] Languages =
    [
        "jan|january feb|february mar|march apr|april may jun|june jul|july aug|august sep|sept|september oct|october nov|november dec|december",
        "jan|jän|januar feb|februar mär|mrz|märz apr mai jun|juni jul|juli aug sep okt|oktober nov dez|dezember",
        "janv févr|fév|fevr mars avr|avril mai juin juil|juillet août|aoû|aout sept oct nov déc|dec",
        "ene|enero feb|febrero mar|marzo abr|abril may|mayo jun|junio jul|julio ago|agosto sep|sept|set oct|octubre nov dic|diciembre",
        "gen feb mar apr mag giu lug ago set ott nov dic",
        "jan fev mar abr mai jun jul ago set out nov dez",
        "jan feb mrt|maart apr mei jun jul aug sep okt nov dec",
        "jan feb mars|mar april|apr maj|mai juni|jun juli|jul aug sep okt nov des|dec",
        "tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu",
        "sty lut mar kwi maj cze lip sie wrz paź lis gru",
        "led úno bře dub kvě čen|čer čec srp zář říj lis pro",
        "jan|jaan|ian febr|veebr|feb márc|märts|mar ápr|apr máj|mai jún|juuni|iun júl|juuli|iul aug szept|sept okt|oct nov|noi dets|dec",
        "oca şub mar nis may haz tem ağu eyl eki kas ara",
        "янв|января фев|февр|февраля мар|марта апр|апреля май|мая июн|июня июл|июля авг|августа сен|сент|сентября окт|октября ноя|нояб|ноября дек|декабря",
        "січ лют бер кві тра чер лип сер вер жов лис гру",
        "ιαν φεβ μαρ|μάρ απρ μαι|μαΐ|μάι ιουν ιουλ αυγ σεπ οκτ νοε|νοέ δεκ",
    ];

    // Encodings that systems in these languages write their texts in.
    private static readonly NameEncoding[] Encodings =
    [
        NameEncoding.Utf8,
        .. new[] { "iso-8859-1", "windows-1251", "koi8-r", "ibm866", "iso-8859-5", "iso-8859-2", "windows-1250", "ibm850", "ibm852", "iso-8859-7", "iso-8859-9" }.Select(NameEncoding.Find),
    ];

    private static readonly Dictionary<string, int> Numbers = MakeNumbers();

    /// <summary>1 to 12 from a name, or from digits with or without a sign behind them (Japanese and its neighbours); 0 where it is neither.</summary>
    /// <param name="latin1">The month's bytes as Latin-1, with or without a dot at the end.</param>
    public static int Find(string latin1)
    {
        var digits = latin1.TakeWhile(char.IsAsciiDigit).Count();
        if (digits is 1 or 2)
        {
            var number = int.Parse(latin1.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture);
            return number is >= 1 and <= 12 ? number : 0;
        }

        var word = latin1.TrimEnd('.');
        if (Ascii.IsValid(word))
        {
            return Numbers.GetValueOrDefault(word.ToLowerInvariant());
        }

        var bytes = Encoding.Latin1.GetBytes(word);
        return Encodings.Select(encoding => Numbers.GetValueOrDefault(encoding.Decode(bytes, out _).ToLowerInvariant()))
            .FirstOrDefault(number => number > 0);
    }

    private static Dictionary<string, int> MakeNumbers()
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var language in Languages)
        {
            var months = language.Split(' ');
            for (var month = 0; month < months.Length; month++)
            {
                foreach (var name in months[month].Split('|'))
                {
                    numbers.TryAdd(name, month + 1);
                }
            }
        }

        return numbers;
    }
}
