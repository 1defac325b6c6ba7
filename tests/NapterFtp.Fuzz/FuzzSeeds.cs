namespace NapterFtp.Fuzz;

/// <summary>Inputs to start from: what peers are known to send. One character a byte.</summary>
internal static class FuzzSeeds
{
    public static IReadOnlyList<string> Replies { get; } =
    [
        "220 Ready\r\n331 Password?\r\n230 In\r\n",
        "220-Welcome\r\n220.18.0.1 is you\r\n 220 not yet\r\n2200 files\r\n220 Ready\r\n",
        "226-Done\r\n226\r\n200 OK\n",
        "227-Entering Passive Mode\r\n (10,128,0,5,156,64)\r\n227 OK\r\n",
        "211-Features:\r\n AUTH TLS\r\n EPSV\r\n MLST type*;size*;modify*;\r\n PROT\r\n REST STREAM\r\n211 End\r\n",
        "211-Features:\nSIZE\n211-MDTM\n\n211 End\n",
        "211 No features\r\n",
        "221 FTP server busy, Goodbye.\r\n",
        "no reply at all\r\n\xFF\xFB\x01\r\n\r150 a\0b\r\r\n",
    ];

    public static IReadOnlyList<string> Commands { get; } =
    [
        "USER admin\r\nPASS secret\r\nTYPE I\r\nPASV\r\nRETR log.csv\r\n",
        "\xFF\xF4\xFF\xF2\x41\x42OR\r\n",
        "\xFF\xFA\x18\x01xterm\xFF\xF0NOOP\r\n",
        "STOR \x83\x5C\xFF\xFF.csv\r\nEPSV ALL\nQUIT",
        "SITE PSWD old new\r\nP@SW\r\n\r\n",
    ];

    public static IReadOnlyList<string> Addresses { get; } =
    [
        "Entering Passive Mode (10,128,0,5,156,64).",
        "=10,128,0,5,156,64",
        "Mode () 10, 128 ,0,5,156,64",
        "Entering Extended Passive Mode (|||40000|)",
        "(!!!40000!)",
        "(|1|10.128.0.5|40000|)",
        "127,0,0,1,195,80",
        "|1|132.235.1.2|6275|",
        "|2|1080::8:800:200C:417A|5282|",
    ];

    public static IReadOnlyList<string> Listings { get; } =
    [
        "total 8\r\n-rw-r--r-- 1 ftp ftp 1234 Jan 15 10:22 log.csv\r\ndrwxr-xr-x 2 ftp ftp 4096 Dec 31  2021 data\r\n",
        "lrwxrwxrwx 1 a b 6 Feb 29 10:22 a -> b -> /c/d/e\nbrw-rw---- 1 root disk 8, 0 Jan 15 10:22 sda\n",
        "-rw-r--r-- 1 a b 12 2024-01-15 10:22:33.123456789 +0900 x\r\n-rw-r--r-- 1 a b 12 1\x8C\x8E 15\x93\xFA 2021\x94N \x83\x5C.csv\r\n",
        "01-15-24  10:22PM       <DIR>          data\r\n01-15-2024  22:22                 1,234 a b.csv\r\n",
        "01-15-24  10:22AM    <JUNCTION>     link [C:\\data]\r\n",
        "  512    JAN-15-2024  10:22:33   DATA 1            <DIR>\r\n",
        "type=file;size=1234;modify=20240115102233.5; log.csv\r\ntype=cdir; .\r\ntype=OS.unix=slink:/a b; link\r\n",
        "/data/a.csv\r\n./b\r\n\x83\x5C.csv\r\n",
        "20240115102233.123",
    ];

    /// <summary>Whole dialogues: the client's lines begin with <c>&gt;</c>.</summary>
    public static IReadOnlyList<string> Sessions { get; } =
    [
        "220 Ready.\r\n>USER a\r\n331 Password.\r\n>PASS b\r\n230 In.\r\n>PASV\r\n227 Entering Passive Mode (10,0,0,5,156,64).\r\n>RETR x\r\n150 Here.\r\n226 Done.\r\n>QUIT\r\n221 Bye.\r\n",
        "220-Hello\r\n220 Ready.\r\n>FEAT\r\n211-Features:\r\n AUTH TLS\r\n UTF8\r\n211 End\r\n>AUTH TLS\r\n>EPSV\r\n500 What?\r\n227 =10,0,0,5,156,64\r\n>LIST\r\n>ABOR\r\n426 Cut.\r\n226 Aborted.\r\n",
        "220 Ready.\r\n>PASV\r\n227 Entering Passive Mode (10,0,0,5,156,64).\r\n>RETR a\r\n150 Here.\r\n226 Done.\r\n>PASV\r\n227 Entering Passive Mode (10,0,0,5,156,65).\r\n>RETR b\r\n150 Here.\r\n226 Done.\r\n227 Entering Passive Mode (10,0,0,5,156,66).\r\n>SIZE c\r\n213 3\r\n>EPSV\r\n>RETR c\r\n150 Here.\r\n226 Done.\r\n>QUIT\r\n221 Bye.\r\n",
        "220 Ready.\r\n>PORT 127,0,0,1,195,80\r\n227 Entering Passive Mode (10,0,0,5,156,64).\r\n>STOR y\r\n150 Go.\r\n451 No.\r\n>EPSV ALL\r\n>EPSV\r\n229 Entering Extended Passive Mode (|||40001|)\r\n>EPSV\r\n229 (|||40002|)\r\n>RETR z\r\n550 None.\r\n>REIN\r\n220 Again.\r\n",
        "221 FTP server busy, Goodbye.\r\n>QUIT\r\n",
        "220 Ready.\r\n>EPRT |1|127.0.0.1|50001|\r\n502 No.\r\n502 No.\r\n>STAT\r\n211-Status\r\n227 (1,2,3,4,5,6)\r\n211 End\r\n>NOOP\r\n421 Timeout.\r\n",
    ];
}
