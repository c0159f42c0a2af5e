#!/usr/bin/env bash
# shellcheck disable=SC1091,SC2154,SC2034
# What the store keeps: the same report whatever is in it, after every kind of change, and after a kill at any moment.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

db=.mdlguard/mdlguard.db

for i in 1 2 3 4; do
    { echo '#include "common.h"'; bad_source | sed "s/Teardown/Teardown$i/"; } >u$i.c
done
printf '#pragma once\n#include <ntddk.h>\nvoid Release(PMDL mdl);\n' >common.h
{ echo '#include "common.h"'; echo 'void Release(PMDL mdl) { IoFreeMdl(mdl); }'; } >release.c
{ echo '#include "common.h"'; echo 'void Twice(PMDL mdl) { Release(mdl); Release(mdl); }'; } >twice.c
database u1.c u2.c u3.c u4.c release.c twice.c

# check STATUS UNITS WHAT: with the store, UNITS of the units are read again, and the report is that of a scan without one.
check() {
    run "$1" scan -v -f json=kept.json -f text=kept.txt -f sarif=kept.sarif "${@:4}"
    sed -n 's/^mdlguard: \([0-9]* of [0-9]*\) units have to be read$/\1/p' "$err" >read.txt
    grep -v -e 'have to be read' -e 'functions were solved' -e 'the store is' -e 'note: the store' -e 'processor time' -e 'most of it' "$err" >kept.err
    cp "$err" last.err
    run "$1" scan -f json=fresh.json -f text=fresh.txt -f sarif=fresh.sarif --no-db "${@:4}"
    cp "$err" fresh.err
    last=$3
    for kind in json txt sarif err; do
        cmp -s kept.$kind fresh.$kind || fail "the report ($kind) differs from a fresh one"
    done
    [ -z "$2" ] || grep -qx "$2 of .*" read.txt || fail "$(cat read.txt) units were read, not $2"
}

check 1 6 "no store yet"
check 1 0 "nothing changed"
check 1 0 "other workers" -j 1
touch u1.c common.h
check 1 0 "files were touched"
check 1 0 "and their times are known"
sed -i 's/Teardown1/TeardownOne/' u1.c
check 1 1 "a unit changed"
sed -i 's/IoFreeMdl(mdl);/(void)mdl;/' release.c
check 1 1 "a function that another unit calls changed"
sed -i 's/(void)mdl;/IoFreeMdl(mdl);/' release.c
check 1 1 "and changed back"
grep -q ': 2 functions were solved, 4 are' last.err || fail "not the two that differ were solved"
echo '#define ANYTHING 1' >>common.h
check 1 6 "a header changed"
sed -i 's|MmUnlockPages(mdl);|& // mdlguard-suppress MDL002: for the test|' u2.c
check 1 1 "a comment changed"
grep -q ': 0 functions were solved, 6 are' last.err || fail "something was solved"
printf 'suppress:\n  - {rule: MDL002, path: "u3.c", reason: "for the test"}\n' >.mdlguard.yaml
check 1 0 "the configuration changed"
check 1 0 "it did not change again"
check 1 0 "other rules" --skip MDL002
check 0 0 "other limits" --fail-on never
rm .mdlguard.yaml
check 1 0 "the configuration is gone"
check 1 0 "one unit only" u1.c
check 1 0 "all again"
sed -i 's/"-fms-extensions", /"-fms-extensions", "-DX", /' compile_commands.json
check 1 6 "the arguments changed"
database u1.c u2.c u3.c release.c twice.c
check 1 5 "a unit is gone and the arguments changed"
check 1 0 "a unit is gone"
echo 'int broken(' >>u3.c
check 1 1 "an error"
check 1 0 "the error is still there"
sed -i '$d' u3.c
sed -i '1i #include "absent.h"' u3.c
check 1 1 "a missing header"
check 1 0 "it is still missing"
echo '#define ABSENT 1' >absent.h
check 1 1 "it is there"
check 1 0 "it is still there"
printf '\xff\xfe/\x00/\x00\n\x00' >wide.inc
sed -i '1i #include "wide.inc"' u3.c
check 1 1 "a header that clang cannot read"
check 1 0 "it did not change"
printf '\xff\xfe/\x00/\x00.\x00\n\x00' >wide.inc
check 1 1 "it changed"
rm u3.c
check 1 1 "a unit's file is gone"
{ echo '#include "common.h"'; bad_source | sed "s/Teardown/Teardown3/"; } >u3.c
check 1 1 "the file is back"

solved() { # solved COUNT: that many functions were solved in the last check
    grep -q ": $1 functions were solved, " last.err || fail "not $1 functions were solved"
}

# functions that call each other: one whose code changed, and not its summary, is solved alone
ring() { # ring NAME NEXT
    printf 'void %s(PMDL mdl, ULONG depth);\nvoid %s(PMDL mdl, ULONG depth)\n{\n    if (depth)\n        %s(mdl, depth - 1);\n    else\n        Release(mdl);\n}\n' "$2" "$1" "$2"
}
{ echo '#include "common.h"'; ring RingA RingB; ring RingB RingC; ring RingC RingA; printf 'void Ring(PMDL mdl)\n{\n    static ULONG rounds;\n\n    rounds++;\n    { static ULONG rounds; rounds++; }\n    RingA(mdl, 2);\n    Release(mdl);\n}\n'; } >ring.c
database u1.c u2.c u3.c release.c twice.c ring.c
check 1 1 "a ring of functions"
grep -q 'ring.c:[0-9]*:[0-9]*: error:' kept.txt || fail "the ring's caller frees twice"
sed -i '/^void RingB.*)$/,/^}/s/^    if (depth)/    ULONG none = depth;\n&/' ring.c
check 1 1 "a variable in one of the ring"
solved 1
sed -i 's|^    ULONG none = depth;|& // not used|; 1i /* the ring */' ring.c
check 1 1 "a comment in one of the ring, and a line before all"
solved 0
sed -i '/^void RingB.*)$/,/^}/s/if (depth)/if (depth > 1)/' ring.c
check 1 1 "a condition in one of the ring"
solved 4
sed -i 's/Release(mdl);/&\n        (void)depth;/' ring.c
check 1 1 "another statement in all of them"

