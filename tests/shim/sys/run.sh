#!/usr/bin/env bash
# run.sh CLANG MINGW_INCLUDE GENERATED MDLGUARD: builds the driver of this folder as a .sys, right and with a mistake planted, loads it into Wine's ntoskrnl, and
# compares what it says; the trace in that confirms what the analyzer finds in the source. Exit status 77, with the reason, where lld, Wine or the import library is not there.
set -euo pipefail

clang=$1 kit=$2 generated=$3 mdlguard=$4
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
library=$(dirname "$kit")/lib

skip() {
    echo "skipped: $1"
    exit 77
}

wine=$(command -v wine64 || command -v wine || ls /usr/lib/wine/wine64 2>/dev/null) || skip "no wine64"
command -v ld.lld-19 >/dev/null || command -v ld.lld >/dev/null || skip "no lld"
[ -e "$library/libntoskrnl.a" ] || skip "no import library for ntoskrnl"

folder=$(mktemp -d)
export WINEPREFIX=$folder/prefix WINEDEBUG=-all
server=$(command -v wineserver || ls /usr/lib/wine/wineserver64 2>/dev/null) || skip "no wineserver"
finish() {
    "$server" -k -w 2>/dev/null || true
    rm -rf "$folder"
}
trap finish EXIT
export WINESERVER=$server

build() { # PLANT: 0 none
    local objects=() source object
    for source in shim/*.c "$generated/mdlguard_tables.c" tests/shim/sys/memory.c tests/shim/sys/driver.c; do
        case $source in
        shim/gen_tables.c | shim/wrap_?*.c) continue ;; # a tool of the build; wrappers that this driver does not need
        esac
        object=$folder/$(basename "$source")-$(dirname "$source" | tr / _).o
        local forced=()
        # The stand-ins of memory.c under names of their own, for the wrappers.
        local routine
        for routine in MmProbeAndLockPages MmUnlockPages MmMapLockedPagesSpecifyCache MmUnmapLockedPages; do
            forced+=("-D$routine=StandIn$routine")
        done
        [ "$source" != tests/shim/sys/driver.c ] || forced=(-include mdlguard/shim.h)
        "$clang" -target x86_64-w64-mingw32 -fms-extensions -O1 -w -mno-stack-arg-probe -D__INTRINSIC_DEFINED_InterlockedBitTestAndSet \
            -D__INTRINSIC_DEFINED_InterlockedBitTestAndReset -isystem "$kit" -isystem "$kit/ddk" -I include -I shim -I "$generated" -DPLANT="$1" "${forced[@]}" \
            -c "$source" -o "$object"
        objects+=("$object")
    done
    "$clang" -target x86_64-w64-mingw32 -fuse-ld=lld -shared -nostdlib -Wl,--subsystem,native -Wl,--entry,DriverEntry \
        -o "$folder/guard$1.sys" "${objects[@]}" -L "$library" -lntoskrnl -lhal 2>"$folder/link" || { cat "$folder/link"; return 1; }
}

# What a driver says comes from the process that the first command of a session started: each driver gets a session of its own.
load() { # PLANT: prints what the driver says
    local name=guard$1 log=$folder/guard$1.log
    cp "$folder/$name.sys" "$WINEPREFIX/drive_c/windows/system32/drivers/"
    "$server" -k -w 2>/dev/null || true
    export WINEDEBUG=-all,+debugstr
    {
        timeout 100 "$wine" sc create "$name" type= kernel binPath= "C:\\windows\\system32\\drivers\\$name.sys"
        timeout 100 "$wine" net start "$name"
        timeout 100 "$wine" net stop "$name"
        "$server" -k -w
    } >"$log" 2>&1 || true
    cat "$log"
}

# The driver's log is a trace of the one violation that is found in its source.
confirms() { # PLANT
    "$mdlguard" scan tests/shim/sys/driver.c --confirm "$folder/said" -- -target x86_64-w64-mingw32 -fms-extensions -w -isystem "$kit" \
        -isystem "$kit/ddk" -I include -include mdlguard/shim.h -DMDLGUARD_SHIM_NO_MACROS -DPLANT="$1" >"$folder/scan" 2>&1 || true
    grep -q ', 1 confirmed at run time in' "$folder/scan" || { echo "  the log confirms no finding"; cat "$folder/scan"; return 1; }
}

cd "$root"
for plant in 0 2 4 6 20; do
    build "$plant"
done
timeout 120 "$wine" wineboot -i >/dev/null 2>&1 || skip "wineboot does not work here"
[ -d "$WINEPREFIX/drive_c/windows/system32/drivers" ] || skip "wineboot made no prefix"
failed=0
for plant in 0 2 4 6 20; do
    load "$plant" >"$folder/said" 2>&1
    rules=$(grep -o '\[MDL[0-9]*' "$folder/said" | tr -d '[' | sort -u | tr '\n' ' ' || true)
    wanted=
    [ "$plant" -eq 0 ] || wanted=$(printf 'MDL%03d ' "$plant")
    grep -q 'driver: started, 00000000, last byte 99' "$folder/said" || { echo "planted $plant: the driver did not start"; cat "$folder/said"; failed=1; continue; }
    echo "planted $plant: ${rules:-silent}"
    grep -q 'driver: unloaded with' "$folder/said" || { echo "  it was not unloaded"; failed=1; }
    [ "$rules" = "$wanted" ] || { echo "  expected: ${wanted:-silence}"; cat "$folder/said"; failed=1; }
    [ "$plant" -eq 0 ] || confirms "$plant" || failed=1
done
exit $failed
