# Zip files and NuGet packages whose bytes depend on their content alone. Dot-sourced by New-Package.ps1.

# Each text once, in an order that no culture changes.
function Get-Ordered([string[]] $Text) { if ($Text) { [Collections.Generic.SortedSet[string]]::new($Text, [StringComparer]::Ordinal) } }

# What goes into an archive: names in it, to files on disk or to texts.
function Get-FolderContent([string] $Path, [string] $Prefix = '') {
    $content = @{}
    foreach ($file in [IO.Directory]::GetFiles($Path, '*', 'AllDirectories')) {
        $content[$Prefix + [IO.Path]::GetRelativePath($Path, $file).Replace('\', '/')] = [IO.FileInfo] $file
    }
    $content
}

# Entries in the order of their names, all with the earliest date that a zip file can hold. Programs may be executed.
function New-Archive {
    [CmdletBinding(SupportsShouldProcess)]
    param([string] $Path, [hashtable] $Content, [string[]] $Program = @())

    if (-not $PSCmdlet.ShouldProcess($Path)) { return }
    $stream = [IO.File]::Create($Path)
    $archive = [IO.Compression.ZipArchive]::new($stream, 'Create')
    try {
        foreach ($name in Get-Ordered $Content.Keys) {
            $entry = $archive.CreateEntry($name, 'Optimal')
            $entry.LastWriteTime = [DateTimeOffset]::new(1980, 1, 1, 0, 0, 0, [TimeSpan]::Zero)
            $mode = if ([IO.Path]::GetFileName($name) -in $Program) { '100755' } else { '100644' }
            $entry.ExternalAttributes = [Convert]::ToInt32($mode, 8) -shl 16
            $bytes = if ($Content[$name] -is [IO.FileInfo]) { [IO.File]::ReadAllBytes($Content[$name].FullName) } else { [Text.Encoding]::UTF8.GetBytes($Content[$name]) }
            $target = $entry.Open()
            try { $target.Write($bytes, 0, $bytes.Length) } finally { $target.Dispose() }
        }
    } finally {
        $archive.Dispose()
        $stream.Dispose()
    }
}

# The package as the PowerShell Gallery has it: a NuGet package whose tags tell what the module brings.
function New-ModulePackage {
    [CmdletBinding(SupportsShouldProcess)]
    param([Management.Automation.PSModuleInfo] $Manifest, [string] $Version, [string] $Path)

    $tags = @('PSModule') + $Manifest.Tags + 'PSIncludes_Cmdlet' + @(Get-Ordered $Manifest.ExportedCmdlets.Keys | ForEach-Object { "PSCmdlet_$_"; "PSCommand_$_" })
    $texts = [ordered]@{
        id                       = $Manifest.Name
        version                  = $Version
        authors                  = $Manifest.Author
        owners                   = $Manifest.CompanyName
        requireLicenseAcceptance = 'false'
        licenseUrl               = "$($Manifest.LicenseUri)"
        projectUrl               = "$($Manifest.ProjectUri)"
        description              = $Manifest.Description
        releaseNotes             = "$($Manifest.ReleaseNotes)"
        copyright                = $Manifest.Copyright
        tags                     = $tags -join ' '
    }
    $metadata = foreach ($name in $texts.Keys | Where-Object { $texts[$_] }) {
        "    <$name>$([Security.SecurityElement]::Escape($texts[$name]))</$name>"
    }

    $content = Get-FolderContent $Manifest.ModuleBase
    # A part's content type goes by its extension; a file without one is named.
    $types = @('rels', 'nuspec') + @($content.Keys | ForEach-Object { [IO.Path]::GetExtension($_).TrimStart('.') }) | Where-Object { $_ }
    $parts = @(Get-Ordered $types | ForEach-Object {
            $type = if ($_ -eq 'rels') { 'application/vnd.openxmlformats-package.relationships+xml' } else { 'application/octet' }
            "  <Default Extension=`"$_`" ContentType=`"$type`" />"
        }) + @(Get-Ordered ($content.Keys | Where-Object { -not [IO.Path]::GetExtension($_) }) | ForEach-Object {
            "  <Override PartName=`"/$_`" ContentType=`"application/octet`" />"
        })

    $content["$($Manifest.Name).nuspec"] = @"
<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd">
  <metadata>
$($metadata -join "`n")
  </metadata>
</package>

"@
    $content['[Content_Types].xml'] = @"
<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
$($parts -join "`n")
</Types>

"@
    $content['_rels/.rels'] = @"
<?xml version="1.0" encoding="utf-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
  <Relationship Type="http://schemas.microsoft.com/packaging/2010/07/manifest" Target="/$($Manifest.Name).nuspec" Id="manifest" />
</Relationships>

"@
    New-Archive -Path $Path -Content $content
}
