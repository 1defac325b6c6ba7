namespace NapterFtp.Client.Copying;

/// <summary>Whoever wants to know how a copy goes. Called from several threads at once.</summary>
internal interface ICopySink
{
    /// <summary>A file's outcome.</summary>
    void Done(NapterFtpTransfer transfer);

    /// <summary>Something failed; the rest goes on.</summary>
    void Failed(NapterFtpException error);

    /// <summary>How far it has come.</summary>
    void Progressed(CopyProgress progress);

    /// <summary>Whether a change may be made: <c>-WhatIf</c> and <c>-Confirm</c> say no here.</summary>
    ValueTask<bool> ApproveAsync(string action, string target, CancellationToken cancellationToken);
}
