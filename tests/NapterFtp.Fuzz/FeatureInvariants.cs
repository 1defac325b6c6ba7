using NapterFtp.Ftp;

namespace NapterFtp.Fuzz;

/// <summary>However odd the reply to FEAT: what is hidden is gone, what is added is there, the rest is as it was, and it is one reply still.</summary>
public static class FeatureInvariants
{
    public static void Check(byte[] input)
    {
        foreach (var reply in Read(input).Where(reply => reply.Code != 0))
        {
            var rewritten = FeatReply.Rewrite(reply, ["AUTH", "PROT"], ["PBSZ"]);
            var again = Read(rewritten.Raw.ToArray());
            Invariant.Holds(again.Count == 1 && again[0].Code == reply.Code, "one reply still");

            var before = FeatReply.Parse(reply);
            var after = FeatReply.Parse(again[0]);
            Invariant.Holds(!after.Has("AUTH") && !after.Has("PROT"), "hidden features gone");
            Invariant.Holds(!reply.IsCompletion || after.Has("PBSZ"), "added features there");
            Invariant.Holds(
                before.Names.Where(name => name is not ("AUTH" or "PROT")).All(after.Has),
                "other features there still");
        }
    }

    private static List<FtpReply> Read(byte[] bytes)
    {
        var reader = new FtpReplyReader(new FtpLimits { MaxReplyLineLength = int.MaxValue, MaxReplyLength = int.MaxValue });
        reader.Append(bytes);
        var replies = new List<FtpReply>();
        while (reader.TryRead(out var reply))
        {
            replies.Add(reply);
        }

        return replies;
    }
}
