#!/usr/bin/env bash
# Runs tests on Deno as an ordinary user, in a copy of this folder that is that user's: as root,
#   scripts/test_as_user.sh <path of deno> <file or folder of tests>…
# Not in /tmp, which begins empty in a sandbox.
set -euo pipefail
cd "$(dirname "$0")/.."
uid=1234
copy=$(mktemp -d /var/cache/authsome-user-XXXXXX)
trap 'rm -rf "$copy"' EXIT
mkdir "$copy"/{project,home,tmp,run,bin}
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$copy/project"
cp -r node_modules "$copy/project"
cp "$1" "$copy/bin/deno"
shift
chown -R "$uid:$uid" "$copy"
chmod 700 "$copy/run"
cd "$copy/project"
setpriv --reuid="$uid" --regid="$uid" --clear-groups --inh-caps=-all --bounding-set=-all \
  env -i PATH="$copy/bin:/usr/local/bin:/usr/bin:/bin" HOME="$copy/home" TMPDIR="$copy/tmp" DENO_DIR="$copy/deno" \
  XDG_CONFIG_HOME="$copy/home/.config" XDG_DATA_HOME="$copy/home/.local/share" XDG_STATE_HOME="$copy/home/.local/state" \
  XDG_CACHE_HOME="$copy/home/.cache" XDG_RUNTIME_DIR="$copy/run" NO_COLOR=1 CI=true \
  bash -c 'mkdir -p "$XDG_CACHE_HOME" && exec "$@"' bash deno run --frozen -A scripts/test.ts --no-check "$@"
