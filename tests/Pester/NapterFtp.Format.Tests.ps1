BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $rendering = $PSStyle.OutputRendering
    $simulator = Start-NapterSimulator
    Connect-Napter -Simulator $simulator
}

AfterAll {
    $PSStyle.OutputRendering = $rendering
    Disconnect-Napter
    Stop-NapterSimulator $simulator
}

Describe 'The views' -Tag Integration {
    It 'show the times of what came from another process, <Name>' -ForEach @{ Name = 'by a job or over SSH'; Depth = 1 }, @{ Name = 'by a file'; Depth = 2 } {
        $items = @(Get-NapterFtpItem -Imsi $simulator.Imsi -Path /log) + @(Get-NapterSim) + @(Get-NapterAuditLog -First 1)
        foreach ($item in $items) {
            $copy = [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($item, $Depth))
            # Fractions of a second do not travel.
            ($copy | Format-Table | Out-String -Width 160) -replace '\.\d{3}' | Should -Be (($item | Format-Table | Out-String -Width 160) -replace '\.\d{3}')
        }
    }

    Context 'states' {
        BeforeAll {
            $proxy = Start-NapterFtpProxy -Imsi $simulator.Imsi -Port 0 -Name line1 6> $null
            $pull = @{ Imsi = $simulator.Imsi; LiteralPath = '/README.txt'; Destination = $TestDrive; IfExists = 'Error'; ErrorAction = 'SilentlyContinue' }
            $shown = @(
                Get-NapterFtpProxy
                Get-NapterPort
                $proxy
                Copy-NapterFtpItem @pull
                Copy-NapterFtpItem @pull
                Test-NapterFtpDevice -Imsi $simulator.Imsi
                Stop-NapterFtpProxy line1
                Receive-Job $proxy
            ) | Group-Object { $_.GetType() }

            function Get-Rendered([string] $Rendering, [string] $Form) {
                $PSStyle.OutputRendering = $Rendering
                -join ($shown | ForEach-Object { $_.Group | & $Form | Out-String -Width 160 })
            }
        }

        It 'have the colours of $PSStyle in a <_>, and columns stay where they are' -ForEach Format-Table, Format-List {
            $good, $bad, $passing = $PSStyle.Foreground.Green, $PSStyle.Formatting.Error, $PSStyle.Formatting.Warning
            $coloured = Get-Rendered Ansi $_
            foreach ($text in "${good}Copied", "${good}Passed", "${good}Listening", "${bad}Failed", "${passing}Opening") {
                $coloured.Contains($text + $PSStyle.Reset) | Should -BeTrue -Because "$text has its colour"
            }
            $coloured -replace "`e\[[0-9;]*m" | Should -BeExactly (Get-Rendered PlainText $_)
        }

        It 'have none in a <_> that goes through the pipeline or to a file, nor with PlainText' -ForEach Format-Table, Format-List {
            (Get-Rendered Host $_).Contains("`e") | Should -BeFalse
            (Get-Rendered PlainText $_).Contains("`e") | Should -BeFalse
            $PSStyle.OutputRendering = 'Host'
            $shown.Group | Out-File (Join-Path $TestDrive 'out.txt')
            (Get-Content (Join-Path $TestDrive 'out.txt') -Raw).Contains("`e") | Should -BeFalse
        }

        It 'have none where the standard output of the process is redirected' {
            $program, $first = [Environment]::ProcessPath, [Environment]::GetCommandLineArgs()[0]
            $arguments = @(if ((Split-Path $program -LeafBase) -eq 'dotnet') { 'exec', $first }) + '-NoProfile', '-NonInteractive', '-Command'
            $script = @"
Import-Module '$(Join-Path $PSScriptRoot '../../NapterFtp.psd1')'
`$s = Start-NapterSimulator
Connect-Napter -Simulator `$s
Test-NapterFtpDevice -Imsi `$s.Imsi
"@
            # The headings' colour is PowerShell's own affair.
            $output = & $program @arguments $script | Select-String Passed -NoEmphasis | Out-String
            $output | Should -Match 'SignIn +Passed'
            $output.Contains("`e") | Should -BeFalse
        }
    }

    Context 'times' {
        It 'are shown the same in a culture whose calendar counts years otherwise' {
            $before = [cultureinfo]::CurrentCulture
            $japanese = [cultureinfo]::new('ja-JP')
            $japanese.DateTimeFormat.Calendar = [Globalization.JapaneseCalendar]::new()
            $item = Get-NapterFtpItem -Imsi $simulator.Imsi -Path / -Recurse | Where-Object Type -EQ File | Select-Object -First 1
            try {
                [cultureinfo]::CurrentCulture = $japanese
                $item | Format-Table | Out-String | Should -Match ('{0:d4}-{1:d2}-' -f $item.LastWriteTime.ToLocalTime().Year, $item.LastWriteTime.ToLocalTime().Month)
            } finally {
                [cultureinfo]::CurrentCulture = $before
            }
        }
    }

    Context 'names' {
        It 'are shown without what a terminal would obey, and the object keeps them: <Property> in <Form>' -Skip:$IsWindows -ForEach @(
            foreach ($form in 'Format-Table', 'Format-List') {
                @{ Form = $form; Property = 'FullName'; Command = { Get-NapterFtpItem -Imsi $device.Imsi -Path / } }
                @{ Form = $form; Property = 'Source'; Command = { Copy-NapterFtpItem -Imsi $device.Imsi -Path '/*' -Destination $TestDrive -ErrorAction SilentlyContinue } }
            }
        ) {
            # Would set the window's title, and turn what follows around.
            $name = "`e]0;owned`a`u{202E}a.csv"
            $root = Join-Path $TestDrive 'device'
            $null = New-Item -ItemType Directory $root -Force
            [IO.File]::WriteAllText((Join-Path $root $name), 'content')
            $device = Start-NapterSimulator -RootPath $root
            try {
                Connect-Napter -Simulator $device
                $PSStyle.OutputRendering = 'PlainText'
                $item = & $Command
                $item.$Property | Should -BeExactly "/$name"
                $text = $item | & $Form | Out-String -Width 300
                $text.Contains("/`u{FFFD}]0;owned`u{FFFD}`u{FFFD}a.csv") | Should -BeTrue
                $text | Should -Not -Match "[`e`a`u{202E}]"
            } finally {
                Connect-Napter -Simulator $simulator
                Stop-NapterSimulator $device
            }
        }
    }
}
