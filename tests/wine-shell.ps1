<#
.SYNOPSIS
    Has the shell of the package for Windows pull, push, mirror, relay, recover and be a service under Wine, against a simulator here on Linux.
.DESCRIPTION
    For tests/wine-shell.sh, which builds what this needs. The simulator is of this process, so that it can be asked what is open: it
    cannot make its keys under Wine. A line for each check, a last one with their counts; the exit code is that of the failed.
.PARAMETER Shell
    napterftp-shell.exe in the package's folder.
.PARAMETER Folder
    An empty folder for all that comes of it.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Shell,
    [Parameter(Mandatory)] [string] $Folder
)

$ErrorActionPreference = 'Stop'
Set-StrictMode -Version Latest
$program = "exec wine '$Shell'"
$limit = [timespan]::FromMinutes(3)
$count = @{ Passed = 0; Failed = 0 }

function Test-That([string] $What, [bool] $Holds, $Otherwise) {
    $count[$(if ($Holds) { 'Passed' } else { 'Failed' })]++
    Write-Host "$(if ($Holds) { 'PASS' } else { 'FAIL' }) $What$(if (-not $Holds) { ": $Otherwise" })"
}

function Wait-Until([scriptblock] $Condition) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($watch.Elapsed -gt $limit) { return $false }
        Start-Sleep -Milliseconds 50
    }
    $true
}

function Get-WindowsPath([string] $Path) { "Z:$($Path.Replace('/', '\'))" }

# Whoever has no terminal has no console under Wine, and PowerShell ends without a word where it has none: script(1) is the terminal.
function Open-Windows([string] $Name, [string] $Script, [switch] $SignIn) {
    $key = "`$key = [securestring]::new(); '$($simulator.AuthKey)'.ToCharArray() | ForEach-Object { `$key.AppendChar(`$_) }"
    $connect = "Connect-Napter -AuthKeyId $($simulator.AuthKeyId) -AuthKey `$key -Endpoint $($simulator.ApiEndPoint) -TrustedRootPath '$(Get-WindowsPath $simulator.TrustedRootPath)'"
    $file, $output, $trouble, $id = 'ps1', 'out', 'err', 'pid' | ForEach-Object { Join-Path $Folder "$Name.$_" }
    [IO.File]::WriteAllText($file, (@("`$ErrorActionPreference = 'Stop'"; if ($SignIn) { $key, $connect }; $Script) -join "`n"))
    $command = "echo `$`$ > $id; $program -NoProfile -NonInteractive -File '$(Get-WindowsPath $file)' > $output 2> $trouble"
    $start = [Diagnostics.ProcessStartInfo]::new('script', [string[]] ('--quiet', '--return', '--command', $command, '/dev/null'))
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
    $process = [Diagnostics.Process]::Start($start)
    [pscustomobject] @{ Name = $Name; Process = $process; Id = $id; Output = $output; Trouble = $trouble; Drained = $process.StandardOutput.ReadToEndAsync() }
}

# A service that runs a script.
function Add-Service([string] $Name, [string] $Script) {
    $file = Join-Path $Folder "$Name.ps1"
    [IO.File]::WriteAllText($file, $Script)
    $null = & wine sc create $Name binPath= "`"$(Get-WindowsPath $Shell)`" --service -NoProfile -NonInteractive -File `"$(Get-WindowsPath $file)`""
}

# Waits for what the script $proxy says, and returns the proxy's address; '' where it does not come.
function Get-ProxyUrl($Run) {
    $listens = Wait-Until { (Test-Path $Run.Output) -and [IO.File]::ReadAllText($Run.Output) -match 'listens=\d+\s' }
    Test-That "$($Run.Name): the proxy listens" $listens (Get-Content $Run.Trouble -Raw)
    if ($listens) { "ftp://127.0.0.1:$([regex]::Match([IO.File]::ReadAllText($Run.Output), 'listens=(\d+)').Groups[1].Value)" } else { '' }
}

# A client that is in the middle of a download.
function Open-SlowClient([string] $Url, [string] $File) {
    $client = [Diagnostics.Process]::Start('curl', [string[]] ('--silent', '--limit-rate', '1M', '--output', $File, $Url))
    Test-That "a download through $Url has begun" (Wait-Until { (Test-Path $File) -and (Get-Item $File).Length -gt 1MB }) 'it has not'
    $client
}

function Wait-Windows($Run) {
    if (-not $Run.Process.WaitForExit($limit)) {
        $Run.Process.Kill($true)
        Test-That "$($Run.Name): ends" $false 'it did not'
    }
    $text = [IO.File]::ReadAllText($Run.Output)
    if ($Run.Process.ExitCode -ne 0) { $text += [IO.File]::ReadAllText($Run.Trouble) }
    [pscustomobject] @{ ExitCode = $Run.Process.ExitCode; Text = $text; Lines = @($text -split '\r?\n' | Where-Object { $_ }) }
}

