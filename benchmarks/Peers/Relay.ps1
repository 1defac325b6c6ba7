# Runs the relay that the benchmarks measure, until standard input ends.
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [ValidateSet('proxy', 'tunnel')] [string] $Kind,
    [Parameter(Mandatory)] [int] $DevicePort,
    [Parameter(Mandatory)] [string] $TrustedRootPath,
    [TimeSpan] $PortLinger = [TimeSpan]::Zero,
    [switch] $Prefetch
)

$ErrorActionPreference = 'Stop'
Import-Module NapterFtp
Connect-Napter -TrustedRootPath $TrustedRootPath
if ($Kind -eq 'proxy') {
    $more = @{}
    if ($Prefetch) { $more.Prefetch = $true }
    $relay = Start-NapterFtpProxy -Imsi 001010000000001 -DevicePort $DevicePort -Port 0 -PassivePortRange 0 -PortLinger $PortLinger @more
} else {
    $relay = Start-NapterTunnel -Imsi 001010000000001 -DevicePort $DevicePort -Port 0
}

"listening $($relay.ListenEndPoint)"
$null = [Console]::In.ReadToEnd()
