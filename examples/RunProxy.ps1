<#
.SYNOPSIS
    Keeps a proxy running and writes what becomes of its ports, one line a step: for a service, a container or a task.
.DESCRIPTION
    Signs in by the environment or soracom-cli's profile (see about_NapterFtp_Credentials). Runs until it is stopped (Ctrl+C,
    SIGTERM), which closes all ports. Exit code 1: the proxy could not be started, or ended by itself; the service manager
    should start it anew.
.PARAMETER Imsi
    The device.
.PARAMETER Port
    The local port for FTP clients.
.PARAMETER ListenAddress
    The local address for FTP clients: 0.0.0.0 for all.
.PARAMETER PassiveAddress
    The address that clients know this computer by, where that is another than its own: behind address translation, as in a
    container.
.PARAMETER AllowedClient
    The clients let in, with commas between: CIDR ranges or single addresses. Without it: whoever reaches the address.
.PARAMETER Simulator
    Tries it out with a simulated device.
#>
[CmdletBinding()]
param(
    [string] $Imsi,
    [int] $Port = 2121,
    [string] $ListenAddress = '127.0.0.1',
    [string] $PassivePortRange = '20000-20999',
    [string] $PassiveAddress,
    [string] $AllowedClient,
    [switch] $Simulator
)

$ErrorActionPreference = 'Stop'
try {
    # In a checkout the module is beside; elsewhere it is found by its name.
    $module = Join-Path $PSScriptRoot '../NapterFtp.psd1'
    Import-Module $(if (Test-Path $module) { $module } else { 'NapterFtp' })
    if ($Simulator) {
        $simulated = Start-NapterSimulator
        $Imsi = $simulated.Imsi
        Connect-Napter -Simulator $simulated
    } else {
        Connect-Napter
    }

    $options = @{ Imsi = $Imsi; Port = $Port; ListenAddress = $ListenAddress; PassivePortRange = $PassivePortRange }
    if ($PassiveAddress) { $options.PassiveAddress = $PassiveAddress }
    if ($AllowedClient) { $options.AllowedClient = $AllowedClient -split ',' }
    $proxy = Start-NapterFtpProxy @options
    Write-Host "The proxy to $Imsi listens on $($proxy.ListenEndPoint)."
    $proxy | Receive-Job -Wait | ForEach-Object {
        Write-Host "$($_.Time.ToString('o')) $($_.Kind) $($_.State) device port $($_.DevicePort) client $($_.Client) $($_.Command) $($_.BytesFromDevice) B down $($_.BytesToDevice) B up $($_.Error)"
    }
    Write-Host 'The proxy has ended.'
    exit 1
} catch {
    Write-Host "The proxy cannot run: $_"
    exit 1
} finally {
    if (Get-Module NapterFtp) {
        Disconnect-Napter
        if ($simulated) { Stop-NapterSimulator $simulated }
    }
}
