BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    . $PSScriptRoot/Pulls.ps1
    $simulator = Open-PullDevice
    $reports = Join-Path $TestDrive 'reports'
    $null = Register-NapterPull nightly -Imsi $what.Imsi -Path $what.Path -Destination (Join-Path $in '{Imsi}') @seldom @store
}

AfterAll { Disconnect-Napter; Stop-NapterSimulator $simulator }

Describe 'Start-NapterPullService' -Tag Integration {
    It 'starts none with -WhatIf' {
        Start-NapterPullService @store -WhatIf
        Get-NapterPullService @store | Should -BeNullOrEmpty
    }

    Context 'while it runs' {
        BeforeAll { $job = Start-NapterPullService night @store -AllowedDestination $in -ReportFolder $reports -MetricsPort 0 -LogPath (Join-Path $TestDrive 'log/night.jsonl') 6> $null }
        AfterAll { Stop-NapterPullService night -ErrorAction Ignore; $job | Remove-Job }

        It 'is a job' {
            $job | Should -BeOfType NapterFtp.PowerShell.Jobs.NapterPullServiceJob
            $job.State | Should -Be Running
        }

        It 'runs what Start-NapterPull asks for, and tells each file and device' {
            $run = Start-NapterPull nightly @store 6> $null
            $run.State | Should -Be Ended
            $run.Files | Should -Be 2
            Get-Content (Join-Path $in '001010000000001/a.csv') | Should -Be 'one'
            $device = Get-NapterPullRun -Id $run.Id -Device @store
            $device.State | Should -Be Done
            $device.Files | Should -Be 2
            $deadline = [datetime]::Now.AddSeconds(20)
            $output = [Collections.Generic.List[object]]::new()
            while ($output.Count -lt 3 -and [datetime]::Now -lt $deadline) { Receive-Job $job | ForEach-Object { $output.Add($_) }; Start-Sleep -Milliseconds 50 }
            @($output | Where-Object { $_.pstypenames -contains 'NapterFtp.NapterFtpTransfer' }).Status | Should -Be Copied, Copied
            @($output | Where-Object { $_.pstypenames -contains 'NapterFtp.NapterPullDevice' }).State | Should -Be Done
        }

        It 'writes a page about the run' {
            $deadline = [datetime]::Now.AddSeconds(20)
            while (-not (Get-ChildItem $reports -Filter *.html -ErrorAction Ignore) -and [datetime]::Now -lt $deadline) { Start-Sleep -Milliseconds 50 }
            Get-Content (Get-ChildItem $reports -Filter 'nightly * run *.html') -Raw | Should -Match '<html'
        }

        It 'shows what it did to Prometheus, and that it can work' {
            $page = Invoke-RestMethod $job.MetricsPage
            $page | Should -Match '(?m)^napterftp_pull_files_total\{napterftp_outcome="copied",napterftp_pull_name="nightly"\} \d+'
            $page | Should -Match '(?m)^napterftp_pull_members\{\} 1'
            Invoke-RestMethod ([uri]::new($job.MetricsPage, 'health')) | Should -Be "ok`n"
        }

        It 'logs what it did as JSON lines' {
            $lines = [IO.File]::Open((Join-Path $TestDrive 'log/night.jsonl'), 'Open', 'Read', 'ReadWrite, Delete')
            $events = [IO.StreamReader]::new($lines).ReadToEnd() -split "`n" | Where-Object { $_ } | ConvertFrom-Json
            $lines.Dispose()
            @($events | Where-Object event -EQ file).source | Sort-Object | Should -Be '/log/a.csv', '/log/b.csv'
            ($events | Where-Object event -EQ deviceEnded).state | Should -Be Done
        }

        It 'puts no file outside of what it may write, and says so' {
            $null = Register-NapterPull outside -Imsi $what.Imsi -Path $what.Path -Destination (Join-Path $TestDrive 'other') @seldom @store
            $errors = Get-CommandError { Start-NapterPull outside @store }
            $errors.FullyQualifiedErrorId | Should -BeLike 'PullDeviceFailed,*'
            $errors.Exception.Message | Should -Match 'outside of what the service on .* may write'
            Join-Path $TestDrive 'other' | Should -Not -Exist
        }

        It 'runs no script that nobody has allowed' {
            Set-Content (Join-Path $TestDrive 'after.ps1') "Set-Content '$TestDrive/ran' 1"
            $null = Register-NapterPull script @what @seldom -IfExists Overwrite -OnCopied (Join-Path $TestDrive 'after.ps1') @store
            (Get-CommandError { Start-NapterPull script @store }).Exception.Message | Should -Match 'outside of what the service on .* may run'
            Join-Path $TestDrive 'ran' | Should -Not -Exist
        }

        It 'refuses a disabled schedule' {
            $null = Disable-NapterPull nightly @store
            (Get-CommandError { Start-NapterPull nightly @store }).FullyQualifiedErrorId | Should -BeLike 'PullDisabled,*'
            $null = Enable-NapterPull nightly @store
        }

        It 'lets no second service use the file' {
            (Get-CommandError { Start-NapterPullService second @store }).FullyQualifiedErrorId | Should -BeLike 'PullServiceRunning,*'
            (Get-CommandError { Start-NapterPullService night @store }).FullyQualifiedErrorId | Should -BeLike 'NameInUse,*'
        }
    }

    It 'runs a script that is allowed, once per file' {
        $scripts = New-Item -ItemType Directory (Join-Path $TestDrive 'scripts')
        Set-Content (Join-Path $scripts 'after.ps1') "param(`$Transfer) Add-Content '$TestDrive/told' `$Transfer.Source"
        $null = Register-NapterPull script -Force @what @seldom -IfExists Overwrite -OnCopied (Join-Path $scripts 'after.ps1') @store
        $job = Start-NapterPullService @store -AllowedScript $scripts 6> $null
        try {
            $null = Start-NapterPull script @store 6> $null
            Get-Content (Join-Path $TestDrive 'told') | Sort-Object | Should -Be '/log/a.csv', '/log/b.csv'
        } finally {
            $job | Stop-NapterPullService
            $job | Remove-Job
        }
    }
}