# A caller that is solved finds summaries that were taken from the store: whatever it reads of them has to be there. This one's ways are told apart since
# Release has effects.
{
    printf '#include "common.h"\nvoid Long(PMDL mdl, BOOLEAN early, volatile ULONG *port)\n{\n    ULONG sum = 0, kind = early ? 1 : 2;\n'
    for ((i = 0; i < 130; i++)); do echo '    sum += *port;'; done
    printf '    *port = sum;\n    if (kind == 2)\n        Release(mdl);\n    if (early)\n        Release(mdl);\n}\n'
} >long.c
database u1.c u2.c u3.c release.c twice.c long.c
check 1 1 "a long function that frees in either of two ways"
! grep -q '^long.c' kept.txt || fail "something is reported of the long function"
sed -i 's/sum = 0/sum = 1/' long.c
check 1 1 "the long function changed"
solved 1
database u1.c u2.c u3.c release.c twice.c
check 1 0 "without them"

# damage SQL [QUERY WANTED]: what is done to the store behind its back must have been done, or the check after it says nothing: rows were changed, or QUERY,
# asked anew, gives WANTED.
damage() {
    local last="damage: $1" changed
    changed=$(sqlite3 -cmd '.timeout 20000' $db "$1; SELECT total_changes()" 2>&1) || fail "the store could not be damaged: $changed"
    if [ $# -gt 1 ]; then
        [ "$(sqlite3 $db "$2")" = "$3" ] || fail "the store is not damaged"
    else
        [ "$changed" -gt 0 ] || fail "nothing was changed"
    fi
}

# a store of another version, damaged ones, one that cannot be written
command -v sqlite3 >/dev/null && {
    damage 'PRAGMA user_version = 1' 'PRAGMA user_version' 1
    check 1 5 "another version"
    grep -q 'another version' last.err || fail "nothing is said"
    damage 'UPDATE extract SET bytes = zeroblob(100) WHERE key = (SELECT min(key) FROM extract)'
    check 1 0 "a damaged extract behind a good report"
    sed -i 's/TeardownOne/Teardown1/' u1.c
    check 1 "" "a damaged extract"
    one='SELECT hash FROM extract ORDER BY key LIMIT 1'
    damage 'UPDATE extract SET hash = hash + 1 WHERE key = (SELECT min(key) FROM extract)' "$one" "$(($(sqlite3 $db "$one") + 1))"
    check 1 1 "a damaged hash"
    damage 'UPDATE extract_input SET hash = hash + 1'
    check 1 5 "damaged files"
    damage 'UPDATE result SET bytes = substr(bytes, 1, 200)'
    check 1 0 "a damaged report"
    damage 'UPDATE solution SET bytes = substr(bytes, 1, length(bytes) - 20)'
    echo '/* */' >>u1.c
    check 1 1 "damaged results of functions"
    damage 'UPDATE solution SET key = key + 1'
    echo '/* */' >>u1.c
    check 1 1 "results of functions that are not there"
    [ "$(sqlite3 $db 'SELECT count(*) FROM solution')" = 5 ] || fail "what is of no use is kept"
    damage 'DELETE FROM extract'
    check 1 5 "no extracts"
}
for offset in 0 20 4096 9000 20000 40000; do
    printf 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' | dd of=$db bs=1 seek=$offset conv=notrunc 2>/dev/null
    [ "$(dd if=$db bs=1 skip=$offset count=4 2>/dev/null)" = xxxx ] || fail "the store is not damaged at $offset"
    check 1 "" "damaged at $offset"
    rm -f $db.corrupt*
done
: >$db
check 1 5 "an empty file"

# killed at any moment, with its workers or without, or one of its workers; what looks for leaks at the end of a process has a child, too, and waits for
# it for ever when that is killed
kills=${MDLGUARD_KILLS:-20}
without_leaks=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
last="kill"
mv kept.json wanted.json
for ((i = 0; i < kills; i++)); do
    [ $((i % 4)) -ne 0 ] || rm -rf .mdlguard
    [ $((i % 3)) -ne 0 ] || echo "/* $i */" >>u$((i % 2 + 1)).c
    ASAN_OPTIONS=$without_leaks "$mdlguard" scan -q -j 2 -f json=killed.json >/dev/null 2>&1 &
    pid=$!
    sleep "0.$(printf '%03d' $((RANDOM % 600)))"
    if [ $((i % 5)) -eq 0 ]; then
        worker=$(pgrep -P $pid | head -1)
        [ -z "$worker" ] || kill -9 "$worker" 2>/dev/null
        wait $pid
        cmp -s killed.json wanted.json || fail "a killed worker changed the report"
    else
        kill -9 $pid 2>/dev/null
        wait $pid 2>/dev/null
    fi
    run 1 scan -q -f json=kept.json
    cmp -s kept.json wanted.json || fail "after kill $i the report differs"
    [ ! -s "$err" ] || grep -q 'error while' "$err" || fail "after kill $i something is said"
    ! command -v sqlite3 >/dev/null || [ "$(sqlite3 $db 'PRAGMA integrity_check')" = ok ] || fail "after kill $i the store is damaged"
done
[ ! -e $db.corrupt ] || fail "a store was set aside"
finish
