namespace NapterFtp.Diagnostics;

/// <summary>Takes the log messages of one flow; called from any thread, also after the flow's owner is gone.</summary>
internal interface IFlowLogSink
{
    /// <summary>Whether anybody reads this stream.</summary>
    bool Wants(FlowLogStream stream);

    /// <summary>Takes a message.</summary>
    void Write(FlowLogStream stream, string category, string message);
}
