<#
.SYNOPSIS
    Runs a schedule every few seconds against a simulated device, gives the device a new file, and shows the history and the report.
.DESCRIPTION
    Needs no account, SIM or database server. Against real devices, Connect-Napter takes the place of the simulator, and the schedule has
    -Imsi, -Tag or -GroupId of your SIMs; with -Store 'Host=db;Database=napter' the service runs on as many computers as you like.
.PARAMETER Folder
    Where the store, the copies and the report go; a temporary folder by default.
#>
[CmdletBinding()]
param(
    [string] $Folder = (Join-Path ([IO.Path]::GetTempPath()) "ScheduledPull-$([guid]::NewGuid().ToString('N'))")
)

$ErrorActionPreference = 'Stop'
# In a checkout the module is beside; elsewhere it is found by its name.
$module = Join-Path $PSScriptRoot '../NapterFtp.psd1'
Import-Module $(if (Test-Path $module) { $module } else { 'NapterFtp' })

$null = New-Item -ItemType Directory -Path $Folder -Force
$store = @{ Store = Join-Path $Folder 'pulls.db' }
$in = Join-Path $Folder 'in'

# Looks until so many files have been copied.
function Wait-File([int] $Count) {
    $deadline = [datetime]::Now.AddMinutes(2)
    while (@(Get-NapterPullHistory @store | Where-Object Outcome -EQ Copied).Count -lt $Count) {
        if ([datetime]::Now -gt $deadline) { throw "No $Count files have come." }
        Start-Sleep -Milliseconds 200
    }
}

# SORACOM's API, the Napter gateway and an FTP device, all on this computer's loopback. The device's files are a folder here.
$simulator = Start-NapterSimulator
try {
    Connect-Napter -Simulator $simulator
    $files = @(Get-ChildItem (Join-Path $simulator.RootPath 'log') -File).Count

    # Each version of each file once, although the copies may be moved away.
    Register-NapterPull quick -Imsi $simulator.Imsi -Path '/log/*' -Destination $in -Every 3s @store | Format-Table | Out-String -Width 120
    $service = Start-NapterPullService @store -AllowedDestination $in
    Wait-File $files
    Write-Host "`n$files files have come. The device writes another one."
    Set-Content (Join-Path $simulator.RootPath 'log/new.csv') "$([datetime]::Now),21.5"
    Wait-File ($files + 1)

    Write-Host "`nWhat was done, a run every 3 seconds:"
    Get-NapterPullRun @store -First 5 | Format-Table | Out-String -Width 120
    Get-NapterPullService @store | Format-Table | Out-String -Width 120
    Write-Host 'What came:'
    Get-NapterPullHistory @store | Format-Table | Out-String -Width 120

    Stop-NapterPullService -Name $service.Name -Drain 30s
    Remove-Job $service
    $report = Export-NapterReport (Join-Path $Folder 'report.html') @store
    $left = @(Get-NapterPort)
    if ($left) { throw "$($left.Count) ports are still open." }
    Write-Host "The report is $report. No port is open any more."
} finally {
    Disconnect-Napter
    Stop-NapterSimulator $simulator
}
