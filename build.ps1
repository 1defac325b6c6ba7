<#
.SYNOPSIS
    Builds, tests and packs the module. The work is done by dotnet and MSBuild; this says which.
.PARAMETER Task
    Build      builds everything; the module can then be imported from ./NapterFtp.psd1
    Test       builds, runs all tests, then those in tests/Pester where this PowerShell has Pester 5 or later
    Docs       rewrites docs/en-US and the help made of it (needs Microsoft.PowerShell.PlatyPS)
    Package    makes the module's folder, package and zip, and the self-contained shell, in artifacts/
    Benchmark  runs the benchmarks and prints their tables
.PARAMETER OutputPath
    Where Package puts what it makes; artifacts/ by default.
.PARAMETER RuntimeIdentifier
    What Package makes the shell for, such as win-x64, linux-arm64; '' for none. This computer's by default.
#>
[CmdletBinding()]
param(
    [ValidateSet('Build', 'Test', 'Docs', 'Package', 'Benchmark')]
    [string] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Debug',

    [string] $OutputPath = (Join-Path $PSScriptRoot 'artifacts'),

    [string[]] $RuntimeIdentifier = [Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier
)

$ErrorActionPreference = 'Stop'

function Invoke-Dotnet {
    & dotnet @args
    if ($LASTEXITCODE -ne 0) { throw "dotnet $($args[0]) failed with exit code $LASTEXITCODE." }
}

function Import-Tool([string] $Name, [version] $Least) {
    $found = Get-Module -ListAvailable -Name $Name | Where-Object Version -GE $Least
    if ($found) { Import-Module -Name $Name -MinimumVersion $Least }
    [bool] $found
}

$solution = Join-Path $PSScriptRoot 'NapterFtp.slnx'
switch ($Task) {
    'Build' {
        Invoke-Dotnet build $solution --configuration $Configuration
    }
    'Test' {
        Invoke-Dotnet test --solution $solution --configuration $Configuration
        if (Import-Tool Pester 5.5.0) {
            $result = Invoke-Pester -Path (Join-Path $PSScriptRoot 'tests/Pester') -Output Detailed -PassThru
            if ($result.Result -ne 'Passed') { throw "$($result.FailedCount) Pester tests failed." }
        } else {
            Write-Warning 'The tests in tests/Pester were not run: this PowerShell has no Pester 5.5 or later.'
        }
    }
    'Docs' {
        if (-not (Import-Tool Microsoft.PowerShell.PlatyPS 1.0.0)) { throw 'Docs needs the module Microsoft.PowerShell.PlatyPS 1.0 or later.' }
        & (Join-Path $PSScriptRoot 'docs/Update-Help.ps1')
    }
    'Package' {
        & (Join-Path $PSScriptRoot 'tools/Package/New-Package.ps1') -OutputPath $OutputPath -RuntimeIdentifier $RuntimeIdentifier
    }
    'Benchmark' {
        $run = Join-Path $PSScriptRoot 'benchmarks/run'
        if (-not (Test-Path $run)) { throw "There are no benchmarks to run: no $run." }
        & bash $run
        if ($LASTEXITCODE -ne 0) { throw "The benchmarks failed with exit code $LASTEXITCODE." }
    }
}
