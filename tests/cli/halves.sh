#!/usr/bin/env bash
# shellcheck disable=SC1091,SC2154,SC2034
# The two halves of a scan on files: extract is pure, link gives the report of a scan, ninja runs both.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir "with space"
cd "with space" || exit 1
bad_source | sed 's/MmUnlockPages(mdl)/RELEASE(mdl)/; 1a #include "own.h"' >bad.c
echo '#define RELEASE(mdl) MmUnlockPages(mdl)' >own.h
echo 'const char *Built(void) { return __DATE__ __TIME__; }' >>bad.c
good_source >"good \$1 #2.c"
echo 'int broken(' >broken.c
database bad.c "good \$1 #2.c" broken.c
sed -i '1a {"directory": ".", "file": "bad.c", "arguments": ["clang", "-DTWICE=\\"a b\\"", "-target", "x86_64-w64-mingw32", "-isystem", "/usr/x86_64-w64-mingw32/include", "-isystem", "/usr/x86_64-w64-mingw32/include/ddk", "bad.c"]},' compile_commands.json
sed -i '1a {"directory": ".", "file": "bad.c", "arguments": ["clang", "@gone.rsp", "bad.c"]},' compile_commands.json

run 1 scan --no-db -f json=scan.json -f sarif=scan.sarif -f text=scan.txt
cp "$err" scan.err

# extract: the same input, the same bytes, whenever and from wherever
run 0 extract bad.c -o a.mgo
touch bad.c own.h
sleep 1.1
(cd / && "$mdlguard" extract "$folder/with space/bad.c" -o "$folder/with space/b.mgo") || fail "not from another folder"
cmp -s a.mgo b.mgo || fail "the bytes differ"
holds a.mgo.d "with\\ space/own.h"
run 0 extract "good \$1 #2.c" -o c.mgo
holds c.mgo.d 'good\ $$1\ \#2.c'
run 0 extract broken.c -o d.mgo

# link: what a scan says, whatever the order
run 1 link d.mgo c.mgo a.mgo --root . -f json=link.json -f sarif=link.sarif -f text=link.txt
for kind in json sarif txt; do cmp -s scan.$kind link.$kind || fail "the report ($kind) differs from that of a scan"; done
cmp -s scan.err "$err" || fail "standard error differs from that of a scan"
printf 'd.mgo\na.mgo\n\nc.mgo\nb.mgo\n' >list
run 1 link @list --root "$PWD" -f json=link.json
cmp -s scan.json link.json || fail "with a list, and a unit twice, the report differs"
run 1 link a.mgo --root . --only MDL002 --skip MDL020
run 0 link c.mgo

# what is no such file
run 2 link bad.c
says "not a whole file"
head -c 300 a.mgo >e.mgo
run 2 link e.mgo
printf 'x' | dd of=b.mgo bs=1 seek=200 conv=notrunc 2>/dev/null
run 2 link b.mgo
run 2 link absent.mgo
run 2 link @absent
echo >none
run 2 link @none
says "none: error: names no file"
run 2 link
run 2 extract bad.c
run 2 extract bad.c -o x.mgo --directory .
run 2 extract absent.c -o x.mgo -- -target x86_64-w64-mingw32
run 3 extract bad.c -o /absent/x.mgo

# ninja
ninja=$(command -v ninja || command -v ninja-build || true)
run 0 ninja
shows "rule extract"
if [ -n "$ninja" ]; then
    run 0 ninja -o build.ninja -f json=ninja.json -f sarif=ninja.sarif --launcher "env LAUNCHED=1"
    "$ninja" -j 2 >ninja.log 2>&1 && fail "ninja does not see the findings"
    for kind in json sarif; do cmp -s scan.$kind ninja.$kind || fail "the report of ninja ($kind) differs"; done
    run 0 ninja -o build.ninja -f json=ninja.json --fail-on never "good \$1 #2.c"
    "$ninja" >ninja.log 2>&1 || fail "ninja: $(cat ninja.log)"
    "$ninja" >ninja.log 2>&1
    grep -q 'no work to do' ninja.log || fail "ninja runs again: $(cat ninja.log)"
    echo >>"good \$1 #2.c"
    "$ninja" -v >ninja.log 2>&1
    [ "$(grep -c ' extract ' ninja.log)" -eq 1 ] || fail "ninja does not see a changed file: $(cat ninja.log)"
else
    echo "without ninja: the build file was not run"
fi
cd "$folder" || exit 1
finish
