# A router for tests: an SSH server of this computer's, where there is one, or what SORACOM's API is answered in its place.
# Dot-sourced after Initialize-Test.ps1.

# sshd on a free port of the loopback address, with a host key of its own; null where it cannot be started.
function Open-SshServer {
    $sshd = Get-Command sshd -CommandType Application -ErrorAction Ignore | Select-Object -First 1
    if (-not $IsLinux -or -not $sshd -or -not (Get-Command ssh-keygen -ErrorAction Ignore) -or (id -u) -ne 0) { return }
    $folder = (New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "napterftp-sshd-$([guid]::NewGuid().ToString('N'))")).FullName
    chmod 700 $folder
    ssh-keygen -q -t ed25519 -N '' -f $folder/host
    $null = New-Item -ItemType Directory -Force /run/sshd
    $free = [Net.Sockets.TcpListener]::new([ipaddress]::Loopback, 0)
    $free.Start()
    $port = $free.LocalEndpoint.Port
    $free.Stop()
    Set-Content $folder/config "ListenAddress 127.0.0.1:$port", "HostKey $folder/host", 'PidFile none', 'UsePAM no', 'StrictModes no', 'UseDNS no', 'LogLevel VERBOSE'
    $process = Start-Process $sshd.Source "-D -E $folder/log -f $folder/config" -PassThru
    $server = [pscustomobject]@{
        Port = $port; Process = $process; Folder = $folder; Log = "$folder/log"; Fingerprint = ((ssh-keygen -lf $folder/host.pub) -split ' ')[1]
    }
    for ($look = 0; $look -lt 500; $look++) {
        try { [Net.Sockets.TcpClient]::new('127.0.0.1', $port).Dispose(); return $server } catch { Start-Sleep -Milliseconds 20 }
    }
    Close-SshServer $server
}

function Close-SshServer($Server) {
    if ($Server) {
        $Server.Process | Stop-Process -Force -ErrorAction Ignore
        Remove-Item $Server.Folder -Recurse -Force
    }
}

# A folder for state of the test's own, so that no router is known, and none stays so.
function Use-StateFolder {
    $script:stateBefore = $env:XDG_STATE_HOME
    $env:XDG_STATE_HOME = Join-Path $TestDrive "state-$([guid]::NewGuid().ToString('N'))"
}

function Restore-StateFolder { $env:XDG_STATE_HOME = $script:stateBefore }

# What is remembered of host keys.
function KnownRouters {
    $text = Get-ChildItem $env:XDG_STATE_HOME -Recurse -Filter known-routers.json -ErrorAction Ignore | Get-Content -Raw
    if ($text) { [regex]::Unescape($text) }
}

# A simulator, to which this connects, and a router that is told by SORACOM's API.
function Open-ApiRouter {
    $simulator = Start-NapterSimulator
    Connect-Napter -Simulator $simulator
    $simulator
    New-NapterRouter $simulator.Imsi 192.168.1.20 -Credential ([pscredential]::new('root', (ConvertTo-Secret 'any'))) -Via Api
}

# Has SORACOM's API find a router that answers each command with this text, and notes the commands. Made of expressions: a script block would
# have no runspace where the simulator calls it.
function Use-RouterAnswer($Sim, [string] $Text) {
    $commands = [Collections.Generic.List[string]]::new()
    $told = $Sim.GetType().GetProperty('AnswersSsh').PropertyType
    $commandType, $answerType = $told.GenericTypeArguments
    $command = [Linq.Expressions.Expression]::Parameter($commandType)
    $note = [Linq.Expressions.Expression]::Call(
        [Linq.Expressions.Expression]::Constant($commands), [Collections.Generic.List[string]].GetMethod('Add'),
        [Linq.Expressions.Expression[]] @([Linq.Expressions.Expression]::Property($command, 'Command')))
    $answer = [Linq.Expressions.Expression]::Constant([Activator]::CreateInstance($answerType, @(0, $Text, '')), $answerType)
    $body = [Linq.Expressions.Expression]::Block([Linq.Expressions.Expression[]] @($note, $answer))
    $Sim.AnswersSsh = [Linq.Expressions.Expression]::Lambda($told, $body, [Linq.Expressions.ParameterExpression[]] @($command)).Compile()
    , $commands
}

# What a router with nftables says of itself: its rules, of which one is ours and expired long ago.
function Get-RouterText([int] $UserId = 0) {
    @"
napterftp:uid $UserId
napterftp:clock $([DateTimeOffset]::UtcNow.ToUnixTimeSeconds())
napterftp:here 100.127.0.1 50000 10.128.0.5 22
napterftp:forward 1
napterftp:has nft
napterftp:has awk
napterftp:has grep
napterftp:backend nft
table ip napterftp { # handle 1
	chain prerouting { # handle 1
		type nat hook prerouting priority -110; policy accept;
		ip daddr 10.128.0.5 tcp dport 50001 dnat to 192.168.1.20:21 comment "napterftp-0123456789abcdef-1700000000-7" # handle 4
		ip saddr 192.168.1.22 ip daddr 192.168.1.1 tcp dport 50002 dnat to 127.0.0.1:50002 comment "napterftp-0123456789abcdef-1700000000-8" # handle 5
		tcp dport 8080 dnat to 192.168.1.99:80 # handle 6
	}
}
table inet fw4 { # handle 2
	chain forward { # handle 1
		type filter hook forward priority filter; policy drop;
	}
}
napterftp:status 0
"@ -replace "`r"
}

# What a command tells the person at the console, as -WhatIf does.
function Get-ConsoleText([scriptblock] $Command) {
    $file = Join-Path $TestDrive "console-$([guid]::NewGuid().ToString('N')).txt"
    $null = Start-Transcript $file
    try { & $Command | Out-Null } finally { $null = Stop-Transcript }
    Get-Content $file -Raw
}