# Runs a script to its end: it has to end well, and to leave no port.
function Invoke-Windows([string] $Name, [string] $Script) {
    $result = Wait-Windows (Open-Windows $Name $Script -SignIn)
    Test-That "${Name}: ends with 0" ($result.ExitCode -eq 0) "exit code $($result.ExitCode): $($result.Text)"
    Test-NoPort $Name
    $result
}

function Test-NoPort([string] $Name) {
    Test-That "${Name}: the simulator has no open port" (Wait-Until { @($simulator.PortMappings).Count -eq 0 }) "$(@($simulator.PortMappings).Count) are open"
}

function Get-Tree([string] $Root) {
    $files = [IO.Directory]::GetFiles($Root, '*', [IO.EnumerationOptions] @{ RecurseSubdirectories = $true; AttributesToSkip = 0 })
    @($files | ForEach-Object { "$([IO.Path]::GetRelativePath($Root, $_)) $((Get-FileHash -LiteralPath $_).Hash)" } | Sort-Object -CaseSensitive)
}

function Test-Same([string] $What, [string] $Expected, [string] $Actual) {
    $these, $those = @(Get-Tree $Expected), @(Get-Tree $Actual)
    $difference = @(Compare-Object $these $those -CaseSensitive | ForEach-Object { "$($_.SideIndicator) $($_.InputObject)" })
    Test-That "${What}: $($these.Count) files have the same names and SHA-256" ($these.Count -gt 0 -and -not $difference) ($difference -join ', ')
}

function Test-SameFile([string] $What, [string] $Expected, [string] $Actual) {
    $these, $those = $Expected, $Actual | ForEach-Object { if (Test-Path $_) { (Get-FileHash -LiteralPath $_).Hash } else { 'no file' } }
    Test-That "$What has the same SHA-256" ($these -eq $those) "$these, $those"
}

function Add-File([string] $Path, [int] $Length) {
    $null = [IO.Directory]::CreateDirectory((Split-Path $Path))
    $bytes = [byte[]]::new($Length)
    [Random]::new($Length + $Path.Length).NextBytes($bytes)
    [IO.File]::WriteAllBytes($Path, $bytes)
}

function Add-Tree([string] $Root) {
    Add-File "$Root/README.txt" 700
    Add-File "$Root/empty.dat" 0
    Add-File "$Root/log/2024-04-01.csv" 120000
    Add-File "$Root/log/big.dat" 20000000
    Add-File "$Root/`u{30c7}`u{30fc}`u{30bf}/`u{6e2c}`u{5b9a} 1.csv" 5000
    Add-File "$Root/$(@('long' * 12) * 6 -join '/')/deep.csv" 3000
}

