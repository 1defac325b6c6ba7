using NapterFtp.Fuzz;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Ftp;

public sealed class FuzzTargetTests
{
    private static readonly int Inputs = Campaign.Count("FUZZ_INPUTS", usual: 60, full: 20_000);

    public static TheoryData<string> Names => [.. FuzzTarget.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_input_a_fuzzer_starts_from_passes(string name)
    {
        var target = FuzzTarget.All.Single(target => target.Name == name);
        foreach (var input in target.SeedBytes)
        {
            target.Check(input);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Mutated_inputs_pass_too(string name)
    {
        var target = FuzzTarget.All.Single(target => target.Name == name);
        var mutator = new Mutator(new Random(20190731), [.. target.SeedBytes]);
        for (var count = 0; count < Inputs; count++)
        {
            target.Check(mutator.Next());
        }
    }
}
