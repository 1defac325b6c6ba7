<#
.SYNOPSIS
    Pulls a file from a simulated device through the proxy, as any FTP client would, and shows the life of each port.
.DESCRIPTION
    Needs no account, SIM or FTP client. Against a real device, Connect-Napter takes the place of the simulator, and -Imsi is
    that of your SIM.
.PARAMETER Path
    The file on the device.
.PARAMETER Destination
    Where to put it; a temporary folder by default.
#>
[CmdletBinding()]
param(
    [string] $Path = 'log/2024-04-01.csv',
    [string] $Destination = (Join-Path ([IO.Path]::GetTempPath()) "FirstPull-$([guid]::NewGuid().ToString('N'))")
)

$ErrorActionPreference = 'Stop'
# In a checkout the module is beside; elsewhere it is found by its name.
$module = Join-Path $PSScriptRoot '../NapterFtp.psd1'
Import-Module $(if (Test-Path $module) { $module } else { 'NapterFtp' })

# SORACOM's API, the Napter gateway and an FTP device, all on this computer's loopback.
$simulator = Start-NapterSimulator
try {
    Connect-Napter -Simulator $simulator

    # Port 0: any free one. A script that runs day by day would take a fixed one.
    $proxy = Start-NapterFtpProxy -Imsi $simulator.Imsi -Port 0 -PassivePortRange 0

    # Any FTP client will do; this is the one that .NET has.
    $null = New-Item -ItemType Directory -Path $Destination -Force
    $file = Join-Path $Destination (Split-Path $Path -Leaf)
    $request = [Net.WebRequest]::Create("ftp://$($proxy.ListenEndPoint)/$Path")
    $request.Credentials = [Net.NetworkCredential]::new('anonymous', 'user@example.com')
    $request.KeepAlive = $false
    $response = $request.GetResponse()
    $source = $response.GetResponseStream()
    $target = [IO.File]::Create($file)
    $source.CopyTo($target)
    $target.Dispose()
    $response.Dispose()

    # The simulated device's files are a folder here, so that the copy can be compared with the original.
    $expected = (Get-FileHash (Join-Path $simulator.RootPath $Path)).Hash
    $actual = (Get-FileHash $file).Hash
    if ($actual -ne $expected) { throw "The file that arrived differs from the device's: $actual, not $expected." }
    Write-Host "`n$file has arrived, $((Get-Item $file).Length) bytes, SHA-256 $actual."

    Stop-NapterFtpProxy -Name $proxy.Name
    Write-Host "`nWhat the ports went through:"
    $proxy | Receive-Job | Format-Table | Out-String -Width 120
    Remove-Job $proxy

    $left = @(Get-NapterPort)
    if ($left) { throw "$($left.Count) ports are still open." }
    Write-Host 'No port is open any more.'
} finally {
    Disconnect-Napter
    Stop-NapterSimulator $simulator
}
