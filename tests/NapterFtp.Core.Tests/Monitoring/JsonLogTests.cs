using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using NapterFtp.Monitoring;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Monitoring;

/// <summary>What a program that reads the log line by line finds.</summary>
public sealed class JsonLogTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 10, 5, 11, 2, 3, TimeSpan.FromHours(9)));

    [Fact]
    public void Each_line_is_an_object_with_time_level_event_and_what_belongs_to_it()
    {
        var path = _folder.File("logs/pull.jsonl");
        using (var log = JsonLog.Open(path, _time))
        {
            log.Write(
                "warning", "file", ("path", "/log/温度 \"1\".csv\nx"), ("length", 5_000_000_000L), ("duration", TimeSpan.FromSeconds(1.5)), ("nothing", null), ("late", true),
                ("modified", new DateTimeOffset(2026, 10, 5, 9, 0, 0, TimeSpan.FromHours(9))));
            log.Write("information", "end");
        }

        var lines = File.ReadAllLines(path).Select(line => JsonDocument.Parse(line).RootElement.ToString()).ToArray();
        Assert.Equal(
            [
                """{"time":"2026-10-05T02:02:03Z","level":"warning","event":"file","path":"/log/温度 \"1\".csv\nx","length":5000000000,"duration":1.5,"late":true,"modified":"2026-10-05T00:00:00Z"}""",
                """{"time":"2026-10-05T02:02:03Z","level":"information","event":"end"}""",
            ],
            lines);
    }

    [Fact]
    public void A_log_goes_on_behind_what_is_there()
    {
        var path = _folder.File("pull.jsonl");
        foreach (var what in new[] { "one", "two" })
        {
            using var log = JsonLog.Open(path, _time);
            log.Write("information", what);
        }

        Assert.Equal(["one", "two"], File.ReadAllLines(path).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("event").GetString()));
    }

    [Fact]
    public void A_log_that_is_emptied_meanwhile_goes_on_at_its_start()
    {
        var path = _folder.File("pull.jsonl");
        using var log = JsonLog.Open(path, _time);
        log.Write("information", "one");

        using (var other = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            other.SetLength(0);
        }

        log.Write("information", "two");
        Assert.Equal("""{"time":"2026-10-05T02:02:03Z","level":"information","event":"two"}""" + "\n", ReadShared(path));
    }

    [Fact]
    public void A_full_disk_stops_nothing_and_is_told_of_when_there_is_room_again()
    {
        var disk = new FullDisk();
        using var log = new JsonLog(disk, _time);

        disk.IsFull = true;
        log.Write("information", "one");
        log.Write("information", "two");
        disk.IsFull = false;
        log.Write("information", "three");

        var lines = System.Text.Encoding.UTF8.GetString(disk.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(["linesLost", "three"], lines.Select(line => line.GetProperty("event").GetString()));
        Assert.Equal(2, lines[0].GetProperty("count").GetInt32());
    }

    [Fact]
    public void A_log_that_cannot_be_written_is_refused_at_once()
    {
        File.WriteAllText(_folder.File("file"), "");

        var error = Assert.Throws<NapterFtpException>(() => JsonLog.Open(_folder.File("file/pull.jsonl"), _time));

        Assert.Equal("LogNotWritable", error.ErrorId);
    }

    public void Dispose() => _folder.Dispose();

    private static string ReadShared(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }

    /// <summary>It takes what it has room for, as disks do.</summary>
    private sealed class FullDisk : MemoryStream
    {
        public bool IsFull { get; set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (IsFull)
            {
                base.Write(buffer[..(buffer.Length / 2)]);
                throw new IOException("No space left on device");
            }

            base.Write(buffer);
        }
    }
}
