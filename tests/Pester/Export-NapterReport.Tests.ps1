BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $root = Join-Path $TestDrive 'device'
    $null = New-Item -ItemType Directory $root
    1..3 | ForEach-Object { Set-Content "$root/$_.csv" "line $_" }
    $simulator = Start-NapterSimulator -RootPath $root
    Connect-Napter -Simulator $simulator
    $store = Join-Path $TestDrive 'pulls.db'
    $null = Copy-NapterFtpItem -Imsi $simulator.Imsi -Path '/*.csv' -Destination "$TestDrive/here" -Store $store
}

AfterAll {
    Disconnect-Napter
    Stop-NapterSimulator $simulator
}

Describe 'Export-NapterReport' -Tag Integration {
    It 'writes a page in <Language> that tells what came' -ForEach @(
        @{ Language = 'en'; Title = 'Pulls from devices' }
        @{ Language = 'ja'; Title = 'デバイスからの取得' }
    ) {
        $file = Export-NapterReport "$TestDrive/$Language/report.html" -Store $store -Language $Language
        $file.Exists | Should -BeTrue
        $html = Get-Content $file -Raw
        $html | Should -Match "<title>$Title</title>"
        $html | Should -Match "<td class=""t"">$($simulator.SimId):21</td><td class=""n"">3</td>"
    }

    It 'writes nothing with -WhatIf' {
        Export-NapterReport "$TestDrive/none.html" -Store $store -WhatIf | Should -BeNullOrEmpty
        Test-Path "$TestDrive/none.html" | Should -BeFalse
    }

    It 'keeps to the period' {
        $html = Get-Content (Export-NapterReport "$TestDrive/later.html" -Store $store -Since ([DateTimeOffset]::Now.AddDays(1)) -Language en) -Raw
        $html | Should -Match '<p>Nothing.</p>'
    }

    It 'says where there is no store' {
        (Get-CommandError { Export-NapterReport "$TestDrive/no.html" -Store "$TestDrive/no.db" }).FullyQualifiedErrorId | Should -BeLike 'StoreNotFound,*'
    }
}
