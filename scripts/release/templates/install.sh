#!/bin/sh
# Installs authsome @VERSION@ for this user: one file, <prefix>/bin/authsome. No root, no other change.
#
#   sh install.sh [--prefix <folder>]    default: ~/.local; --help says more
set -eu

version='@VERSION@'
base='@BASE_URL@'
checksums='@CHECKSUMS@'

fail() {
  echo "install.sh: $1" >&2
  exit 1
}

usage() {
  echo "Usage: sh install.sh [--prefix <folder>]

Downloads authsome $version, verifies its checksum and installs one file: <folder>/bin/authsome.
It needs no root.

  --prefix <folder>  an absolute path (default: ~/.local)
  -h, --help         show this text and install nothing

From: $base"
}

misused() {
  echo "install.sh: $1" >&2
  usage >&2
  exit 2
}

prefix="${HOME:-}/.local"
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --prefix) [ $# -ge 2 ] || misused "--prefix needs a folder"; prefix=$2; shift 2 ;;
    --prefix=*) prefix=${1#--prefix=}; shift ;;
    -*) misused "unknown option $1" ;;
    *) misused "unknown argument \"$1\"" ;;
  esac
done
case $prefix in /?*) ;; *) misused "the prefix must be an absolute path, not \"$prefix\"" ;; esac

case $(uname -s) in
  Linux) system=linux ;;
  Darwin) system=macos ;;
  *) fail "authsome does not support $(uname -s); on Windows, use install.ps1" ;;
esac
case $(uname -m) in
  x86_64 | amd64) machine=x64 ;;
  aarch64 | arm64) machine=arm64 ;;
  *) fail "authsome does not support $(uname -m)" ;;
esac
if [ "$system" = linux ] && ldd --version 2>&1 | grep -qi musl; then
  fail "this system uses musl, but authsome needs glibc; use the npm package"
fi
checksum_of() { printf '%s\n' "$checksums" | sed -n "s/^\([0-9a-f]\{64\}\)  $1\$/\1/p"; }
file="authsome-$system-$machine"
# A quarter of the size, where it can be unpacked.
command -v xz >/dev/null && [ -n "$(checksum_of "$file.xz")" ] && file="$file.xz"
wanted=$(checksum_of "$file")
[ -n "$wanted" ] || fail "this release has no $file"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

echo "Downloading $base/$file"
case $base in https:*) only='=https' ;; *) only='=http,https' ;; esac
if command -v curl >/dev/null; then
  curl --fail --silent --show-error --location --proto "$only" --output "$work/authsome" "$base/$file" ||
    fail "cannot download $base/$file"
elif command -v wget >/dev/null; then
  wget --quiet --output-document "$work/authsome" "$base/$file" ||
    fail "cannot download $base/$file"
else
  fail "neither curl nor wget is installed"
fi

if command -v sha256sum >/dev/null; then
  found=$(sha256sum "$work/authsome")
elif command -v shasum >/dev/null; then
  found=$(shasum -a 256 "$work/authsome")
else
  fail "neither sha256sum nor shasum is installed, so the download cannot be verified"
fi
found=${found%% *}
[ "$found" = "$wanted" ] ||
  fail "the checksum of $file is $found, expected $wanted; nothing was installed"
echo "Checksum verified: $wanted"
case $file in
  *.xz)
    mv "$work/authsome" "$work/authsome.xz"
    xz --decompress "$work/authsome.xz" || fail "cannot unpack $file; nothing was installed"
    ;;
esac

mkdir -p "$prefix/bin"
chmod 755 "$work/authsome"
# Beside its place first, so that the last step is one rename.
mv "$work/authsome" "$prefix/bin/.authsome.new"
mv "$prefix/bin/.authsome.new" "$prefix/bin/authsome"
echo "Installed authsome $version as $prefix/bin/authsome"
case ":${PATH:-}:" in
  *":$prefix/bin:"*) ;;
  *) echo "That folder is not in your PATH: export PATH=\"$prefix/bin:\$PATH\"" ;;
esac
echo "To uninstall: rm $prefix/bin/authsome"
