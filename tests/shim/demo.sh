#!/usr/bin/env bash
# The demo of docs/runtime.md: what it prints is what the document shows (but for the offsets in functions, which are the compiler's, and a frame
# of the host that some builds inline).
set -euo pipefail

cc=$1 mdlguard=$2 kit=$3
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$root"

plain() {
    sed -E -e 's/\+0x[0-9a-f]+$//' -e '/^    at run_child$/d'
}

"$cc" shim/demo/early_unlock.c -o "$folder/early_unlock"
status=0
"$folder/early_unlock" >"$folder/bad" || status=$?
[ "$status" -eq 1 ] || { echo "the wrong teardown: exit status $status, not 1"; exit 1; }
"$folder/early_unlock" ok >"$folder/ok" || { echo "the right teardown: exit status $?, not 0"; exit 1; }
shown() { # DOCUMENT MARKER: the block that follows the marker
    awk -v marker="<!-- demo: $2 -->" '$0 == marker {found = 1; next} found && /^```/ {if (inside) exit; inside = 1; next} inside' "$1"
}

# The trace that the runs leave confirms the finding, and the run without a violation adds nothing.
export MDLGUARD_TRACE=$folder/trace
"$folder/early_unlock" >/dev/null || true
"$folder/early_unlock" ok >/dev/null
"$mdlguard" scan shim/demo/early_unlock.c --confirm "$MDLGUARD_TRACE" -- -target x86_64-w64-mingw32 -fms-extensions -w -isystem "$kit" \
    -isystem "$kit/ddk" -I include -I shim/host >"$folder/scan" 2>&1 || status=$?
[ "$status" -eq 1 ] || { echo "the scan of the demo: exit status $status, not 1"; exit 1; }

diff <(shown docs/runtime.md bad | plain) <(plain <"$folder/bad")
diff <(shown docs/runtime.md ok | plain) <(plain <"$folder/ok")
diff <(shown docs/runtime.md trace) "$MDLGUARD_TRACE"
diff <(shown docs/runtime.md confirm) "$folder/scan"
diff <(shown README.md bad | plain) <(plain <"$folder/bad")
