# Imports the module and starts a proxy, each when told to, and says what that took.
[CmdletBinding()]
param([Parameter(Mandatory)] [string] $TrustedRootPath)

$ErrorActionPreference = 'Stop'
$folder = [IO.Path]::Combine($PSHOME, 'Modules', 'NapterFtp')
if (-not [IO.Directory]::Exists($folder)) { $folder = [IO.Path]::GetFullPath([IO.Path]::Combine($PSScriptRoot, '../..')) }
$manifest = [IO.Path]::Combine($folder, 'NapterFtp.psd1')

# The host's own first use of what an import needs is not the module's.
$other = [IO.Path]::Combine([IO.Path]::GetTempPath(), "napterftp-empty-$PID.psm1")
[IO.File]::WriteAllText($other, 'function Test-Empty { }')
Import-Module $other
Remove-Module "napterftp-empty-$PID"
[IO.File]::Delete($other)
'ready'
$null = [Console]::In.ReadLine()

$before = [AppDomain]::CurrentDomain.GetAssemblies().Length
$watch = [Diagnostics.Stopwatch]::StartNew()
Import-Module $manifest
"import $($watch.Elapsed.TotalMilliseconds)"
"assemblies $([AppDomain]::CurrentDomain.GetAssemblies().Length - $before)"
$null = [Console]::In.ReadLine()

Connect-Napter -TrustedRootPath $TrustedRootPath
$proxy = Start-NapterFtpProxy -Imsi 001010000000001 -Port 0 -PassivePortRange 0
"listening $($proxy.ListenEndPoint)"
$null = [Console]::In.ReadToEnd()
