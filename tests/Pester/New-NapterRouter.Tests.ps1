BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    . $PSScriptRoot/Router.ps1
    $simulator = Start-NapterSimulator
    Connect-Napter -Simulator $simulator
    $root = [pscredential]::new('root', (ConvertTo-Secret 'any'))
    $other = 'SHA256:' + 'A' * 43
}

AfterAll { Disconnect-Napter; Stop-NapterSimulator $simulator }

Describe 'New-NapterRouter' {
    Context 'its parameters' -Tag Unit {
        It 'offers <_>' -ForEach 'Imsi', 'SimId', 'Service', 'DeviceAddress', 'Credential', 'KeyFilePath', 'KeyPassphrase', 'UserName', 'Port', 'Via', 'Backend',
        'HostKeyFingerprint', 'PortRange', 'RuleDuration', 'Force', 'Connection', 'WhatIf', 'Confirm' {
            Get-ParameterName New-NapterRouter | Should -Contain $_
        }
    }

    Context 'what cannot be meant' -Tag Unit {
        It 'is refused at once, as <Id>' -ForEach @(
            @{ Id = 'InvalidRouterDeviceAddress'; With = @{ DeviceAddress = 'fd00::1' } }
            @{ Id = 'InvalidRouterPortRange'; With = @{ PortRange = '80-90' } }
            @{ Id = 'InvalidRouterPortRange'; With = @{ PortRange = '50000-49999' } }
            @{ Id = 'InvalidHostKeyFingerprint'; With = @{ HostKeyFingerprint = 'MD5:aa:bb' } }
            @{ Id = 'DeviceMissing'; With = @{ Imsi = $null } }
            @{ Id = 'ParameterArgumentValidationError'; With = @{ Port = 0 } }
            @{ Id = 'ParameterArgumentValidationError'; With = @{ Via = 'Telnet' } }
            @{ Id = 'ParameterArgumentValidationError'; With = @{ RuleDuration = '5s' } }
            @{ Id = 'RouterKeyUnreadable'; With = @{ KeyFilePath = 'TestDrive:/none'; Credential = $null } }
        ) {
            $given = @{ Imsi = $simulator.Imsi; DeviceAddress = '192.168.1.20'; Credential = $root } + @{ }
            foreach ($name in $With.Keys) { $given[$name] = $With[$name] }
            foreach ($name in @($given.Keys | Where-Object { $null -eq $given[$_] })) { $given.Remove($name) }
            $failure = Get-CommandError { New-NapterRouter @given }
            $failure.FullyQualifiedErrorId | Should -BeLike "$Id,*"
            $simulator.PortMappings | Should -BeNullOrEmpty
        }

        It 'names the file that is no key' {
            Set-Content TestDrive:/key 'no key'
            $failure = Get-CommandError { New-NapterRouter $simulator.Imsi 192.168.1.20 -KeyFilePath TestDrive:/key }
            $failure.FullyQualifiedErrorId | Should -BeLike 'RouterKeyUnreadable,*'
            $failure.Exception.Message | Should -Match 'key'
        }
    }

    Context 'by SORACOM''s API' -Tag Unit {
        It 'asks for no host key, and keeps the password to itself' {
            $router = New-NapterRouter $simulator.Imsi 192.168.1.20 -Credential $root -Via Api
            $router.Via, $router.HostKeyFingerprint, "$($router.DeviceAddress)" | Should -Be 'Api', $null, '192.168.1.20'
            $router.ToString() | Should -Be "$($simulator.Imsi)/192.168.1.20"
            $router | Format-List * | Out-String | Should -Not -Match 'any'
            $simulator.PortMappings | Should -BeNullOrEmpty
        }
    }

    Context 'the host key of a real SSH server' -Tag Integration {
        BeforeAll { $server = Open-SshServer }
        AfterAll { Close-SshServer $server }
        BeforeEach { Use-StateFolder }
        AfterEach { Restore-StateFolder }

        It 'is asked about where it is not known, and trusted only by who says so' {
            if (-not $server) { Set-ItResult -Skipped -Because 'there is no sshd here that can be started' ; return }
            # Nobody there to ask.
            $failure = Get-CommandError { New-NapterRouter $simulator.Imsi 192.168.1.20 -Credential $root -Port $server.Port }
            $failure.FullyQualifiedErrorId | Should -BeLike 'RouterHostKeyUnknown,*'
            $failure.Exception.Message | Should -Match ([regex]::Escape($server.Fingerprint))
            KnownRouters | Should -BeNullOrEmpty
        }

        It 'is trusted with -Force, and known from then on without a look' {
            if (-not $server) { Set-ItResult -Skipped -Because 'there is no sshd here that can be started' ; return }
            $router = New-NapterRouter $simulator.Imsi 192.168.1.20 -Credential $root -Port $server.Port -Force
            $router.HostKeyFingerprint | Should -Be $server.Fingerprint
            KnownRouters | Should -Match ([regex]::Escape($server.Fingerprint))
            $before = $simulator.Counters.EntriesCreated
            (New-NapterRouter $simulator.Imsi 192.168.1.21 -Credential $root -Port $server.Port).HostKeyFingerprint | Should -Be $server.Fingerprint
            $simulator.Counters.EntriesCreated | Should -Be $before
        }

        It 'is neither asked for nor trusted with -WhatIf' {
            $before = @($simulator.PortMappings).Count
            New-NapterRouter $simulator.Imsi 192.168.1.20 -Credential $root -Port 2200 -WhatIf | Should -BeNullOrEmpty
            New-NapterRouter $simulator.Imsi 192.168.1.20 -Credential $root -Port 2200 -HostKeyFingerprint $other -WhatIf | Should -Not -BeNullOrEmpty
            KnownRouters | Should -BeNullOrEmpty
            @($simulator.PortMappings).Count | Should -Be $before
        }

        It 'is the one given where that is, and remembered' {
            (New-NapterRouter $simulator.Imsi 192.168.1.20 -Credential $root -HostKeyFingerprint $other.Substring(7)).HostKeyFingerprint | Should -Be $other
            (New-NapterRouter $simulator.Imsi 192.168.1.20 -Credential $root).HostKeyFingerprint | Should -Be $other
            KnownRouters | Should -Match 'AAAA'
        }

        It 'ends all where it is another one, before the login is sent' {
            if (-not $server) { Set-ItResult -Skipped -Because 'there is no sshd here that can be started' ; return }
            $router = New-NapterRouter $simulator.Imsi 192.168.1.20 -Credential $root -Port $server.Port -HostKeyFingerprint $other
            $failure = Get-CommandError { Get-NapterRouterRule $router }
            $failure.FullyQualifiedErrorId | Should -BeLike 'RouterHostKeyChanged,*'
            $failure = Get-CommandError { Copy-NapterFtpItem -Router $router -Path /a -Destination TestDrive:/ }
            $failure.FullyQualifiedErrorId | Should -BeLike 'RouterHostKeyChanged,*'
            Get-Content $server.Log -Raw -ErrorAction Ignore | Should -Not -Match 'Failed|Accepted'
        }
    }
}
