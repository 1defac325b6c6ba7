using NapterFtp.Core.Tests.Relay;
using NapterFtp.Relay;

namespace NapterFtp.Core.Tests.Faults;

/// <summary>Where a fault strikes.</summary>
internal enum FaultWay
{
    /// <summary>A client's download through the proxy.</summary>
    Download,

    /// <summary>A client's upload through the proxy.</summary>
    Upload,

    /// <summary>The product's own copy of a file from the device.</summary>
    Copy,
}

/// <summary>What a user may see.</summary>
internal enum FaultOutcome
{
    /// <summary>The file, whole: the fault is overcome.</summary>
    Works,

    /// <summary>A clear error.</summary>
    Fails,

    /// <summary>Either; never a part taken for the whole.</summary>
    Honest,

    /// <summary>What no relay can tell from a shorter file: the device or the gateway ends it in good order and reports success.</summary>
    Undetectable,
}

/// <summary>One fault of the table.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Arm">Makes it ready to happen.</param>
internal sealed record FaultRow(string Name, Action<FaultBench> Arm)
{
    public IReadOnlyList<FaultWay> Ways { get; init; } = [FaultWay.Download, FaultWay.Copy];

    /// <summary>What is to be seen in each way.</summary>
    public Func<FaultWay, FaultOutcome> Expected { get; init; } = _ => FaultOutcome.Honest;

    /// <summary>Whether it is armed before the client's session begins, rather than before its transfer.</summary>
    public bool BeforeSession { get; init; }

    /// <summary>How long the fault may be felt after it is over.</summary>
    public TimeSpan Heals { get; init; }

    /// <summary>A client's own behaviour in place of an ordinary transfer; returns what it saw.</summary>
    public Func<ClientAct, Task<string>>? Act { get; init; }
}

/// <summary>What a client's behaviour has to work with.</summary>
internal sealed record ClientAct(FaultBench Bench, FtpProxy Proxy, RawFtpClient Client);

/// <summary>How one row went in one way.</summary>
/// <param name="Saw">What the user saw.</param>
/// <param name="Took">How long it took, by the product's clock.</param>
/// <param name="Left">Entries left open at the end.</param>
/// <param name="Problem">What is wrong with it; null where nothing is.</param>
internal sealed record FaultResult(string Saw, TimeSpan Took, int Left, string? Problem);
