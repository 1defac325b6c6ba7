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
        'Connect-Napter'
        'Copy-NapterFtpItem'
        'Disconnect-Napter'
        'Get-NapterAuditLog'
        'Get-NapterFtpItem'
        'Get-NapterFtpProxy'
        'Get-NapterPort'
        'Get-NapterSim'
        'Get-NapterTunnel'
        'New-NapterFtpDirectory'
        'New-NapterPort'
        'Remove-NapterFtpItem'
        'Remove-NapterPort'
        'Rename-NapterFtpItem'
        'Start-NapterFtpProxy'
        'Start-NapterSimulator'
        'Start-NapterTunnel'
        'Stop-NapterFtpProxy'
        'Stop-NapterSimulator'
        'Stop-NapterTunnel'
        'Sync-NapterFtpDirectory'
        'Test-NapterFtpDevice'
    )

    PrivateData = @{
        PSData = @{
            Tags       = @('SORACOM', 'Napter', 'FTP', 'FTPS', 'IoT', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
            LicenseUri = 'https://opensource.org/license/mit'
        }
    }
}
