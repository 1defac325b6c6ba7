namespace NapterFtp.Simulator.Api;

/// <summary>How an answer reaches the client.</summary>
internal enum AnswerDelivery
{
    Whole,

    /// <summary>A few bytes at a time.</summary>
    Slow,

    /// <summary>Its head and half of its body, then a good end of the connection.</summary>
    Truncated,

    /// <summary>A reset in its place.</summary>
    Reset,

    /// <summary>Nothing, until the client gives up.</summary>
    Never,
}
