using NapterFtp.Entries;

namespace NapterFtp.Core.Tests.Entries;

public sealed class EntryStateTests
{
    [Fact]
    public void Only_the_documented_steps_are_possible()
    {
        var allowed = new Dictionary<NapterPortState, NapterPortState[]>
        {
            [NapterPortState.Opening] = [NapterPortState.Open, NapterPortState.Closing, NapterPortState.Failed],
            [NapterPortState.Open] = [NapterPortState.Connected, NapterPortState.Idle, NapterPortState.Closing],
            [NapterPortState.Connected] = [NapterPortState.Idle, NapterPortState.Closing],
            [NapterPortState.Idle] = [NapterPortState.Connected, NapterPortState.Closing],
            [NapterPortState.Closing] = [NapterPortState.Closed, NapterPortState.Failed],
            [NapterPortState.Closed] = [],
            [NapterPortState.Failed] = [],
        };
        foreach (var (from, next) in allowed)
        {
            Assert.Equal(next.Order(), Enum.GetValues<NapterPortState>().Where(to => EntryLife.CanMove(from, to)).Order());
        }
    }
}
