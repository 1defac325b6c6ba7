<#
.SYNOPSIS
    Pulls files from all devices of a list, several at a time.
.DESCRIPTION
    The list is a CSV with the columns Imsi (or SimId), DevicePort and UserName, one device a line. Passwords do not belong in
    a list: each is looked up by its user name in a vault of Microsoft.PowerShell.SecretManagement. A line without a user name
    logs in as anonymous.

    One device that is broken or slow holds up none of the others. The exit code is the number of devices with errors.
.PARAMETER DeviceList
    The CSV.
.PARAMETER Vault
    The vault with the passwords; its default one otherwise.
.PARAMETER Simulator
    Tries it out with three simulated devices and one that is not there.
#>
[CmdletBinding()]
param(
    [string] $DeviceList = './devices.csv',
    [string] $Path = '/log/*.csv',
    [string] $Destination = './pulled/{Imsi}',
    [int] $ThrottleLimit = 16,
    [string] $Vault,
    [switch] $Simulator
)

$ErrorActionPreference = 'Stop'
# In a checkout the module is beside; elsewhere it is found by its name.
$module = Join-Path $PSScriptRoot '../NapterFtp.psd1'
Import-Module $(if (Test-Path $module) { $module } else { 'NapterFtp' })

# A copy of the list's line with a credential in the place of the user name; its properties bind by name.
function Add-Credential([string] $Vault) {
    process {
        $device = [ordered]@{ Imsi = $_.Imsi; SimId = $_.SimId; DevicePort = $_.DevicePort }
        if ($_.UserName) {
            $secret = @{ Name = $_.UserName }
            if ($Vault) { $secret.Vault = $Vault }
            $device.Credential = [pscredential]::new($_.UserName, (Get-Secret @secret))
        }

        [pscustomobject] $device
    }
}

try {
    if ($Simulator) {
        $simulated = Start-NapterSimulator -Imsi '001010000000001', '001010000000002', '001010000000003'
        Connect-Napter -Simulator $simulated
        $DeviceList = Join-Path ([IO.Path]::GetTempPath()) 'FleetPull.csv'
        [IO.File]::WriteAllLines($DeviceList, [string[]] ('Imsi,DevicePort,UserName', '001010000000001,21,', '001010000000002,21,', '001010000000009,21,', '001010000000003,21,'))
    } else {
        Connect-Napter
    }

    $copy = @{
        Path          = $Path
        Destination   = $Destination
        IfExists      = 'Resume'
        ThrottleLimit = $ThrottleLimit
        ErrorAction   = 'Continue'
        ErrorVariable = 'failures'
    }
    Import-Csv $DeviceList | Add-Credential -Vault $Vault | Copy-NapterFtpItem @copy | ForEach-Object {
        $_
        if ($_.Status -eq 'Failed') { $broken += @($_.Imsi + $_.SimId) }
    } | Format-Table Imsi, Source, Status, Length, Error
    $count = @($broken | Select-Object -Unique).Count
    Write-Host "Devices with errors: $count"
    exit $count
} finally {
    Disconnect-Napter
    if ($simulated) { Stop-NapterSimulator $simulated }
}
