<#
.SYNOPSIS
    Makes what users install, from a Release build: the module's folder, a package for a PowerShell repository, archives, and
    folders with PowerShell and the module that run without .NET.
.DESCRIPTION
    Needs the .NET SDK, and PowerShell or tools/Shell, which is the same. The same sources, SDK and operating system make the
    same bytes.

    NapterFtp/                          the module: copy it to a folder of $env:PSModulePath
    NapterFtp.<version>.nupkg           for Publish-PSResource -NupkgPath, or a folder that is registered as a repository
    NapterFtp-<version>.zip             the module's folder
    napterftp-shell-<runtime>/          PowerShell with all that it needs and the module, and the examples
    napterftp-shell-<version>-<runtime>.zip
    *.cdx.json                          what each of both is made of, in CycloneDX's form; also in the folders, as sbom.cdx.json
    SHA256SUMS                          the files' hashes, as sha256sum --check reads them
.PARAMETER OutputPath
    Where to; what an earlier run made there is replaced.
.PARAMETER RuntimeIdentifier
    What to make the shell for, such as linux-x64, linux-arm64, linux-musl-x64, win-x64, osx-arm64; several with commas between,
    '' for none. This computer's by default. NuGet fetches the runtime where it is not here already.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [string] $OutputPath = (Join-Path $PSScriptRoot '../../artifacts'),
    [string[]] $RuntimeIdentifier = [Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier
)

$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot 'Archive.ps1')
. (Join-Path $PSScriptRoot 'Sbom.ps1')
$root = [IO.Path]::GetFullPath((Join-Path $PSScriptRoot '../..'))
$output = $PSCmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath($OutputPath)
if (-not $PSCmdlet.ShouldProcess($output, 'Make the packages')) { return }
if (-not (Get-Command dotnet -CommandType Application -ErrorAction Ignore)) { throw 'Packages are made with the .NET SDK; dotnet was not found.' }

function Invoke-Dotnet {
    # The build has analysed the code; packing it does not change it.
    & dotnet @args --configuration Release --artifacts-path (Join-Path $output 'build') --nologo -property:ContinuousIntegrationBuild=true -property:DebugType=none -property:RunAnalyzers=false
    if ($LASTEXITCODE -ne 0) { throw "dotnet $($args[0]) $($args[1]) failed with exit code $LASTEXITCODE." }
}

# A folder's content, laid over another's; the file system's own order and dates do not matter.
function Copy-Folder([string] $Source, [string] $Destination) {
    foreach ($file in [IO.Directory]::GetFiles($Source, '*', 'AllDirectories')) {
        $copy = Join-Path $Destination ([IO.Path]::GetRelativePath($Source, $file))
        $null = [IO.Directory]::CreateDirectory((Split-Path $copy))
        [IO.File]::Copy($file, $copy, $true)
    }
}

function Get-MadeFile {
    $files = 'NapterFtp.*.nupkg', 'NapterFtp-*.zip', 'napterftp-shell-*.zip', '*.cdx.json', 'SHA256SUMS' | ForEach-Object { [IO.Directory]::GetFiles($output, $_) }
    Get-Ordered $files
}

function Clear-Folder([string] $Path) {
    if ([IO.Directory]::Exists($Path)) { [IO.Directory]::Delete($Path, $true) }
    $null = [IO.Directory]::CreateDirectory($Path)
}

$null = [IO.Directory]::CreateDirectory($output)
foreach ($old in Get-MadeFile) { [IO.File]::Delete($old) }

# The module
$module = Join-Path $output 'NapterFtp'
Clear-Folder $module
Invoke-Dotnet build (Join-Path $root 'src/NapterFtp.PowerShell') "-property:ModuleBin=$(Join-Path $module 'bin')/"
$papers = 'LICENSE', 'THIRD-PARTY-NOTICES.txt', 'README.md', 'README.ja.md', 'CHANGELOG.md'
foreach ($file in @('NapterFtp.psd1') + $papers) {
    [IO.File]::Copy((Join-Path $root $file), (Join-Path $module $file))
}
foreach ($folder in 'formats', 'en-US', 'ja-JP') {
    Copy-Folder (Join-Path $root $folder) (Join-Path $module $folder)
}

