# Copies all files of the devices' root folders, once it is told to, and says how long that took. Lives until it is told to end, so
# that what it has used can be read.
[CmdletBinding()]
param(
    # Several with commas between.
    [Parameter(Mandatory)] [string] $Imsi,
    [Parameter(Mandatory)] [string] $TrustedRootPath,
    [Parameter(Mandatory)] [string] $Destination,
    [int] $SessionLimit = 1,
    [string] $ApiRateLimit = 'Auto'
)

$ErrorActionPreference = 'Stop'
Import-Module NapterFtp
Connect-Napter -TrustedRootPath $TrustedRootPath -ApiRateLimit $ApiRateLimit
$devices = $Imsi -split ',' | ForEach-Object { [pscustomobject]@{ Imsi = $_ } }
'ready'
$null = [Console]::In.ReadLine()
$watch = [Diagnostics.Stopwatch]::StartNew()
$failed = @($devices | Copy-NapterFtpItem -Path '/*' -Destination "$Destination/{Imsi}" -SessionLimit $SessionLimit | Where-Object Status -NE 'Copied')
$seconds = $watch.Elapsed.TotalSeconds
foreach ($result in $failed) { throw "$($result.Source): $($result.Error)" }
"seconds $seconds"
$null = [Console]::In.ReadToEnd()
