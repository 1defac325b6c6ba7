namespace NapterFtp.Pulls;

/// <summary>The words of a report in one language.</summary>
internal sealed record ReportTexts
{
    public required string Language { get; init; }

    public required string Title { get; init; }

    public required string Period { get; init; }

    public required string Made { get; init; }

    public required string Beginning { get; init; }

    public required string Devices { get; init; }

    public required string WithTrouble { get; init; }

    public required string Files { get; init; }

    public required string Bytes { get; init; }

    public required string Failed { get; init; }

    public required string Postponed { get; init; }

    public required string Late { get; init; }

    public required string Duration { get; init; }

    public required string Runs { get; init; }

    public required string Run { get; init; }

    public required string Schedule { get; init; }

    public required string Started { get; init; }

    public required string Ended { get; init; }

    public required string NotEnded { get; init; }

    public required string Done { get; init; }

    public required string Waiting { get; init; }

    public required string Days { get; init; }

    public required string BytesADay { get; init; }

    public required string FilesADay { get; init; }

    public required string FailuresADay { get; init; }

    public required string BytesADevice { get; init; }

    public required string Device { get; init; }

    public required string Port { get; init; }

    public required string LastCopied { get; init; }

    public required string Error { get; init; }

    public required string Failures { get; init; }

    public required string LateFiles { get; init; }

    public required string Path { get; init; }

    public required string Time { get; init; }

    public required string Written { get; init; }

    public required string Arrived { get; init; }

    public required string Nothing { get; init; }

    /// <summary>{0}: how many are shown.</summary>
    public required string OnlyFirst { get; init; }

    public static ReportTexts English { get; } = new()
    {
        Language = "en",
        Title = "Pulls from devices",
        Period = "Period",
        Made = "Made",
        Beginning = "the beginning",
        Devices = "Devices",
        WithTrouble = "Devices with trouble",
        Files = "Files copied",
        Bytes = "Data moved",
        Failed = "Failed",
        Postponed = "Postponed",
        Late = "Late",
        Duration = "Duration",
        Runs = "Runs",
        Run = "Run",
        Schedule = "Schedule",
        Started = "Started",
        Ended = "Ended",
        NotEnded = "not ended",
        Done = "Done",
        Waiting = "To come",
        Days = "Day by day",
        BytesADay = "Data moved a day",
        FilesADay = "Files copied a day",
        FailuresADay = "Files that failed a day",
        BytesADevice = "Data moved by device",
        Device = "Device",
        Port = "Port",
        LastCopied = "Last file copied",
        Error = "Why",
        Failures = "What did not come",
        LateFiles = "What came late",
        Path = "File",
        Time = "Time",
        Written = "Written",
        Arrived = "Arrived",
        Nothing = "Nothing.",
        OnlyFirst = "Only the latest {0} are shown; Get-NapterPullHistory has all.",
    };

    public static ReportTexts Japanese { get; } = new()
    {
        Language = "ja",
        Title = "デバイスからの取得",
        Period = "期間",
        Made = "作成",
        Beginning = "最初から",
        Devices = "デバイス",
        WithTrouble = "問題のあるデバイス",
        Files = "コピーしたファイル",
        Bytes = "転送量",
        Failed = "失敗",
        Postponed = "次回へ",
        Late = "遅延",
        Duration = "所要時間",
        Runs = "実行",
        Run = "番号",
        Schedule = "スケジュール",
        Started = "開始",
        Ended = "終了",
        NotEnded = "未完了",
        Done = "完了",
        Waiting = "残り",
        Days = "日ごと",
        BytesADay = "1 日の転送量",
        FilesADay = "1 日にコピーしたファイル",
        FailuresADay = "1 日に失敗したファイル",
        BytesADevice = "デバイスごとの転送量",
        Device = "デバイス",
        Port = "ポート",
        LastCopied = "最後にコピーした時刻",
        Error = "理由",
        Failures = "取得できなかったもの",
        LateFiles = "遅れて届いたもの",
        Path = "ファイル",
        Time = "時刻",
        Written = "書き込み",
        Arrived = "到着",
        Nothing = "ありません。",
        OnlyFirst = "最新の {0} 件だけを表示しています。すべては Get-NapterPullHistory で確認できます。",
    };

    /// <summary>The texts of a language; English where there are none.</summary>
    /// <param name="language">A language as cultures name it: <c>ja</c>, <c>ja-JP</c>.</param>
    public static ReportTexts Of(string language) => language.StartsWith("ja", StringComparison.OrdinalIgnoreCase) ? Japanese : English;
}
