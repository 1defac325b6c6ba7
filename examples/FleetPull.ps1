<#
.SYNOPSIS
    Brings the schedules of a store to a list of devices, and runs them now if asked to.
.DESCRIPTION
    The list is a CSV with the columns Imsi (or SimId), DevicePort and CredentialName, one device a line. Passwords do not belong in a
    list: a login is named, and looked up when it is needed (see about_NapterFtp_Credentials). A line without one logs in as anonymous.
    Devices with the same port and login become one schedule, whose devices begin spread over -Window.

    A service runs them at their times (RunPullService.ps1), on as many computers as share the store. Devices that SORACOM knows by a
    tag, a name or a group need no list: Register-NapterPull has -Tag, -NameFilter and -GroupId.

    With -Now the exit code is the number of devices with errors.
.PARAMETER DeviceList
    The CSV.
.PARAMETER Name
    What the schedules are called: fleet, fleet 2121, fleet 21 plant. Others of these names that the list has no device for are removed.
.PARAMETER At
    When they run, in the time zone -TimeZone.
.PARAMETER Now
    Runs them in this process as well, without a service.
.PARAMETER Simulator
    Tries it out with three simulated devices and one that is not there.
#>
[CmdletBinding()]
param(
    [string] $DeviceList = './devices.csv',
    [string] $Name = 'fleet',
    [string] $Path = '/log/*.csv',
    [string] $Destination = './pulled/{Imsi}',
    [string[]] $At = '02:30',
    [string] $TimeZone = [TimeZoneInfo]::Local.Id,
    [timespan] $Window = '1:00',
    [string] $Store,
    [int] $ThrottleLimit = 16,
    [switch] $Now,
    [switch] $Simulator
)

$ErrorActionPreference = 'Stop'
# In a checkout the module is beside; elsewhere it is found by its name.
$module = Join-Path $PSScriptRoot '../NapterFtp.psd1'
Import-Module $(if (Test-Path $module) { $module } else { 'NapterFtp' })

$in = @{}
if ($Store) { $in.Store = $Store }
try {
    if ($Simulator) {
        $Now = $true
        if (-not $Store) { $in.Store = Join-Path ([IO.Path]::GetTempPath()) "FleetPull-$PID.db" }
        $simulated = Start-NapterSimulator -Imsi '001010000000001', '001010000000002', '001010000000003'
        Connect-Napter -Simulator $simulated
        $DeviceList = Join-Path ([IO.Path]::GetTempPath()) 'FleetPull.csv'
        [IO.File]::WriteAllLines($DeviceList, [string[]] ('Imsi,DevicePort,CredentialName', '001010000000001,21,', '001010000000002,21,', '001010000000009,21,', '001010000000003,21,'))
    } elseif ($Now) {
        Connect-Napter
    }

    $schedules = Import-Csv $DeviceList | Group-Object { if ($_.DevicePort) { $_.DevicePort } else { '21' } }, CredentialName | ForEach-Object {
        $port, $login = $_.Values
        $pull = @{
            Name        = (@($Name) + @($port, $login | Where-Object { $_ -and $_ -ne '21' })) -join ' '
            DevicePort  = $port
            Path        = $Path
            Destination = $Destination
            At          = $At
            TimeZone    = $TimeZone
            Window      = $Window
            Force       = $true
        }
        $imsi, $simId = @($_.Group.Imsi | Where-Object { $_ }), @($_.Group.SimId | Where-Object { $_ })
        if ($imsi) { $pull.Imsi = $imsi }
        if ($simId) { $pull.SimId = $simId }
        if ($login) { $pull.CredentialName = $login }
        Register-NapterPull @pull @in
    }
    Get-NapterPull "$Name*" @in | Where-Object { $_.Name -notin $schedules.Name -and $_.Name -match "^$([regex]::Escape($Name))( |$)" } | Unregister-NapterPull @in -Confirm:$false
    $schedules | Format-Table | Out-String -Width 120 | Write-Host

    if ($Now) {
        $broken = foreach ($schedule in $schedules) {
            $null = Start-NapterPull $schedule.Name -Here -ThrottleLimit $ThrottleLimit @in -ErrorAction SilentlyContinue
            Get-NapterPullRun $schedule.Name -First 1 @in | ForEach-Object { Get-NapterPullRun -Id $_.Id -Device @in } | Where-Object State -NE Done
        }
        $broken | Format-Table Imsi, SimId, DevicePort, State, Error | Out-String -Width 160 | Write-Host
        $count = @($broken).Count
        Write-Host "Devices with errors: $count"
        exit $count
    }
} finally {
    Disconnect-Napter
    if ($simulated) { Stop-NapterSimulator $simulated }
}
