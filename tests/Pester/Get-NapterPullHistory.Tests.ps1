BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $store = Join-Path $TestDrive 'pulls.db'
}

Describe 'Get-NapterPullHistory' -Tag Integration {
    It 'says that there is no such store' {
        $problem = Get-CommandError { Get-NapterPullHistory -Store (Join-Path $TestDrive 'none.db') }
        $problem.FullyQualifiedErrorId | Should -BeLike 'StoreNotFound,*'
        Join-Path $TestDrive 'none.db' | Should -Not -Exist
    }

    It 'gives nothing where nothing was pulled yet' {
        $null = New-Item $store
        Get-NapterPullHistory -Store $store | Should -BeNullOrEmpty
    }

    It 'completes the names of schedules' {
        $registered = Join-Path $TestDrive 'registered.db'
        $null = Register-NapterPull nightly -Imsi 001010000000001 -Path /log/* -Destination $TestDrive -Every 1h -Store $registered
        $line = "Get-NapterPullHistory -Store '$registered' -Pull n"
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be nightly
    }

    It 'gives nothing where there is no store by default' {
        $state = $env:XDG_STATE_HOME
        try {
            $env:XDG_STATE_HOME = $TestDrive
            if ($IsLinux) { Get-NapterPullHistory | Should -BeNullOrEmpty } else { Set-ItResult -Skipped -Because 'the folder is the user''s own' }
        } finally {
            $env:XDG_STATE_HOME = $state
        }
    }

    It 'refuses a password in the text and does not show it' {
        $problem = Get-CommandError { Get-NapterPullHistory -Store 'Host=db;Password=topsecret' }
        $problem.FullyQualifiedErrorId | Should -BeLike 'StorePasswordRefused,*'
        $problem.CategoryInfo.Category | Should -Be SecurityError
        "$($problem.Exception) $($problem.ErrorDetails) $($problem.TargetObject)" | Should -Not -BeLike '*topsecret*'
    }

    It 'leaves a file that is no store as it is' {
        $diary = Join-Path $TestDrive 'diary.txt'
        'This is no database, but long enough to be taken for one: ' + 'x' * 2000 | Set-Content $diary
        $before = (Get-FileHash $diary).Hash
        (Get-CommandError { Get-NapterPullHistory -Store $diary }).FullyQualifiedErrorId | Should -BeLike 'StoreDamaged,*'
        (Get-FileHash $diary).Hash | Should -Be $before
    }

    It 'says so where a server cannot be reached' {
        $problem = Get-CommandError { Get-NapterPullHistory -Store 'Host=127.0.0.1;Port=1;Database=x;Timeout=5' }
        $problem.FullyQualifiedErrorId | Should -BeLike 'StoreUnreachable,*'
        $problem.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }
}
