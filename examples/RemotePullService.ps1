<#
.SYNOPSIS
    Runs a member of the service for scheduled pulls on each of some computers, over PowerShell remoting by SSH.
.DESCRIPTION
    Each computer needs PowerShell 7.6 with the module, sshd with PowerShell as its subsystem, and what Connect-Napter signs in with.
    What the members report comes here, with the computer's name in PSComputerName. The members live as long as this script: for
    good, start them by each computer's own service manager (RunPullService.ps1).
.PARAMETER HostName
    The computers, as user@host or user@host:port. ssh must know their keys: it has nobody here to ask.
.PARAMETER Store
    Host=...;Database=...;Username=... of the PostgreSQL server that all of them use.
.PARAMETER AllowedDestination
    The folders that schedules may write to there.
.PARAMETER KeyFilePath
    The key of the SSH login; ssh's own configuration by default.
.EXAMPLE
    ./RemotePullService.ps1 -HostName ops@pull1, ops@pull2 -Store 'Host=db;Database=napter;Username=napter' -AllowedDestination /srv/pulled
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [string[]] $HostName,
    [Parameter(Mandatory)]
    [string] $Store,
    [string[]] $AllowedDestination,
    [string] $KeyFilePath
)

$ErrorActionPreference = 'Stop'
$key = @{}
if ($KeyFilePath) { $key.KeyFilePath = $KeyFilePath }
$options = @{ Store = $Store }
if ($AllowedDestination) { $options.AllowedDestination = $AllowedDestination }
$sessions = New-PSSession -HostName $HostName @key
try {
    # What troubles one member, such as a store that is away for a minute, or a lost computer, must not end the others.
    Invoke-Command -Session $sessions -ErrorAction Continue -ScriptBlock {
        $ErrorActionPreference = 'Stop'
        Import-Module NapterFtp
        Connect-Napter
        $options = $using:options
        Start-NapterPullService @options | Receive-Job -Wait -ErrorAction Continue
    }
} finally {
    $sessions | Remove-PSSession
}
