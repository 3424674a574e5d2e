#!/usr/bin/env bash
# Runs tests on Deno as an ordinary user, in a copy of this folder that is that user's: as root on Debian,
#   scripts/test_as_user.sh [--bare] <path of deno> [file or folder of tests]…
# With --bare on a machine that has Node, npm, git, curl and the smallest programs of Debian, and nothing else: by default
# the tests that start programs, since nothing else of the machine is another one.
# Not in /tmp, which begins empty in a sandbox.
set -euo pipefail
cd "$(dirname "$0")/.."
bare=
[ "$1" != --bare ] || { bare=1 && shift; }
uid=1234
copy=$(mktemp -d /var/cache/authsome-user-XXXXXX)
trap 'rm -rf "$copy"' EXIT
mkdir "$copy"/{project,home,tmp,run,bin,bare,none}
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$copy/project"
cp -r node_modules "$copy/project"
cp "$1" "$copy/bin/deno"
shift
tests=("$@")
chown -R "$uid:$uid" "$copy"
chmod 700 "$copy/run"

path=$copy/bin:/usr/local/bin:/usr/bin:/bin:/usr/local/go/bin
required=${AUTHSOME_TEST_REQUIRED:-}
if [ "$bare" ]; then
  for program in $(dpkg -L coreutils dash grep sed | sed -nE 's|^(/usr)?/bin/||p') node npm npx git curl; do
    file=$(readlink -f "$(type -P "$program")")
    # npm finds its modules beside the file that it is.
    case $file in
    *.js) ln -s "$file" "$copy/bare/$program" ;;
    *) cp "$file" "$copy/bare/$program" ;;
    esac
  done
  path=$copy/bin:$copy/bare
  starts='Deno\.Command|\bspawn|processOf|cliCommand|missing\(|withScenario|execFile'
  # What of tests/ starts programs, or imports what does.
  helpers() {
    grep -rlE "$1" tests --include='*.ts' --exclude='*_test.ts' | sed 's|.*/||; s|\.ts$||' | sort -u | paste -sd'|'
  }
  through="$starts|/($(helpers "$starts"))\.ts\""
  through="$starts|/($(helpers "$through"))\.ts\""
  (($#)) || mapfile -t tests < <(grep -rlE "$through" tests --include='*_test.ts' | sort)
  required="curl git"
fi

cd "$copy/project"
cp "$(command -v setpriv)" "$copy/setpriv"
run=("$copy/setpriv" --reuid="$uid" --regid="$uid" --clear-groups --inh-caps=-all --bounding-set=-all
  env -i PATH="$path" HOME="$copy/home" TMPDIR="$copy/tmp" DENO_DIR="$copy/deno"
  XDG_CONFIG_HOME="$copy/home/.config" XDG_DATA_HOME="$copy/home/.local/share" XDG_STATE_HOME="$copy/home/.local/state"
  XDG_CACHE_HOME="$copy/home/.cache" XDG_RUNTIME_DIR="$copy/run" NO_COLOR=1 CI=true
  AUTHSOME_TEST_REQUIRED="$required"
  sh -c 'mkdir -p "$XDG_CACHE_HOME" && exec "$@"' sh deno run --frozen -A scripts/test.ts --no-check "${tests[@]}")
# An absolute path must lead to no more than the path does.
if [ "$bare" ] && unshare --mount true; then
  unshare --mount bash -c '
    for folder in /usr/local/go /usr/local/bin /usr/local/sbin /usr/sbin; do
      [ ! -d "$folder" ] || mount --bind "$1/none" "$folder"
    done
    mount --bind "$1/bare" /usr/bin
    exec "${@:2}"' bash "$copy" "${run[@]}"
else
  "${run[@]}"
fi
