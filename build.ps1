<#
.SYNOPSIS
    Builds, tests and packs the module. The work is done by dotnet and MSBuild; this says which.
.PARAMETER Task
    Build      builds everything; the module can then be imported from ./NapterFtp.psd1
    Test       builds and runs all tests, those of Pester among them
    Docs       rewrites docs/en-US and the help made of it (needs Microsoft.PowerShell.PlatyPS)
    Check      fails where PSScriptAnalyzer finds something, or Docs would change something (needs both modules)
    Package    makes the module's folder, package and zip, and the self-contained shell, in artifacts/
    Benchmark  runs the benchmarks and prints their tables
.PARAMETER OutputPath
    Where Package puts what it makes; artifacts/ by default.
.PARAMETER RuntimeIdentifier
    What Package makes the shell for, such as win-x64, linux-arm64; '' for none. This computer's by default.
#>
[CmdletBinding()]
param(
    [ValidateSet('Build', 'Test', 'Docs', 'Check', 'Package', 'Benchmark')]
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

function Get-DocumentHash {
    'docs', 'en-US', 'ja-JP' | ForEach-Object { Get-ChildItem (Join-Path $PSScriptRoot $_) -Recurse -File -ErrorAction Ignore } | Get-FileHash
}

$solution = Join-Path $PSScriptRoot 'NapterFtp.slnx'
switch ($Task) {
    'Build' {
        Invoke-Dotnet build $solution --configuration $Configuration
    }
    'Test' {
        Invoke-Dotnet test --solution $solution --configuration $Configuration
    }
    'Docs' {
        if (-not (Import-Tool Microsoft.PowerShell.PlatyPS 1.0.0)) { throw 'Docs needs the module Microsoft.PowerShell.PlatyPS 1.0 or later.' }
        & (Join-Path $PSScriptRoot 'docs/Update-Help.ps1')
    }
    'Check' {
        if (-not (Import-Tool PSScriptAnalyzer 1.22.0)) { throw 'Check needs the module PSScriptAnalyzer 1.22 or later.' }
        $scripts = Get-ChildItem $PSScriptRoot -Recurse -Include *.ps1, *.psd1 | Where-Object FullName -NotMatch '[\\/](bin|obj|artifacts)[\\/]'
        $findings = $scripts | ForEach-Object {
            Invoke-ScriptAnalyzer -Path $_.FullName -Settings (Join-Path $PSScriptRoot 'PSScriptAnalyzerSettings.psd1')
        }
        $findings | Format-Table ScriptName, Line, RuleName, Message | Out-Host
        if ($findings) { throw "PSScriptAnalyzer has $(@($findings).Count) findings." }

        $before = Get-DocumentHash
        & $PSCommandPath -Task Docs
        $changed = Compare-Object $before (Get-DocumentHash) -Property Path, Hash | ForEach-Object Path | Sort-Object -Unique
        if ($changed) { throw "Docs has changed:`n$($changed -join "`n")" }
        Write-Host "PSScriptAnalyzer finds nothing in $(@($scripts).Count) scripts; pages, help and cmdlets agree."
    }
    'Package' {
        & (Join-Path $PSScriptRoot 'tools/Package/New-Package.ps1') -OutputPath $OutputPath -RuntimeIdentifier $RuntimeIdentifier
    }
    'Benchmark' {
        $run = Join-Path $PSScriptRoot 'benchmarks/run'
        if (-not (Test-Path $run)) { throw "There are no benchmarks to run: no $run." }
        & sh $run
        if ($LASTEXITCODE -ne 0) { throw "The benchmarks failed with exit code $LASTEXITCODE." }
    }
}
