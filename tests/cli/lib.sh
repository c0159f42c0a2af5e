# lib.sh - what the command line's tests share. Sourced with the program under test as $1; needs nothing but bash and the usual tools.
#
#   run STATUS ARGS...    runs mdlguard in $folder; its exit status must be STATUS. Output is in $out and $err.
#   says TEXT             standard error holds TEXT
#   shows TEXT            standard output holds TEXT
# shellcheck shell=bash disable=SC2034

set -u
mdlguard=$(realpath "$1")
source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=$(mktemp -d)
out=$folder/.out
err=$folder/.err
failures=0
last=
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

fail() {
    echo "FAILED: $last: $1"
    sed 's/^/    stderr: /' "$err"
    failures=$((failures + 1))
}

run() {
    local wanted=$1 status=0
    shift
    last="mdlguard $*"
    "$mdlguard" "$@" >"$out" 2>"$err" || status=$?
    [ "$status" -eq "$wanted" ] || fail "exit status $status, not $wanted"
    ! grep -qE 'AddressSanitizer|runtime error:|LeakSanitizer' "$err" || fail "a sanitizer complains"
}

says() {
    grep -qF -- "$1" "$err" || fail "standard error lacks '$1'"
}

shows() {
    grep -qF -- "$1" "$out" || fail "standard output lacks '$1'"
}

holds() { # holds FILE TEXT
    grep -qF -- "$2" "$1" || fail "$1 lacks '$2'"
}

finish() {
    [ "$failures" -eq 0 ] && echo "all as documented"
    exit "$((failures > 0))"
}

# database FILE...: a compile_commands.json for the named C files, which are given the Windows headers' arguments.
database() {
    local file separator=
    {
        echo "["
        for file; do
            printf '%s{"directory": ".", "file": "%s", "arguments": ["clang", "-c", "-target", "x86_64-w64-mingw32", ' \
                "$separator" "$file"
            printf '"-fms-extensions", "-isystem", "/usr/x86_64-w64-mingw32/include", '
            printf '"-isystem", "/usr/x86_64-w64-mingw32/include/ddk", "%s"]}' "$file"
            separator=$',\n'
        done
        echo "]"
    } >compile_commands.json
}

# A file with one error (MDL002: the mapping of the locked pages is unmapped after the unlock), and one without.
bad_source() {
    cat <<'C'
#include <ntddk.h>

void Teardown(PMDL mdl)
{
    PVOID view;

    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return;
    }
    view = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    MmUnlockPages(mdl);
    if (view)
        MmUnmapLockedPages(view, mdl);
}
C
}

good_source() {
    cat <<'C'
#include <ntddk.h>

void Teardown(PMDL mdl)
{
    PVOID view;

    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return;
    }
    view = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (view)
        MmUnmapLockedPages(view, mdl);
    MmUnlockPages(mdl);
}
C
}
