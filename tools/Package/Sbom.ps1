# What a package is made of, in CycloneDX's form. Dot-sourced by New-Package.ps1.

# The packages of a project, with their licences, hashes and dependencies, as the CycloneDX tool finds them; nothing that differs
# from run to run.
function Get-PackageBom([string] $Project, [string] $BuildPath, [string] $Runtime, [hashtable] $About) {
    $work = [IO.Directory]::CreateTempSubdirectory('napterftp-sbom-').FullName
    $rootFolder = [IO.Path]::GetFullPath((Join-Path $PSScriptRoot '../..'))
    # The manifest of tools is looked for from the current folder on.
    Push-Location $rootFolder
    try {
        $said = & dotnet tool restore
        if ($LASTEXITCODE -ne 0) { throw "The tool that lists what packages are made of could not be restored:`n$($said -join "`n")" }
        $arguments = @(
            (Join-Path $rootFolder $Project), '--output', $work, '--filename', 'bom.json', '--output-format', 'Json', '--spec-version', '1.6'
            '--disable-package-restore', '--no-serial-number', '--base-intermediate-output-path', $BuildPath
            '--set-name', $About.Name, '--set-version', $About.Version, '--set-type', $About.Type
            if ($Runtime) { '--runtime', $Runtime }
        )
        $said = & dotnet tool run dotnet-CycloneDX '--' @arguments
        if ($LASTEXITCODE -ne 0) { throw "The list of what $Project needs could not be made:`n$($said -join "`n")" }
        $bom = [IO.File]::ReadAllText((Join-Path $work 'bom.json')) | ConvertFrom-Json -AsHashtable -Depth 100
        $bom.metadata.Remove('timestamp')
        $bom
    } finally {
        Pop-Location
        [IO.Directory]::Delete($work, $true)
    }
}

# Which package, part of .NET or project brought a file, by the file's name.
function Get-FileOwner([string] $DependencyFile) {
    $dependencies = [IO.File]::ReadAllText($DependencyFile) | ConvertFrom-Json -AsHashtable -Depth 100
    $owner = @{}
    foreach ($target in $dependencies.targets.Values) {
        foreach ($library in $target.Keys) {
            foreach ($kind in 'runtime', 'native', 'resources', 'runtimeTargets' | Where-Object { $target[$library][$_] }) {
                foreach ($file in $target[$library][$kind].Keys) { $owner[[IO.Path]::GetFileName($file)] = $library }
            }
        }
    }
    $owner
}

# Writes the list for a folder. Every program and library in it is a file of the component that brought it; what no component
# brought stands for itself. Components without a file there, such as those that only the build needs, are left out.
# Each source is a project and its dependency file, for the part of the folder where the file that it names lies; or a package and
# the part of the folder that is all its own.
function New-Sbom {
    [CmdletBinding(SupportsShouldProcess)]
    param([string] $Name, [string] $Version, [string] $Type, [string] $Folder, [hashtable[]] $Source, [string] $BuildPath, [string[]] $Program, [string] $Path)

    if (-not $PSCmdlet.ShouldProcess($Path)) { return }
    $about = @{ Name = $Name; Version = $Version; Type = $Type }
    $components = @{}
    $dependencies = @{}
    foreach ($one in $Source | Where-Object { -not $_.Package }) {
        $bom = Get-PackageBom -Project $one.Project -BuildPath $BuildPath -Runtime $one.Runtime -About $about
        $one.Owner = Get-FileOwner $one.DependencyFile
        $mark = [IO.Directory]::GetFiles($Folder, $one.Beside, 'AllDirectories')[0]
        $one.Prefix = [IO.Path]::GetRelativePath($Folder, $mark).Replace('\', '/').Substring(0, [IO.Path]::GetRelativePath($Folder, $mark).Length - $one.Beside.Length)
        foreach ($component in $bom.components) { $components[$component.'bom-ref'] = $component }
        foreach ($dependency in $bom.dependencies) {
            $known = $dependencies[$dependency.ref]
            $dependencies[$dependency.ref] = @(Get-Ordered (@($known) + $dependency.dependsOn | Where-Object { $_ }))
        }
    }

    foreach ($file in Get-Ordered ([IO.Directory]::GetFiles($Folder, '*', 'AllDirectories'))) {
        if ([IO.Path]::GetExtension($file) -notin '.dll', '.exe', '.so', '.dylib' -and [IO.Path]::GetFileName($file) -notin $Program) { continue }
        $relative = [IO.Path]::GetRelativePath($Folder, $file).Replace('\', '/')
        $entry = [ordered]@{
            type   = 'file'
            name   = $relative
            hashes = @([ordered]@{ alg = 'SHA-256'; content = (Get-FileHash $file -Algorithm SHA256).Hash.ToLowerInvariant() })
        }
        $from = $Source | Where-Object { $relative.StartsWith($_.Prefix, [StringComparison]::Ordinal) } | Sort-Object { $_.Prefix.Length } | Select-Object -Last 1
        $ownerName, $ownerVersion = "$(if ($from.Package) { $from.Package } elseif ($from) { $from.Owner[[IO.Path]::GetFileName($relative)] })" -split '/'
        $ownerName = $ownerName -replace '^runtimepack\.'
        $reference = if (-not $ownerName) { $relative } elseif ($ownerName -match '^(NapterFtp|napterftp)') { "$ownerName.dll@$Version" } else { "pkg:nuget/$ownerName@$ownerVersion" }
        if (-not $ownerName) {
            $entry['bom-ref'] = $reference
            $components[$reference] = $entry
        } else {
            if (-not $components[$reference]) {
                $made = [ordered]@{ type = 'library'; 'bom-ref' = $reference; name = $ownerName; version = ($reference -split '@')[-1] }
                if ($reference.StartsWith('pkg:')) { $made.purl = $reference }
                $components[$reference] = $made
            }
            $components[$reference].components = @($components[$reference].components | Where-Object { $_ }) + $entry
        }
    }

    $bom.components = @(Get-Ordered $components.Keys | ForEach-Object { $components[$_] } | Where-Object { $_.components -or $_.type -eq 'file' })
    $kept = @($bom.components.'bom-ref') + $bom.metadata.component.'bom-ref'
    $bom.dependencies = @(Get-Ordered ($dependencies.Keys | Where-Object { $_ -in $kept }) | ForEach-Object {
            [ordered]@{ ref = $_; dependsOn = @($dependencies[$_] | Where-Object { $_ -in $kept }) }
        })
    [IO.File]::WriteAllText($Path, ($bom | ConvertTo-Json -Depth 100).ReplaceLineEndings("`n") + "`n")
}