$device = Join-Path $Folder device
Add-Tree $device
$simulator = Start-NapterSimulator -RootPath $device
$imsi = $simulator.Imsi
$local = Join-Path $Folder local
$there = Get-WindowsPath $local
try {
    # What is written
    $written = Wait-Windows (Open-Windows Text "'`u{65e5}`u{672c}'; exit 3")
    Test-That 'Text: the exit code is the script''s' ($written.ExitCode -eq 3) $written.ExitCode
    $bytes = [Convert]::ToHexString([IO.File]::ReadAllBytes((Join-Path $Folder 'Text.out')))
    Test-That 'Text: what goes to a file is UTF-8' ($bytes -eq 'E697A5E69CAC0D0A') $bytes

    # The main job, as examples/FirstPull.ps1 does it with a simulator in the same process
    $result = Invoke-Windows MainJob @"
`$proxy = Start-NapterFtpProxy -Imsi $imsi -Port 0 -PassivePortRange 0
`$request = [Net.WebRequest]::Create("ftp://`$(`$proxy.ListenEndPoint)/log/2024-04-01.csv")
`$request.Credentials = [Net.NetworkCredential]::new('anonymous', 'user@example.com')
`$request.KeepAlive = `$false
`$response = `$request.GetResponse()
`$null = New-Item -ItemType Directory '$there' -Force
`$target = [IO.File]::Create('$there\main.csv')
`$response.GetResponseStream().CopyTo(`$target)
`$target.Dispose()
`$response.Dispose()
Stop-NapterFtpProxy -Name `$proxy.Name
`$steps = `$proxy | Receive-Job
"opened `$(@(`$steps | Where-Object State -EQ Opening).Count), closed `$(@(`$steps | Where-Object State -EQ Closed).Count)"
"left `$(@(Get-NapterPort).Count)"
"@
    Test-SameFile 'MainJob: the file' "$device/log/2024-04-01.csv" "$local/main.csv"
    Test-That 'MainJob: two ports were opened, and both closed' ($result.Lines -contains 'opened 2, closed 2' -and $result.Lines -contains 'left 0') $result.Text

    # Pull, push
    $null = Invoke-Windows Pull "Copy-NapterFtpItem $imsi -Path '/*' -Recurse -Destination '$there\pulled' -Hash | Where-Object { -not `$_.Verified } | ForEach-Object { `"`$(`$_.Source) `$(`$_.Status) `$(`$_.Error)`" }"
    Test-Same Pull $device "$local/pulled"
    $null = Invoke-Windows Push "`$null = Copy-NapterFtpItem $imsi -ToDevice -Path '$there\pulled\*' -Recurse -Destination /pushed"
    Test-Same Push "$local/pulled" "$device/pushed"

    # Mirror: what is gone, new and changed there is so here; what is the same stays
    [IO.Directory]::Delete("$device/pushed", $true)
    [IO.File]::Delete("$device/empty.dat")
    Add-File "$device/log/new.csv" 4000
    Add-File "$device/README.txt" 900
    Add-File "$local/pulled/only here.txt" 10
    $mirror = "Sync-NapterFtpDirectory $imsi -Path / -Destination '$there\pulled' -Mode Mirror -Confirm:`$false | Group-Object Status | Sort-Object Name | ForEach-Object { `"`$(`$_.Name) `$(`$_.Count)`" }"
    $result = Invoke-Windows Mirror $mirror
    Test-Same Mirror $device "$local/pulled"
    Test-That 'Mirror: only what differed was copied and deleted' (($result.Lines -join ', ') -eq 'Copied 2, Deleted 2, Skipped 4') $result.Text
    $result = Invoke-Windows MirrorAgain $mirror
    Test-That 'MirrorAgain: nothing is left to do' ($result.Lines -match 'Skipped 6' -and $result.Lines -notmatch 'Copied|Deleted') $result.Text

    # Names that Windows has no file for
    $odd = 'aux.csv', 'a:b.csv', 'dot.'
    $odd | ForEach-Object { Add-File "$device/odd/$_" 100 }
    Add-File "$device/odd/plain.csv" 100
    $result = Invoke-Windows Names "Copy-NapterFtpItem $imsi -Path '/odd/*' -Destination '$there\odd' -ErrorAction SilentlyContinue | ForEach-Object { `"`$(`$_.Source) `$(`$_.Status)`" }"
    Test-That 'Names: what Windows cannot keep is an error, all else is copied' (@($result.Lines -match '\.csv Copied').Count -eq 1 -and @($result.Lines -match ' Failed').Count -eq 3 -and (Test-Path "$local/odd/plain.csv")) $result.Text

    # A destination that a program has open
    $result = Invoke-Windows InUse @"
