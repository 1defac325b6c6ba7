BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $store = Join-Path $TestDrive 'pulls.db'
    $null = New-Item $store
}

Describe 'Clear-NapterPullHistory' -Tag Integration {
    It 'asks nothing where there is nothing to forget' {
        Clear-NapterPullHistory -OlderThan 30d -Store $store | Should -BeNullOrEmpty
    }

    It 'wants to know how old' {
        (Get-Command Clear-NapterPullHistory).Parameters['OlderThan'].ParameterSets.Values.IsMandatory | Should -BeTrue
    }

    It 'says that there is no such store' {
        (Get-CommandError { Clear-NapterPullHistory 1d -Store (Join-Path $TestDrive 'none.db') -Confirm:$false }).FullyQualifiedErrorId |
            Should -BeLike 'StoreNotFound,*'
    }
}
