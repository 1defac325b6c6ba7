<#
.SYNOPSIS
    Pulls the new files of one device, unattended, and says by its exit code how it went.
.DESCRIPTION
    Signs in by the environment or soracom-cli's profile (see about_NapterFtp_Credentials), copies what is new or was left
    unfinished, and adds one line for each file to a CSV. Exit code 0: all is here; 1: some files could not be copied;
    2: nothing could be done.

    Every night at 02:30:

    Task Scheduler (Windows)
        schtasks /Create /TN NightlyPull /SC DAILY /ST 02:30 /TR "pwsh -NoProfile -File C:\NapterFtp\examples\NightlyPull.ps1 -Imsi 440101234567890 -Destination D:\pulled"

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
    The device.
.PARAMETER Path
    What to pull.
.PARAMETER Destination
    Where to; {Imsi} stands for the device's.
.PARAMETER Credential
    The device's FTP login; anonymous by default. A scheduled task reads it from a vault: Get-Secret device-login.
.PARAMETER RemoveSource
    Deletes each file on the device once its copy is verified.
.PARAMETER Simulator
    Tries it out with a simulated device.
#>
[CmdletBinding()]
param(
    [string] $Imsi,
    [string] $Path = '/log/*.csv',
    [string] $Destination = './pulled/{Imsi}',
    [pscredential] $Credential = [pscredential]::Empty,
    [string] $Log = (Join-Path ([IO.Path]::GetTempPath()) 'NightlyPull.csv'),
    [switch] $RemoveSource,
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

    # Resume: a file cut off last night goes on where it stopped, a log that has grown brings its new lines only.
    $copy = @{
        Imsi          = $Imsi
        Path          = $Path
        Destination   = $Destination
        Credential    = $Credential
        IfExists      = 'Resume'
        Retry         = 5
        RetryInterval = '30s'
        RemoveSource  = $RemoveSource
        ErrorAction   = 'Continue'
        ErrorVariable = 'failures'
    }
    $files = @(Copy-NapterFtpItem @copy)
    $files | Export-Csv -Path $Log -Append -NoTypeInformation
    $copied = @($files | Where-Object { $_.Status -in 'Copied', 'Resumed' })
    Write-Host "$($copied.Count) files pulled, $(@($files | Where-Object Status -EQ 'Skipped').Count) were here already, $($failures.Count) errors; see $Log."
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
