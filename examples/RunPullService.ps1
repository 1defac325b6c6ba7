<#
.SYNOPSIS
    Keeps a member of the service for scheduled pulls running, and writes a line for each file and device: for a service, a
    container or a task.
.DESCRIPTION
    Signs in by the environment or soracom-cli's profile (see about_NapterFtp_Credentials). Start it on as many computers as there
    are, with one store on PostgreSQL for all; a store in a file is for one. Runs until it is stopped (Ctrl+C, SIGTERM): what it has
    begun is gone on with by another member, or at its next start. Exit code 1: it could not be started, or ended by itself; the
    service manager should start it anew.
.PARAMETER Store
    The file of the store, or Host=...;Database=...;Username=... of a PostgreSQL server; its password is in ~/.pgpass or PGPASSWORD.
    By default the file pulls.db in the user's folder for state.
.PARAMETER AllowedDestination
    The folders that schedules may write to, with commas between. Whoever can write to the store decides where files go, so name
    them.
.PARAMETER MetricsPort
    The port of the pages /metrics, for Prometheus, and /health. None by default.
.PARAMETER MetricsAddress
    The address of the pages; * for all of this computer's.
.PARAMETER LogPath
    A file that gets what happens as JSON, a line each.
.PARAMETER ReportFolder
    A folder that gets a page about each run.
#>
[CmdletBinding()]
param(
    [string] $Store,
    [string] $AllowedDestination,
    [string] $AllowedScript,
    [ValidateRange(1, 256)]
    [int] $ThrottleLimit = 16,
    [int] $MetricsPort,
    [string] $MetricsAddress = '127.0.0.1',
    [string] $LogPath,
    [string] $ReportFolder
)

$ErrorActionPreference = 'Stop'
try {
    # In a checkout the module is beside; elsewhere it is found by its name.
    $module = Join-Path $PSScriptRoot '../NapterFtp.psd1'
    Import-Module $(if (Test-Path $module) { $module } else { 'NapterFtp' })
    Connect-Napter

    $options = @{ ThrottleLimit = $ThrottleLimit }
    if ($Store) { $options.Store = $Store }
    if ($AllowedDestination) { $options.AllowedDestination = $AllowedDestination -split ',' }
    if ($AllowedScript) { $options.AllowedScript = $AllowedScript -split ',' }
    if ($LogPath) { $options.LogPath = $LogPath }
    if ($ReportFolder) { $options.ReportFolder = $ReportFolder }
    if ($MetricsPort) {
        $options.MetricsPort = $MetricsPort
        $options.MetricsAddress = $MetricsAddress
    }
    $service = Start-NapterPullService @options
    Write-Host "$($service.Name) pulls what the schedules say."

    # What troubles it, such as a store that is away for a minute, is told and does not end it.
    $service | Receive-Job -Wait -ErrorAction Continue | ForEach-Object {
        $what = if ($_.Source) { "$($_.Status) $($_.Source) to $($_.Destination)" } else { "$($_.State) with $($_.Files) files of $($_.Pull)" }
        Write-Host "$([DateTimeOffset]::Now.ToString('o')) $($_.Imsi ?? $_.SimId) $what $($_.Error)"
    }
    Write-Host 'The service has ended.'
    exit 1
} catch {
    Write-Host "The service cannot run: $_"
    exit 1
} finally {
    if (Get-Module NapterFtp) { Disconnect-Napter }
}
