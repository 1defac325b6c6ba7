using Microsoft.Testing.Platform.Extensions.Messages;
using Microsoft.Testing.Platform.Extensions.TestFramework;
using Microsoft.Testing.Platform.Requests;

namespace NapterFtp.Pester;

/// <summary>Pester's tests as tests of the platform that <c>dotnet test</c> counts.</summary>
internal sealed class PesterFramework(PesterChoice choice) : ITestFramework, IDataProducer
{
    public string Uid => nameof(PesterFramework);

    public string Version => "1.0";

    public string DisplayName => "Pester";

    public string Description => "Runs Pester in the project's own shell.";

    public Type[] DataTypesProduced { get; } = [typeof(TestNodeUpdateMessage)];

    public Task<bool> IsEnabledAsync() => Task.FromResult(true);

    public Task<CreateTestSessionResult> CreateTestSessionAsync(CreateTestSessionContext context) =>
        Task.FromResult(new CreateTestSessionResult { IsSuccess = true });

    public Task<CloseTestSessionResult> CloseTestSessionAsync(CloseTestSessionContext context) =>
        Task.FromResult(new CloseTestSessionResult { IsSuccess = true });

    public async Task ExecuteRequestAsync(ExecuteRequestContext context)
    {
        try
        {
            var request = (TestExecutionRequest)context.Request;
            var ids = request.Filter is TestNodeUidListFilter filter ? filter.TestNodeUids.Select(uid => uid.Value) : [];
            var asked = new PesterRequest(choice.Files, choice.Names, [.. ids], List: request is DiscoverTestExecutionRequest);
            if (asked.Files.Count == 0)
            {
                return;
            }

            await Task.WhenAll(asked.Split().Select(async part =>
            {
                await foreach (var told in new PesterRun(choice.TimeLimit, TimeProvider.System).RunAsync(part, context.CancellationToken))
                {
                    await context.MessageBus.PublishAsync(this, new TestNodeUpdateMessage(request.Session.SessionUid, ToNode(told)));
                }
            }));
        }
        finally
        {
            context.Complete();
        }
    }

    private static TestNode ToNode(PesterEvent told)
    {
        var properties = new PropertyBag(told switch
        {
            { Kind: PesterEventKind.Found } => DiscoveredTestNodeStateProperty.CachedInstance,
            { Kind: PesterEventKind.Started } => InProgressTestNodeStateProperty.CachedInstance,
            { Kind: PesterEventKind.Ended, Result: PesterResult.Passed } => PassedTestNodeStateProperty.CachedInstance,
            { Kind: PesterEventKind.Ended, Result: PesterResult.Skipped } => new SkippedTestNodeStateProperty(told.Message!),
            _ => new FailedTestNodeStateProperty(new PesterException(told.Message, told.Stack), told.Message!),
        });
        if (told.File is { } file)
        {
            var position = new LinePosition(told.Line, 0);
            properties.Add(new TestFileLocationProperty(file, new LinePositionSpan(position, position)));
        }

        if (told.Kind == PesterEventKind.Ended)
        {
            var (duration, end) = (TimeSpan.FromSeconds(told.Seconds), DateTimeOffset.UtcNow);
            properties.Add(new TimingProperty(new TimingInfo(end - duration, end, duration)));
        }

        return new TestNode { Uid = told.Id, DisplayName = told.Title, Properties = properties };
    }

    /// <summary>A failure with PowerShell's stack in place of this program's.</summary>
    private sealed class PesterException(string? message, string? stack) : Exception(message)
    {
        public override string? StackTrace { get; } = stack;
    }
}
