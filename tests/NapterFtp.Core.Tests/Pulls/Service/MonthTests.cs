using NapterFtp.Pulls;
using NapterFtp.Simulator.Device;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Pulls.Service;

/// <summary>Thirty nights of a service with the clock in hand, during which its process ends in front of one step after the other.</summary>
public sealed class MonthTests(Stores stores)
{
    private const string Zone = "Europe/Berlin";

    /// <summary>The day before the first night, so that the clocks go back in that month, or forward.</summary>
    public static TheoryData<string> Months => Campaign.IsLong ? ["2026-10-10", "2027-03-10"] : ["2026-10-10"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Months))]
    public async Task Each_version_of_each_file_comes_once_whatever_happens_in_a_month(string first)
    {
        var start = DateOnly.Parse(first, null);
        await using var bench = await ServiceBench.StartAsync(stores, Stores.Sqlite, devices: 1);
        await using var month = await Month.StartAsync(bench, InZone(start, new TimeOnly(12, 0)));
        var device = new ChangingDevice(bench.Simulator.Sims[0].RootPath!, month);
        var faults = bench.Simulator.Sims[0].Device!.Faults;
        var expected = new List<DateTimeOffset>();
        for (var night = 1; night <= 30; night++)
        {
            device.LiveADay(night);
            var date = start.AddDays(night);
            var due = InZone(date, new TimeOnly(2, 30));
            switch (night)
            {
                case 11:
                    // Switched off all night and the next day: of two runs the later one is made up for.
                    continue;
                case 7 or 12 or 21:
                    // It slept through its hour.
                    await month.WakeAsync(InZone(date, new TimeOnly(9, 12)));
                    break;
                default:
                    await month.WakeAsync(due.AddSeconds(2));
                    break;
            }

            expected.Add(due);
            if (night % 5 == 0)
            {
                faults.Arm((night / 5 % 3) switch
                {
                    0 => DeviceFault.RefuseLogin() with { Count = int.MaxValue },
                    1 => DeviceFault.DropData(60, "RETR") with { Count = int.MaxValue },
                    _ => DeviceFault.DropControl("RETR") with { Count = int.MaxValue },
                });
            }

            var run = await month.RunAsync();
            faults.Clear();
            Assert.Equal((due, 1, night % 5 == 0 ? 1 : 0), (run.Scheduled, run.Devices, run.Failed));
            device.WasRead(whole: run.Done == 1);
        }

        device.LiveADay(31);
        await month.WakeAsync(InZone(start.AddDays(31), new TimeOnly(2, 30)));
        expected.Add(month.Time.GetUtcNow());
        Assert.Equal(1, (await month.RunAsync()).Done);
        device.WasRead(whole: true);

        var runs = await new PullRuns(await month.OpenAsync()).FindAsync(null, null, null, Token);
        Assert.Equal(expected, runs.Select(run => run.Scheduled).Order());
        Assert.Equal(device.Versions.Order(StringComparer.Ordinal), month.Arrived.Order(StringComparer.Ordinal));
        Assert.Equal(device.Listed.Order(), (await month.CopiedAsync()).Order());
        Assert.Equal(0, await bench.CountAsync("select count(*) from napter_file where outcome = 'Intended'"));
        Assert.True(month.HasEndedEverywhere, $"Only {month.Ends} ends.");
    }

    /// <summary>What the clock on the wall shows, or would show in the hour that is left out in spring.</summary>
    private static DateTimeOffset InZone(DateOnly date, TimeOnly time)
    {
        var (zone, wall) = (TimeZoneInfo.FindSystemTimeZoneById(Zone), date.ToDateTime(time));
        return zone.IsInvalidTime(wall) ? new DateTimeOffset(date.ToDateTime(new TimeOnly(1, 0)), TimeSpan.Zero)
            : new DateTimeOffset(wall, zone.IsAmbiguousTime(wall) ? zone.GetAmbiguousTimeOffsets(wall).Max() : zone.GetUtcOffset(wall)).ToUniversalTime();
    }

    /// <summary>A device whose files come, grow, are rewritten in place, cut and rotated. What has not been read it does not change.</summary>
    private sealed class ChangingDevice(string root, Month month)
    {
        private readonly HashSet<(string Name, string Content, DateTimeOffset Modified)> _read = [];
        private bool _unread;
        private int _version;

        /// <summary>All versions that were there to be read, by name and content.</summary>
        public IEnumerable<string> Versions => _read.Select(version => $"{version.Name}: {version.Content}");

        /// <summary>The same as the history tells them.</summary>
        public IEnumerable<(string Path, long Length, DateTimeOffset Modified)> Listed => _read.Select(version => ($"/{version.Name}", (long)version.Content.Length, version.Modified));

        public void LiveADay(int day)
        {
            Write($"day-{day:00}.csv", 200);
            if (_unread)
            {
                return;
            }

            switch (day % 3)
            {
                case 0:
                    Write("growing.log", 100 + day);
                    Write("same-length.dat", 150);
                    break;
                case 1:
                    Write("cut.log", day % 2 == 0 ? 90 : 300);
                    break;
                default:
                    if (File.Exists(InRoot("turning.log")))
                    {
                        File.Move(InRoot("turning.log"), InRoot("turning.log.1"), overwrite: true);
                    }

                    Write("turning.log", 120);
                    break;
            }
        }

        public void WasRead(bool whole)
        {
            _unread = !whole;
            if (whole)
            {
                _read.UnionWith(Directory.GetFiles(root)
                    .Select(file => (Path.GetFileName(file), File.ReadAllText(file), new DateTimeOffset(File.GetLastWriteTimeUtc(file), TimeSpan.Zero))));
            }
        }

        private string InRoot(string name) => Path.Combine(root, name);

        private void Write(string name, int length)
        {
            File.WriteAllText(InRoot(name), $"{name} {++_version} ".PadRight(length, '.'));
            File.SetLastWriteTimeUtc(InRoot(name), month.Time.GetUtcNow().UtcDateTime.AddSeconds(_version));
        }
    }
}