`$null = New-Item -ItemType Directory '$there\used' -Force
[IO.File]::WriteAllText('$there\used\README.txt', 'old')
`$program = [IO.File]::Open('$there\used\README.txt', 'Open', 'Read', 'Read')
`$null = Copy-NapterFtpItem $imsi -Path /README.txt -Destination '$there\used' -ErrorAction SilentlyContinue -ErrorVariable failed
"error=`$(`$failed[0].FullyQualifiedErrorId.Split(',')[0]) `$([IO.File]::ReadAllText('$there\used\README.txt').Length)"
`$program.Dispose()
"then=`$((Copy-NapterFtpItem $imsi -Path /README.txt -Destination '$there\used').Status)"
"@
    Test-That 'InUse: a file that a program has open is an error of its own, and stays; later it is replaced' ($result.Lines -contains 'error=LocalFileInUse 3' -and $result.Lines -contains 'then=Copied') $result.Text

    # Relay: the proxy under Wine, curl here
    $stop = Join-Path $Folder stop
    $proxy = "`$proxy = Start-NapterFtpProxy -Imsi $imsi -Port 0 -PassivePortRange 0; `"listens=`$(`$proxy.ListenEndPoint.Port)`""
    1..4 | ForEach-Object { Add-File "$device/four/$_.dat" (20000000 + $_) }
    $null = [IO.Directory]::CreateDirectory("$local/four")
    $run = Open-Windows Relay -SignIn @"
$proxy
while (-not (Test-Path '$(Get-WindowsPath $stop)')) { Start-Sleep -Milliseconds 100 }
Stop-NapterFtpProxy -Name `$proxy.Name
`$steps = `$proxy | Receive-Job
"opened `$(@(`$steps | Where-Object State -EQ Opening).Count), ended `$(@(`$steps | Where-Object State -In Closed, Failed).Count)"
"@
    $url = Get-ProxyUrl $run
    $curls = 1..4 | ForEach-Object { [Diagnostics.Process]::Start('curl', [string[]] ('--silent', '--show-error', '--output', "$local/four/$_.dat", "$url/four/$_.dat")) }
    $codes = $curls | ForEach-Object { $null = $_.WaitForExit($limit); $_.ExitCode }
    Test-That 'Relay: four downloads of 20 MB at once end with 0' (($codes -join '') -eq '0000') ($codes -join ', ')
    Test-Same 'Relay: down' "$device/four" "$local/four"
    & curl --silent --show-error --ftp-create-dirs --upload-file "$device/four/1.dat" "$url/up/1.dat"
    Test-SameFile 'Relay: an upload of 20 MB' "$device/four/1.dat" "$device/up/1.dat"

    $cut = Open-SlowClient "$url/four/1.dat" "$local/cut.dat"
    $cut.Kill()
    $cut.WaitForExit()
    Test-That 'Relay: a client that is killed in the middle leaves no data port' (Wait-Until { -not @($simulator.PortMappings | Where-Object DevicePort -NE 21) }) 'it does'
    & curl --silent --show-error --output "$local/after.dat" "$url/four/2.dat"
    Test-SameFile 'Relay: the next download' "$device/four/2.dat" "$local/after.dat"
    [IO.File]::WriteAllText($stop, '')
    $result = Wait-Windows $run
    Test-That 'Relay: each port that was opened has ended' ($result.Text -match 'opened (\d+), ended \1\b') $result.Text
    Test-NoPort Relay

    # Ctrl+C. Ctrl+Break cannot be pressed under Wine (GenerateConsoleCtrlEvent finds no console), and where a window is closed Wine ends
    # the programs in it and tells them nothing.
    $run = Open-Windows Interrupted -SignIn "$proxy; Start-Sleep 600"
    $client = Open-SlowClient "$(Get-ProxyUrl $run)/four/1.dat" "$local/interrupted.dat"
    $run.Process.StandardInput.Write([char] 3)
    $run.Process.StandardInput.Flush()
    $null = Wait-Windows $run
    Test-That 'Interrupted: all ports are closed before the process ends' (@($simulator.PortMappings).Count -eq 0) "$(@($simulator.PortMappings).Count) are open"
    $client.WaitForExit()

    # The end by kill -9, and the next start
    $run = Open-Windows Killed -SignIn "$proxy; Start-Sleep 600"
    $client = Open-SlowClient "$(Get-ProxyUrl $run)/four/1.dat" "$local/killed.dat"
    & kill -9 ([IO.File]::ReadAllText($run.Id).Trim())
    $run.Process.WaitForExit()
    $client.WaitForExit()
    Test-That 'Killed: its two ports stay open' (@($simulator.PortMappings).Count -eq 2) "$(@($simulator.PortMappings).Count) are open"
    $null = Invoke-Windows Recovery "while (Get-NapterPort) { Start-Sleep -Milliseconds 100 }"

    # As a service. While Wine's own services start, its service manager is locked.
    $said = Join-Path $Folder 'service.txt'
    $say = "function Say([string] `$What) { [IO.File]::AppendAllText('$(Get-WindowsPath $said)', `"`$What`n`") }"
    Add-Service NapterLives "$say; Say lives; try { while (`$true) { Start-Sleep -Milliseconds 100 } } finally { Start-Sleep -Seconds 2; Say ends }"
    Add-Service NapterEnds "$say; Say 'is over'; exit 3"
    Test-That 'Service: it starts' (Wait-Until { & wine net start NapterLives *> $null; $LASTEXITCODE -eq 0 }) 'it does not'
    Test-That 'Service: its script runs' (Wait-Until { (Test-Path $said) -and [IO.File]::ReadAllText($said) -match 'lives' }) 'it does not'
    $null = & wine net stop NapterLives
    $stops = Wait-Until { (& wine sc query NapterLives) -match 'STOPPED' }
    Test-That 'Service: it counts as stopped once its script has been told and has ended' ($stops -and [IO.File]::ReadAllText($said) -match 'ends') (Get-Content $said -Raw)
    $null = & wine net start NapterEnds
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $null = Wait-Until { (& wine sc query NapterEnds) -match 'STOPPED' }
    $state = (& wine sc query NapterEnds) -join ' '
    Test-That 'Service: a script that ends by itself stops it soon, with its exit code' ($state -match 'STOPPED' -and $state -match 'WIN32_EXIT_CODE\s+: 3\b' -and $watch.Elapsed.TotalSeconds -lt 45) "$($watch.Elapsed) $state"
} finally {
    Stop-NapterSimulator $simulator
}

Write-Host "$($count.Passed) passed, $($count.Failed) failed"
exit [Math]::Min($count.Failed, 100)
