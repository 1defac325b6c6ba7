<#
.SYNOPSIS
    Pulls the new files of devices by a schedule, without a service: for cron, a systemd timer or Task Scheduler.
.DESCRIPTION
    Signs in by the environment or soracom-cli's profile (see about_NapterFtp_Credentials), brings the schedule to what is asked for
    here, and runs it once. Each version of each file is copied once, wherever its copy has gone since; a run that was broken off goes on
    with the next. Exit code 0: all is here; 1: something could not be copied; 2: nothing could be done.

    Where a computer is to run schedules at their times by itself, start the service instead: RunPullService.ps1.

    Every night at 02:30:

    Task Scheduler (Windows)
        schtasks /Create /TN NightlyPull /SC DAILY /ST 02:30 /RU napter /RP * /TR "\"C:\Program Files\PowerShell\7\pwsh.exe\" -NoProfile -NonInteractive -File C:\NapterFtp\examples\NightlyPull.ps1 -Imsi 440101234567890 -Destination D:\pulled"
      By its full path, for the Store's pwsh is one user's; docs/operations.md has the settings without which a task does not start on
      batteries, nor later where its time was missed.

    systemd: /etc/systemd/system/nightly-pull.service, then systemctl enable --now nightly-pull.timer
        [Service]
        Type=oneshot
        User=napter
        EnvironmentFile=/etc/napter.env
        ExecStart=/usr/bin/pwsh -NoProfile -File /opt/NapterFtp/examples/NightlyPull.ps1 -Imsi 440101234567890 -Destination /srv/pulled
      and /etc/systemd/system/nightly-pull.timer
        [Timer]
        OnCalendar=*-*-* 02:30:00
        RandomizedDelaySec=10min
        [Install]
        WantedBy=timers.target

    cron
        30 2 * * *  /usr/bin/pwsh -NoProfile -File /opt/NapterFtp/examples/NightlyPull.ps1 -Imsi 440101234567890 -Destination /srv/pulled
.PARAMETER Imsi
    The devices.
.PARAMETER Path
    What to pull.
.PARAMETER Destination
    Where to; {Imsi} stands for the device's.
.PARAMETER Name
    The schedule's name. It stays in the store, so that Get-NapterPullRun and Export-NapterReport tell of each night.
.PARAMETER LoginName
    The name of the devices' FTP login, in a vault, the environment or a file; anonymous by default.
.PARAMETER Store
    The file of the store, or Host=...;Database=... of a PostgreSQL server; pulls.db in the user's folder for state by default.
.PARAMETER RemoveSource
    Deletes each file on the device once its copy is verified.
.PARAMETER Simulator
    Tries it out with a simulated device.
#>
[CmdletBinding()]
param(
    [string[]] $Imsi,
    [string] $Path = '/log/*.csv',
    [string] $Destination = './pulled/{Imsi}',
    [string] $Name = 'nightly',
    [string] $LoginName,
    [string] $Store,
    [switch] $RemoveSource,
    [switch] $Simulator
)

$ErrorActionPreference = 'Stop'
try {
    # In a checkout the module is beside; elsewhere it is found by its name.
    $module = Join-Path $PSScriptRoot '../NapterFtp.psd1'
    Import-Module $(if (Test-Path $module) { $module } else { 'NapterFtp' })
    $in = @{}
    if ($Store) { $in.Store = $Store }
    if ($Simulator) {
        if (-not $Store) { $in.Store = Join-Path ([IO.Path]::GetTempPath()) "NightlyPull-$PID.db" }
        $simulated = Start-NapterSimulator
        $Imsi = $simulated.Imsi
        Connect-Napter -Simulator $simulated
    } else {
        Connect-Napter
    }

    $pull = @{
        Name          = $Name
        Imsi          = $Imsi
        Path          = $Path
        Destination   = $Destination
        Retry         = 5
        RetryInterval = '30s'
        RemoveSource  = $RemoveSource
        At            = '02:30'
        # No service is to run it as well.
        Disabled      = $true
        Force         = $true
    }
    if ($LoginName) { $pull.CredentialName = $LoginName }
    $null = Register-NapterPull @pull @in
    $files = @(Start-NapterPull $Name -Here @in -ErrorAction Continue -ErrorVariable failures)
    $copied = @($files | Where-Object { $_.Status -in 'Copied', 'Resumed' })
    Write-Host "$($copied.Count) files pulled, $(@($files | Where-Object Status -EQ 'Skipped').Count) were here already, $($failures.Count) errors. Get-NapterPullHistory shows them."
    exit [int]($failures.Count -gt 0)
} catch {
    Write-Host "Nothing could be pulled: $_"
    exit 2
} finally {
    if (Get-Module NapterFtp) {
        Disconnect-Napter
        if ($simulated) { Stop-NapterSimulator $simulated }
    }
}
