BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    . $PSScriptRoot/Pulls.ps1
    $null = Register-NapterPull nightly @what -Every 1h @store
}

Describe 'Disable-NapterPull' -Tag Integration {
    It 'disables by the pipeline: there is no next run' {
        (Get-NapterPull night* @store | Disable-NapterPull @store).Enabled | Should -BeFalse
        (Get-NapterPull nightly @store).NextRun | Should -BeNullOrEmpty
    }
}
