using System.Text;

namespace NapterFtp.Ftp;

/// <summary>The reply to FEAT (RFC 2389), one feature a line: read, and rewritten where the relay hides or adds some.</summary>
internal sealed class FeatReply
{
    private readonly Dictionary<string, List<string>> _features = new(StringComparer.OrdinalIgnoreCase);

    private FeatReply()
    {
    }

    /// <summary>The features' names in upper case, such as <c>MLST</c>, <c>AUTH</c>, <c>UTF8</c>.</summary>
    public IReadOnlyCollection<string> Names => _features.Keys;

    public bool Has(string name) => _features.ContainsKey(name);

    /// <summary>What follows the feature's name, one item for each of its lines; empty where the server lacks it.</summary>
    public IReadOnlyList<string> Parameters(string name) => _features.TryGetValue(name, out var parameters) ? parameters : [];

    /// <summary>The features a reply lists; none for a reply without any, or a negative one.</summary>
    public static FeatReply Parse(FtpReply reply)
    {
        var feat = new FeatReply();
        if (!reply.IsCompletion)
        {
            return feat;
        }

        foreach (var line in reply.Lines.Skip(1).SkipLast(1))
        {
            feat.Add(FeatureOn(line, reply));
        }

        return feat;
    }

    /// <summary>The features of lines such as <c>MLST type*;size*;</c>, as <see cref="Lines"/> gives them.</summary>
    public static FeatReply FromLines(IEnumerable<string> lines)
    {
        var feat = new FeatReply();
        foreach (var line in lines)
        {
            feat.Add(line);
        }

        return feat;
    }

    /// <summary>The features, one a line, with their parameters.</summary>
    public IEnumerable<string> Lines() =>
        _features.SelectMany(feature => feature.Value.Select(parameters => parameters.Length == 0 ? feature.Key : $"{feature.Key} {parameters}"));

    /// <summary>The reply without the features named in <paramref name="hide"/> and with the lines of <paramref name="add"/>
    /// before its last one. All other bytes stay as they are; a negative reply stays whole.</summary>
    /// <param name="reply">What the device answered to FEAT.</param>
    /// <param name="hide">Names of features, in any case.</param>
    /// <param name="add">Features with their parameters, such as <c>AUTH TLS</c>.</param>
    public static FtpReply Rewrite(FtpReply reply, IReadOnlyCollection<string> hide, IReadOnlyCollection<string> add)
    {
        if (!reply.IsCompletion)
        {
            return reply;
        }

        var lines = reply.WholeLines().ToList();
        var features = lines.Skip(1).SkipLast(1)
            .Where(line => !hide.Contains(NameOf(FeatureOn(line, reply)), StringComparer.OrdinalIgnoreCase))
            .ToList();
        if (add.Count == 0 && features.Count == Math.Max(lines.Count - 2, 0))
        {
            return reply;
        }

        features.AddRange(add.Select(feature => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes($" {feature}\r\n")));
        if (features.Count == 0)
        {
            // RFC 2389 wants at least one feature between the lines of a multi-line reply.
            return FtpReply.Create(reply.Code, "No features");
        }

        var first = lines.Count > 1 ? lines[0] : FtpReply.Create(reply.Code, "Features:", "End").Raw[.."211-Features:\r\n".Length];
        var last = lines.Count > 1 ? lines[^1] : FtpReply.Create(reply.Code, "End").Raw;
        return new FtpReply(reply.Code, Join([first, .. features, last]));
    }

    private void Add(string feature)
    {
        var name = NameOf(feature);
        if (name.Length == 0)
        {
            return;
        }

        if (!_features.TryGetValue(name, out var parameters))
        {
            _features.Add(name, parameters = []);
        }

        parameters.Add(feature[name.Length..].Trim());
    }

    private static string FeatureOn(ReadOnlyMemory<byte> line, FtpReply reply) =>
        FtpText.ForPeople(reply.WithoutCode(FtpText.OfDevice(line)).Span);

    private static string NameOf(string feature)
    {
        var end = feature.AsSpan().IndexOfAny(" ;=");
        return (end < 0 ? feature : feature[..end]).ToUpperInvariant();
    }

    private static byte[] Join(List<ReadOnlyMemory<byte>> parts)
    {
        var bytes = new List<byte>(parts.Sum(part => part.Length));
        foreach (var part in parts)
        {
            bytes.AddRange(part.Span);
        }

        return [.. bytes];
    }
}
