# Copies all files of the device's root folder and says how long that took.
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Imsi,
    [Parameter(Mandatory)] [string] $TrustedRootPath,
    [Parameter(Mandatory)] [string] $Destination,
    [int] $SessionLimit = 1
)

$ErrorActionPreference = 'Stop'
Import-Module (Join-Path $PSScriptRoot '../../NapterFtp.psd1')
Connect-Napter -TrustedRootPath $TrustedRootPath
$watch = [Diagnostics.Stopwatch]::StartNew()
$results = @(Copy-NapterFtpItem -Imsi $Imsi -Path '/*' -Destination $Destination -SessionLimit $SessionLimit)
$seconds = $watch.Elapsed.TotalSeconds
foreach ($result in $results) { if ($result.Status -ne 'Copied') { throw "$($result.Source): $($result.Error)" } }
"seconds $seconds"
