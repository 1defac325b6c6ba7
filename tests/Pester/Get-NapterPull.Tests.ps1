BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    . $PSScriptRoot/Pulls.ps1
    $null = Register-NapterPull nightly @what -At 02:30 @store
    $null = Register-NapterPull hourly @what -Every 1h @store
}

Describe 'Get-NapterPull' -Tag Integration {
    It 'gives all, those that a pattern means, or one' {
        (Get-NapterPull @store).Name | Should -Be 'hourly', 'nightly'
        (Get-NapterPull n* @store).Name | Should -Be 'nightly'
        (Get-NapterPull HOURLY @store).Every | Should -Be ([timespan] '01:00:00')
        Get-NapterPull x* @store | Should -BeNullOrEmpty
    }

    It 'says that there is no such schedule' {
        (Get-CommandError { Get-NapterPull nobody @store }).FullyQualifiedErrorId | Should -BeLike 'PullNotFound,*'
    }

    It 'completes names' {
        $line = "Get-NapterPull -Store '$($store.Store)' n"
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain 'nightly'
    }

    It 'completes names of a store that is named from the current folder' {
        Push-Location -LiteralPath (Split-Path $store.Store)
        try {
            $line = "Get-NapterPull -Store './$(Split-Path $store.Store -Leaf)' n"
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain 'nightly'
        } finally {
            Pop-Location
        }
    }
}