$manifest = Test-ModuleManifest (Join-Path $module 'NapterFtp.psd1')
$version = "$($manifest.Version)"
if ($manifest.PrivateData.PSData.Prerelease) { $version += '-' + $manifest.PrivateData.PSData.Prerelease.TrimStart('-') }
$ofModule = @{
    Project        = 'src/NapterFtp.PowerShell/NapterFtp.PowerShell.csproj'
    DependencyFile = Join-Path $output 'build/bin/NapterFtp.PowerShell/release/NapterFtp.PowerShell.deps.json'
    Beside         = 'NapterFtp.psd1'
}
$list = Join-Path $module 'sbom.cdx.json'
New-Sbom -Name NapterFtp -Version $version -Type Library -Folder $module -Source $ofModule -BuildPath (Join-Path $output 'build') -Path $list
[IO.File]::Copy($list, (Join-Path $output "NapterFtp-$version.cdx.json"))
New-ModulePackage -Manifest $manifest -Version $version -Path (Join-Path $output "NapterFtp.$version.nupkg")
New-Archive -Path (Join-Path $output "NapterFtp-$version.zip") -Content (Get-FolderContent $module 'NapterFtp/')

# The shell with the module
$powerShell = ([xml] [IO.File]::ReadAllText((Join-Path $root 'Directory.Packages.props'))).Project.PropertyGroup.PowerShellVersion
foreach ($runtime in $RuntimeIdentifier -split ',' | Where-Object { $_ }) {
    $name = "napterftp-shell-$runtime"
    $folder = Join-Path $output $name
    Clear-Folder $folder
    try {
        Invoke-Dotnet publish (Join-Path $root 'tools/Shell') --runtime $runtime --self-contained --output (Join-Path $folder 'shell') "-property:ModuleFolder=$module/"
    } catch {
        throw "The shell for $runtime could not be made. Its runtime comes from NuGet, which this computer must reach or have in its cache. $_"
    }
    foreach ($file in $papers) { [IO.File]::Copy((Join-Path $root $file), (Join-Path $folder $file)) }
    Copy-Folder (Join-Path $root 'examples') (Join-Path $folder 'examples')
    $ofShell = @{
        Project        = 'tools/Shell/Shell.csproj'
        DependencyFile = [IO.Directory]::GetFiles($folder, 'napterftp-shell.deps.json', 'AllDirectories')[0]
        Beside         = 'napterftp-shell.deps.json'
        Runtime        = $runtime
    }
    # Their libraries have the names of others beside the shell, in other versions.
    $modules = @{ Package = "PowerShell/$powerShell"; Prefix = 'shell/Modules/' }
    $references = @{ Package = "PowerShell/$powerShell"; Prefix = 'shell/ref/' }
    $programs = 'napterftp-shell', 'pwsh'
    $list = Join-Path $folder 'sbom.cdx.json'
    New-Sbom -Name napterftp-shell -Version $version -Type Application -Folder $folder -Source $ofModule, $ofShell, $modules, $references -BuildPath (Join-Path $output 'build') -Program $programs -Path $list
    [IO.File]::Copy($list, (Join-Path $output "napterftp-shell-$version-$runtime.cdx.json"))
    New-Archive -Path (Join-Path $output "napterftp-shell-$version-$runtime.zip") -Content (Get-FolderContent $folder "$name/") -Program $programs
}

$sums = foreach ($file in Get-MadeFile) { "$((Get-FileHash $file).Hash.ToLowerInvariant())  $(Split-Path $file -Leaf)" }
[IO.File]::WriteAllText((Join-Path $output 'SHA256SUMS'), ($sums -join "`n") + "`n")
Write-Host "`nIn ${output}:"
$sums | Write-Host
