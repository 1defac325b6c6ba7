namespace NapterFtp.PowerShell.Sessions;

/// <summary>Something that runs and must not outlive its runspace.</summary>
/// <param name="Owner">The runspace it was made in.</param>
/// <param name="Order">What ends first.</param>
/// <param name="Thing">The thing itself.</param>
/// <param name="Close">Ends it; never throws.</param>
internal sealed record OwnedThing(RunspaceState Owner, OwnedOrder Order, object Thing, Func<Task> Close);

/// <summary>What uses a connection ends before it, what it is made to before that goes.</summary>
internal enum OwnedOrder
{
    Job,
    Connection,
    Simulator,
}
