# Installs authsome @VERSION@ for this user: one file, <prefix>\bin\authsome.exe. No administrator, no other change.
#
#   .\install.ps1 [-Prefix <folder>]    default: %LOCALAPPDATA%\authsome; -Help says more
[CmdletBinding()]
param(
  [string]$Prefix = (Join-Path $env:LOCALAPPDATA 'authsome'),
  [switch]$Help
)
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version Latest

$version = '@VERSION@'
$base = '@BASE_URL@'
$checksums = @'
@CHECKSUMS@
'@

if ($Help) {
  @"
Usage: .\install.ps1 [-Prefix <folder>]

Downloads authsome $version, verifies its checksum and installs one file: <folder>\bin\authsome.exe.
It needs no administrator.

  -Prefix <folder>  default: %LOCALAPPDATA%\authsome
  -Help             show this text and install nothing

From: $base
"@
  exit 0
}

if (-not [Environment]::Is64BitOperatingSystem) { throw 'authsome does not support 32-bit Windows' }
$file = 'authsome-windows-x64.exe'
$line = $checksums -split "`r?`n" | Where-Object { $_ -match "^[0-9a-f]{64}  $([regex]::Escape($file))$" }
if (-not $line) { throw "This release has no $file" }
$wanted = ($line -split ' ')[0]

$bin = Join-Path $Prefix 'bin'
$target = Join-Path $bin 'authsome.exe'
New-Item -ItemType Directory -Force -Path $bin | Out-Null
$download = Join-Path $bin 'authsome.new.exe'
try {
  Write-Host "Downloading $base/$file"
  $ProgressPreference = 'SilentlyContinue'
  [Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
  Invoke-WebRequest -UseBasicParsing -Uri "$base/$file" -OutFile $download
  $found = (Get-FileHash -Algorithm SHA256 -Path $download).Hash.ToLowerInvariant()
  if ($found -ne $wanted) {
    throw "The checksum of $file is $found, expected $wanted; nothing was installed"
  }
  Write-Host "Checksum verified: $wanted"
  Move-Item -Force -Path $download -Destination $target
}
finally {
  if (Test-Path $download) { Remove-Item -Force $download }
}
Write-Host "Installed authsome $version as $target"
if (($env:Path -split ';') -notcontains $bin) {
  Write-Host "That folder is not in your PATH: `$env:Path = `"$bin;`$env:Path`""
}
Write-Host "To uninstall: Remove-Item $target"
