using System.Globalization;
using System.Text;

namespace NapterFtp.Simulator;

/// <summary>A few log files, so that there is something to pull from a device without a folder of its own.</summary>
internal static class SampleFiles
{
    public static void Write(string folder)
    {
        var log = Directory.CreateDirectory(Path.Combine(folder, "log")).FullName;
        File.WriteAllText(Path.Combine(folder, "README.txt"), "Files of a simulated device.\r\n");
        for (var day = 1; day <= 3; day++)
        {
            var text = new StringBuilder("time,temperature,humidity\r\n");
            for (var hour = 0; hour < 24; hour++)
            {
                text.Append(CultureInfo.InvariantCulture, $"2024-04-{day:00}T{hour:00}:00:00Z,{18 + (hour % 12)}.5,{60 - hour}\r\n");
            }

            var path = Path.Combine(log, string.Create(CultureInfo.InvariantCulture, $"2024-04-{day:00}.csv"));
            File.WriteAllText(path, text.ToString());
            File.SetLastWriteTimeUtc(path, new DateTime(2024, 4, day, 23, 59, 0, DateTimeKind.Utc));
        }
    }
}
