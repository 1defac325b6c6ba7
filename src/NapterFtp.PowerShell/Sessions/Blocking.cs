namespace NapterFtp.PowerShell.Sessions;

/// <summary>Waits for a task where PowerShell or the runtime asks for an answer on its own thread, in an event or a plain
/// virtual method.</summary>
internal static class Blocking
{
    /// <summary>Runs the work on the pool and waits for its end, however it ends, or for the limit.</summary>
    /// <returns>Whether it ended in time.</returns>
    public static bool Wait(Func<Task> work, TimeSpan limit)
    {
        // Not disposed: work that ends after the limit still sets it.
        var ended = new ManualResetEventSlim();
        _ = Task.Run(async () =>
        {
            try
            {
                await work();
            }
            catch (Exception)
            {
                // It ends something; that it failed has been said by what it ended.
            }
            finally
            {
                ended.Set();
            }
        });
        return ended.Wait(limit);
    }
}
