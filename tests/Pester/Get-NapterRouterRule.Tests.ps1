BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    . $PSScriptRoot/Router.ps1
    $simulator, $router = Open-ApiRouter
}

AfterAll { Disconnect-Napter; Stop-NapterSimulator $simulator }

Describe 'Get-NapterRouterRule' {
    It 'offers <_>' -ForEach 'Router', 'Connection' -Tag Unit {
        Get-ParameterName Get-NapterRouterRule | Should -Contain $_
    }

    It 'lists our forwardings there and nobody else''s, and changes nothing' -Tag Integration {
        $commands = Use-RouterAnswer $simulator.Sims[0] (Get-RouterText)
        $rules = $router | Get-NapterRouterRule
        $rules | Should -HaveCount 2
        $rules[0].RouterPort, "$($rules[0].DeviceAddress)", $rules[0].DevicePort, $rules[0].Owner | Should -Be 50001, '192.168.1.20', 21, '0123456789abcdef'
        $rules[0].Owned, $rules[0].Orphaned, $rules[0].ExpiresAt.ToUnixTimeSeconds() | Should -Be $false, $true, 1700000000
        $commands | Should -HaveCount 1
        $commands[0] | Should -Match 'nft -a list ruleset'
        $commands[0] | Should -Not -Match 'nft -f|delete|echo 1 >'
    }

    It 'has no device''s port where the device comes to the router (active mode)' -Tag Integration {
        $null = Use-RouterAnswer $simulator.Sims[0] (Get-RouterText)
        $back = Get-NapterRouterRule $router | Where-Object RouterPort -EQ 50002
        "$($back.DeviceAddress)", $back.DevicePort | Should -Be '192.168.1.22', $null
    }

    It 'says that the login is not root''s, or that SORACOM does not reach the router' -Tag Integration {
        $null = Use-RouterAnswer $simulator.Sims[0] (Get-RouterText -UserId 1000)
        (Get-CommandError { Get-NapterRouterRule $router }).FullyQualifiedErrorId | Should -BeLike 'RouterNotRoot,*'
        $simulator.Sims[0].AnswersSsh = $null
        (Get-CommandError { Get-NapterRouterRule $router }).FullyQualifiedErrorId | Should -BeLike 'RouterApiRefused,*'
    }

    It 'takes a router only' -Tag Unit {
        (Get-CommandError { Get-NapterRouterRule 'router' }).FullyQualifiedErrorId | Should -BeLike 'CannotConvertArgumentNoMessage,*'
        (Get-CommandError { Get-NapterRouterRule $null }).FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentValidationError*'
    }
}
