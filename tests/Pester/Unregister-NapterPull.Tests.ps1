BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    . $PSScriptRoot/Pulls.ps1
    $null = Register-NapterPull nightly @what -Every 1h @store
}

Describe 'Unregister-NapterPull' -Tag Integration {
    It 'forgets none with -WhatIf' {
        Unregister-NapterPull nightly @store -WhatIf
        (Get-NapterPull @store).Name | Should -Be 'nightly'
    }

    It 'says what to do where nobody can be asked' {
        $failure = Get-CommandError { Unregister-NapterPull nightly @store }
        $failure.FullyQualifiedErrorId | Should -BeLike 'ConfirmationMissing,*'
        $failure.TargetObject | Should -Be nightly
        $failure.ErrorDetails.RecommendedAction | Should -BeLike '*-Confirm:$false*'
        (Get-NapterPull @store).Name | Should -Be nightly
    }

    It 'forgets one' {
        Unregister-NapterPull nightly @store -Confirm:$false
        Get-NapterPull @store | Should -BeNullOrEmpty
        (Get-CommandError { Unregister-NapterPull nightly @store -Confirm:$false }).FullyQualifiedErrorId | Should -BeLike 'PullNotFound,*'
    }
}
