using Microsoft.Extensions.Time.Testing;
using NapterFtp.Copy;

namespace NapterFtp.Core.Tests.Copy;

public sealed class FleetMeterTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Devices_files_and_bytes_add_up_also_over_several_copies_from_one_device()
    {
        var meter = new FleetMeter(2, _time);
        meter.Begun(0);
        meter.Progressed(0, Progress(files: 1, of: 2, bytes: 500, total: 1000));
        meter.Progressed(0, Progress(files: 2, of: 2, bytes: 1000, total: 1000));
        meter.BeginsAnew(0);
        meter.Progressed(0, Progress(files: 1, of: 1, bytes: 70, total: 70));
        meter.Ended(0);
        meter.Begun(1);

        var end = meter.Ended(1)!;

        Assert.Equal((2, 2, 0, 3, 1070L, 1.0), (end.DevicesDone, end.Devices, end.DevicesWorking, end.FilesDone, end.Bytes, end.Share));
        Assert.Null(end.TimeLeft);
    }

    [Fact]
    public void Time_left_goes_by_what_is_done_each_device_counted_alike()
    {
        var meter = new FleetMeter(4, _time);
        meter.Begun(0);
        meter.Begun(1);
        _time.Advance(TimeSpan.FromSeconds(30));
        meter.Ended(0);
        _time.Advance(TimeSpan.FromSeconds(30));

        var half = meter.Progressed(1, Progress(files: 0, of: 1, bytes: 600_000, total: 600_000))!;

        Assert.Equal((0.5, TimeSpan.FromSeconds(60), 1, 1), (half.Share, half.TimeLeft, half.DevicesDone, half.DevicesWorking));
        Assert.Equal(20_000, half.Rate, 1.0);
    }

    [Fact]
    public void It_is_told_no_more_often_than_it_can_be_read()
    {
        var meter = new FleetMeter(3, _time);

        Assert.Null(meter.Begun(0));
        _time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.NotNull(meter.Begun(1));
        Assert.Null(meter.Ended(0));
    }

    private static CopyProgress Progress(int files, int of, long bytes, long total) => new()
    {
        Device = "001010000000001:21",
        File = "/a.dat",
        FilesDone = files,
        FilesTotal = of,
        Bytes = bytes,
        TotalBytes = total,
    };
}
