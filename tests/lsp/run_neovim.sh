#!/bin/sh
# The language server and a real editor: headless Neovim opens the sample and the drivers in testcases/drivers/, sees their findings,
# edits a bug away without saving, and sees it go.
#
#     run_neovim.sh MDLGUARD
set -eu

if [ $# -ne 1 ]; then
    echo "usage: run_neovim.sh MDLGUARD" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
MDLGUARD=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
DRIVERS=$(cd "$here/../../testcases/drivers" && pwd)
command -v nvim >/dev/null || {
    echo "run_neovim.sh: nvim is not installed (Debian package neovim)" >&2
    exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$here/sample" "$work/sample"
# Neovim's own files (log, shared data) stay in the temporary folder.
export MDLGUARD DRIVERS SAMPLE="$work/sample" XDG_CACHE_HOME="$work" XDG_DATA_HOME="$work" XDG_STATE_HOME="$work"

# The script ends Neovim itself; the last command is for the case that it does not even load.
status=0
timeout 300 nvim --headless -u NONE -i NONE -n -c "luafile $here/neovim_test.lua" -c "cquit 1" 2>&1 || status=$?
echo
if [ "$status" -ne 0 ]; then
    echo "run_neovim.sh: FAILED (status $status)" >&2
    for log in "$work"/nvim/lsp.log; do
        [ ! -f "$log" ] || tail -n 20 "$log" >&2
    done
fi
exit "$status"
