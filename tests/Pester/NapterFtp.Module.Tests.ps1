BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $root = Resolve-Path (Join-Path $PSScriptRoot '../..')
}

Describe 'The module' -Tag Unit {
    It 'has a valid manifest with the version that everything has' {
        $manifest = Test-ModuleManifest (Join-Path $root 'NapterFtp.psd1')
        $file = [Diagnostics.FileVersionInfo]::GetVersionInfo((Join-Path $root 'bin/NapterFtp.PowerShell.dll'))
        $file.ProductVersion -replace '\+.*' | Should -Be "$($manifest.Version)"
    }

    It 'tells a gallery what is new, and is a prerelease until the changelog dates its version' {
        $manifest = Import-PowerShellDataFile (Join-Path $root 'NapterFtp.psd1')
        $about = $manifest.PrivateData.PSData
        $about.ReleaseNotes | Should -Match "(?s)^$([regex]::Escape($manifest.ModuleVersion)) .*CHANGELOG\.md"
        $about.LicenseUri | Should -Not -BeNullOrEmpty
        $about.Tags | Where-Object { $_ -match '\s' } | Should -BeNullOrEmpty
        $dated = Select-String "^## \[$([regex]::Escape($manifest.ModuleVersion))\] - \d{4}-\d\d-\d\d" (Join-Path $root 'CHANGELOG.md')
        if ($dated) { $about.Prerelease | Should -BeNullOrEmpty } else { $about.Prerelease | Should -Match '^[0-9A-Za-z]+$' }
    }

    It 'has only approved verbs and singular nouns of its own' {
        $verbs = (Get-Verb).Verb
        foreach ($command in Get-Command -Module NapterFtp) {
            $command.Verb | Should -BeIn $verbs
            $command.Noun | Should -Match '^Napter'
        }
    }

    It 'has a test file of the name of each cmdlet' {
        $files = (Get-ChildItem $PSScriptRoot -Filter *.Tests.ps1).Name -replace '\.Tests\.ps1$'
        (Get-Command -Module NapterFtp).Name | Where-Object { $_ -cnotin $files } | Should -BeNullOrEmpty
    }

    It 'reads <Text> as a duration of <Seconds> seconds' -ForEach @(
        @{ Text = '90'; Seconds = 90 }
        @{ Text = '60s'; Seconds = 60 }
        @{ Text = '250ms'; Seconds = 0.25 }
        @{ Text = '1.5m'; Seconds = 90 }
        @{ Text = '8h'; Seconds = 28800 }
        @{ Text = '00:01:30'; Seconds = 90 }
    ) {
        $reader = [NapterFtp.PowerShell.Parameters.TimeSpanTransformationAttribute]::new()
        $reader.Transform($ExecutionContext, $Text) | Should -Be ([timespan]::FromSeconds($Seconds))
    }

    It 'reads a number or a time span as a duration' {
        $reader = [NapterFtp.PowerShell.Parameters.TimeSpanTransformationAttribute]::new()
        $reader.Transform($ExecutionContext, 90) | Should -Be ([timespan]::FromSeconds(90))
        $reader.Transform($ExecutionContext, [timespan]::FromSeconds(5)) | Should -Be ([timespan]::FromSeconds(5))
    }

    It '<_> can be asked what it would do' -ForEach @(
        'Disconnect-Napter', 'New-NapterPort', 'Remove-NapterPort', 'Start-NapterFtpProxy', 'Stop-NapterFtpProxy'
        'Start-NapterSimulator', 'Stop-NapterSimulator', 'Start-NapterTunnel', 'Stop-NapterTunnel'
    ) {
        (Get-Command $_).Parameters.Keys | Should -Contain WhatIf
    }

    It 'refuses a text that is no wildcard pattern with an error that says how to mean it: <_>' -ForEach @(
        { Get-NapterFtpItem -Imsi $simulator.Imsi -Filter '[z-a]' }
        { Get-NapterFtpItem -Imsi $simulator.Imsi -Include '[z-a]' }
        { Get-NapterFtpItem -Imsi $simulator.Imsi -Path '/[z-a]' }
        { Remove-NapterFtpItem -Imsi $simulator.Imsi -Path '/log/[z-a]' }
        { Copy-NapterFtpItem -Imsi $simulator.Imsi -Path '/[z-a]' -Destination $TestDrive }
        { Copy-NapterFtpItem -Imsi $simulator.Imsi -Path "$TestDrive/[z-a]" -ToDevice -Destination / }
        { Sync-NapterFtpDirectory -Imsi $simulator.Imsi -Path / -Destination $TestDrive -Exclude '[z-a]' }
        { Get-NapterSim -Name '[z-a]' }
        { Get-NapterSim -Tag 'a[' }
        { Get-NapterFtpProxy '[z-a]' }
        { Stop-NapterTunnel '[z-a]' }
    ) {
        $simulator = Start-NapterSimulator
        try {
            Connect-Napter -Simulator $simulator
            $failure = Get-CommandError $_
            $failure.FullyQualifiedErrorId | Should -BeLike 'InvalidWildcard,*'
            $failure.CategoryInfo.Category | Should -Be InvalidArgument
            $failure.ErrorDetails.RecommendedAction | Should -Match '-LiteralPath'
        } finally {
            Disconnect-Napter
            Stop-NapterSimulator $simulator
        }
    }

    It 'has scripts that PSScriptAnalyzer finds nothing in' {
        if (-not (Get-Module -ListAvailable PSScriptAnalyzer)) { Set-ItResult -Skipped -Because 'this PowerShell has no PSScriptAnalyzer' }
        $scripts = Get-ChildItem $root -Recurse -Include *.ps1, *.psd1 | Where-Object FullName -NotMatch '[\\/](bin|obj|artifacts)[\\/]'
        $findings = $scripts | ForEach-Object {
            Invoke-ScriptAnalyzer -Path $_.FullName -Settings (Join-Path $root 'PSScriptAnalyzerSettings.psd1')
        }
        $findings | ForEach-Object { "$($_.ScriptName):$($_.Line) $($_.RuleName)" } | Should -BeNullOrEmpty
    }
}
