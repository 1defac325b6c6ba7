using System.Globalization;
using NapterFtp.Fuzz;
using SharpFuzz;

const string Usage =
    """
    NapterFtp.Fuzz [--seconds N] [--seed S] [TARGET…]   mutates known dialogues at random; exit code 1 where something broke
    NapterFtp.Fuzz --input FILE TARGET                  runs one input again
    NapterFtp.Fuzz --corpus FOLDER TARGET               writes the inputs to start from, for another fuzzer
    NapterFtp.Fuzz --afl TARGET                         one input after the other from afl-fuzz (NapterFtp.Core.dll instrumented by sharpfuzz)
    NapterFtp.Fuzz --libfuzzer TARGET                   the same from libfuzzer-dotnet
    """;

var options = new Dictionary<string, string>(StringComparer.Ordinal);
var names = new List<string>();
for (var i = 0; i < args.Length; i++)
{
    if (args[i] is "--seconds" or "--seed" or "--input" or "--corpus" && i + 1 < args.Length)
    {
        options[args[i]] = args[++i];
    }
    else if (args[i] is "--afl" or "--libfuzzer")
    {
        options[args[i]] = "";
    }
    else
    {
        names.Add(args[i]);
    }
}

List<FuzzTarget> targets = [.. FuzzTarget.All.Where(target => names.Count == 0 || names.Contains(target.Name))];
var needsOne = options.Keys.Any(option => option is not ("--seconds" or "--seed"));
if (targets.Count != (names.Count == 0 ? FuzzTarget.All.Count : names.Count) || (needsOne && targets.Count != 1))
{
    Console.Error.WriteLine(Usage);
    Console.Error.WriteLine($"Targets: {string.Join(", ", FuzzTarget.All.Select(target => target.Name))}");
    return 2;
}

if (options.TryGetValue("--input", out var input))
{
    targets[0].Check(File.ReadAllBytes(input));
    return 0;
}

if (options.TryGetValue("--corpus", out var corpus))
{
    Directory.CreateDirectory(corpus);
    foreach (var (index, seedBytes) in targets[0].SeedBytes.Index())
    {
        File.WriteAllBytes(Path.Combine(corpus, string.Create(CultureInfo.InvariantCulture, $"{index}.bin")), seedBytes);
    }

    return 0;
}

if (options.ContainsKey("--afl"))
{
    Fuzzer.OutOfProcess.Run(stream =>
    {
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        targets[0].Check(bytes.ToArray());
    });
    return 0;
}

if (options.ContainsKey("--libfuzzer"))
{
    Fuzzer.LibFuzzer.Run(bytes => targets[0].Check(bytes.ToArray()));
    return 0;
}

var seconds = double.Parse(options.GetValueOrDefault("--seconds", "10"), CultureInfo.InvariantCulture);
var seed = options.TryGetValue("--seed", out var given) ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
return RandomRun.Run(targets, TimeSpan.FromSeconds(seconds), seed, Console.Out) ? 0 : 1;
