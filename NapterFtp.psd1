@{
    RootModule        = 'bin/NapterFtp.PowerShell.dll'
    ModuleVersion     = '0.1.0'
    GUID              = 'bab621d3-641c-4da9-8fe4-33d55d277cb7'
    Author            = 'NapterFtp contributors'
    CompanyName       = 'NapterFtp contributors'
    Copyright         = 'Copyright (c) NapterFtp contributors. MIT licence.'
    Description       = 'FTP to field devices over SORACOM Napter: a relay for any FTP client, and cmdlets that pull and push files.'

    PowerShellVersion    = '7.6'
    CompatiblePSEditions = @('Core')

    FormatsToProcess  = @('formats/NapterFtp.Format.ps1xml')
    FunctionsToExport = @()
    VariablesToExport = @()
    AliasesToExport   = @()
    CmdletsToExport   = @(
        'Clear-NapterPullHistory'
        'Connect-Napter'
        'Copy-NapterFtpItem'
        'Disable-NapterPull'
        'Disconnect-Napter'
        'Enable-NapterPull'
        'Export-NapterPull'
        'Export-NapterReport'
        'Get-NapterAuditLog'
        'Get-NapterFtpItem'
        'Get-NapterFtpProxy'
        'Get-NapterPort'
        'Get-NapterPull'
        'Get-NapterPullHistory'
        'Get-NapterPullRun'
        'Get-NapterPullService'
        'Get-NapterRouterRule'
        'Get-NapterSim'
        'Get-NapterTunnel'
        'Import-NapterPull'
        'New-NapterFtpDirectory'
        'New-NapterPort'
        'New-NapterRouter'
        'Register-NapterPull'
        'Remove-NapterFtpItem'
        'Remove-NapterPort'
        'Remove-NapterRouterRule'
        'Rename-NapterFtpItem'
        'Set-NapterPull'
        'Start-NapterFtpProxy'
        'Start-NapterPull'
        'Start-NapterPullService'
        'Start-NapterSimulator'
        'Start-NapterTunnel'
        'Stop-NapterFtpProxy'
        'Stop-NapterPullService'
        'Stop-NapterSimulator'
        'Stop-NapterTunnel'
        'Sync-NapterFtpDirectory'
        'Test-NapterFtpDevice'
        'Unregister-NapterPull'
    )

    PrivateData = @{
        PSData = @{
            # Until CHANGELOG.md gives this version a date.
            Prerelease   = 'preview1'
            Tags         = @('SORACOM', 'Napter', 'FTP', 'FTPS', 'IoT', 'M2M', 'Proxy', 'Tunnel', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
            LicenseUri   = 'https://opensource.org/license/mit'
            ReleaseNotes = @'
0.1.0 is the first version: an FTP proxy to field devices over SORACOM Napter, cmdlets that pull, push and synchronise files of many
devices at a time, tunnels to any TCP port, a check of the whole way to a device, and a simulator of all of it. CHANGELOG.md in
the module's folder has the whole list.
'@
        }
    }
}
