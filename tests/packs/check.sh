#!/usr/bin/env bash
# The built-in packs, and the example in docs/rule-format.md, fit rules/pack.schema.json; packs with mistakes do not; the schema has the keys
# that the reader has. Needs Node.js and npm.
#
#   tests/packs/check.sh MDLGUARD
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

exec 9>"$here/.install.lock"
flock 9
if [ ! -f "$here/node_modules/.package-lock.json" ] || [ "$here/package-lock.json" -nt "$here/node_modules/.package-lock.json" ]; then
    npm ci --prefix "$here" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
    touch "$here/node_modules/.package-lock.json"
fi
flock -u 9

example=$(mktemp --suffix=.yaml)
trap 'rm -f "$example"' EXIT
sed -n '/^pack: vbuf/,/^```/p' "$root/docs/rule-format.md" | grep -v '^```' >"$example"
grep -q 'name: VbufUnlock' "$example" || { echo "docs/rule-format.md: the worked example was not found" >&2; exit 1; }
node "$here/check.mjs" "$1" "$root/rules/pack.schema.json" "$here/wrong" "$root"/rules/*.yaml "$example"
