namespace NapterFtp.Simulator.Tests;

/// <summary>The limit of every wait in these tests: generous, since it only ends a test that would otherwise hang.</summary>
internal static class Limit
{
    public static CancellationToken Token => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Token);

    public static Task Soon(this Task task) => task.WaitAsync(Token);

    /// <summary>Waits until two sides that run by themselves have met.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var limit = Token;
        while (!await condition())
        {
            limit.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
