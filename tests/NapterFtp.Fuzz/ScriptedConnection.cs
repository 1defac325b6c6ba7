using System.Net;
using NapterFtp.Transport;

namespace NapterFtp.Fuzz;

/// <summary>A peer that says its lines whatever it hears: one at once, and the next after each thing that is written to it, or
/// all as soon as it is told to hurry.</summary>
internal sealed class ScriptedConnection(IReadOnlyList<byte[]> lines) : Connection
{
    private readonly SemaphoreSlim _turns = new(1);
    private readonly CancellationTokenSource _hurry = new();
    private byte[] _rest = [];
    private int _next;

    public override IPEndPoint LocalEndPoint { get; } = new(IPAddress.Loopback, 2121);

    public override IPEndPoint RemoteEndPoint { get; } = new(IPAddress.Loopback, 50000);

    /// <summary>Says all that is left without waiting, then ends.</summary>
    public void Hurry() => _hurry.Cancel();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (_rest.Length == 0)
        {
            if (_next == lines.Count)
            {
                return 0;
            }

            await WaitForTurnAsync(cancellationToken);
            _rest = lines[_next++];
        }

        var count = Math.Min(_rest.Length, buffer.Length);
        _rest.AsSpan(0, count).CopyTo(buffer.Span);
        _rest = _rest[count..];
        return count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        _turns.Release();
        return ValueTask.CompletedTask;
    }

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public override void Abort() => Hurry();

    public override ValueTask DisposeAsync()
    {
        Hurry();
        return ValueTask.CompletedTask;
    }

    private async Task WaitForTurnAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _hurry.Token);
        try
        {
            await _turns.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Told to hurry.
        }
    }
}
