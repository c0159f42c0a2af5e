#!/usr/bin/env bash
# shellcheck disable=SC1091,SC2154,SC2034
# The exit statuses of a scan, what it writes, and that the number of workers changes nothing.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

good_source >good.c
bad_source >bad.c

database good.c
run 0 scan
[ -s .mdlguard/mdlguard.db ] || fail "no store beside the compile database"
database good.c bad.c
run 1 scan --no-db
shows "bad.c:13:5: error:"
shows "[MDL002 UnlockBeforeUnmap]"
says "1 error, 0 warnings, 0 notes in 2 functions of 2 units"
run 1 scan -q --no-db
[ ! -s "$err" ] || fail "quiet, it says something"

# which findings count
run 0 scan --no-db --fail-on never
shows "MDL002"
run 0 scan --no-db --skip MDL002
run 1 scan --no-db --only MDL002
run 0 scan --no-db --only MDL001
run 1 scan --no-db bad.c
run 0 scan --no-db good.c
printf 'fail-on: never\n' >.mdlguard.yaml
run 0 scan --no-db
run 1 scan --no-db --fail-on note
printf 'suppress:\n  - {rule: MDL002, path: "*.c", reason: "for the test"}\n' >.mdlguard.yaml
run 0 scan --no-db -f text -f sarif=r.sarif
says "1 suppressed"
holds r.sarif "for the test"
printf 'suppress:\n  - {rule: "*", path: "*.c", reason: "for the test"}\n  - {rule: MDL003, path: "*", reason: none}\n' >.mdlguard.yaml
run 0 scan --db config.db
says "mdlguard: .mdlguard.yaml:3:5: note: suppression of MDL003 suppresses nothing"
run 0 scan --db config.db
says "mdlguard: .mdlguard.yaml:3:5: note: suppression of MDL003 suppresses nothing"
run 0 scan --no-db bad.c
! grep -q "suppresses nothing" "$err" || fail "of a part of the program it cannot be said"
rm .mdlguard.yaml

# a comment in the source
sed 's|MmUnlockPages(mdl);|& // mdlguard-suppress MDL002: the caller maps again|' bad.c >quiet.c
database quiet.c
run 0 scan --no-db
says "1 suppressed"
run 0 scan --no-db --skip MDL002
! grep -q "suppresses nothing" "$err" || fail "it does suppress something, were the rule not switched off"
sed 's|MmUnlockPages(mdl);|& // mdlguard-suppress MDL002: nothing wrong here|' good.c >useless.c
database useless.c
run 0 scan --no-db
says "useless.c:15:"

# a baseline
database bad.c
run 1 scan --no-db -f sarif=old.sarif
run 0 scan --no-db --baseline old.sarif -f sarif=new.sarif -f text
says "1 in the baseline"
holds new.sarif '"baselineState": "unchanged"'

# arguments of one's own
run 1 scan bad.c -- -target x86_64-w64-mingw32 -fms-extensions -isystem /usr/x86_64-w64-mingw32/include \
    -isystem /usr/x86_64-w64-mingw32/include/ddk
shows "MDL002"

# the same bytes, whatever -j
for i in 1 2 3 4; do
    { bad_source | sed "s/Teardown/Teardown$i/"; } >"bad$i.c"
done
database bad1.c bad2.c bad3.c bad4.c
run 1 scan -f sarif=one.sarif -f text -j 1
cp "$out" one.txt
for jobs in 2 4; do
    run 1 scan -f "sarif=$jobs.sarif" -f text -j "$jobs"
    cmp -s one.txt "$out" || fail "the text differs from that of -j 1"
    cmp -s one.sarif "$jobs.sarif" || fail "the SARIF differs from that of -j 1"
done

# what the stages see
for stage in ir cfg calls summary state; do
    run 0 dump --stage=$stage --function Teardown1 bad1.c
    [ -s "$out" ] || fail "nothing is shown"
done

# annotations that mean nothing where they stand
cat >notes.c <<'EOT'
#include <ntddk.h>
#define NOTE(word) __attribute__((annotate("mdlguard:" word)))
VOID Unlock(NOTE("relases-lock") PMDL mdl);
VOID Drop(NOTE("releases-lock") PVOID mdl);
NOTE("maps-system") PVOID View(PMDL a, PMDL b);
VOID Twice(NOTE("releases-lock") PMDL a, NOTE("releases-lock") PMDL b);
__attribute__((annotate("other:note"))) VOID Other(PMDL mdl);
VOID f(PMDL m) { Unlock(m); Drop(m); View(m, m); Twice(m, m); Other(m); }
EOT
database notes.c
run 3 scan --no-db
says "notes.c:3:6: warning: 'Unlock': there is no annotation 'relases-lock'; did you mean 'releases-lock'?"
says "notes.c:4:6: warning: 'Drop': annotation 'releases-lock' means nothing where it stands"
says "notes.c:5:27: warning: 'View': annotation 'maps-system' needs one parameter that is the MDL: there are several"
says "notes.c:6:6: warning: 'Twice': annotation 'releases-lock' is about a second MDL"
# a wrapper's test for NULL is no step of the path when its caller knows that it is not
cat >wrap.c <<'EOT'
#include <ntddk.h>
static VOID FreeMdl(PMDL m) { if (m == NULL) return; IoFreeMdl(m); }
VOID known(PVOID va)
{
    PMDL mdl = IoAllocateMdl(va, 64, FALSE, FALSE, NULL);
    if (!mdl)
        return;
    FreeMdl(mdl);
    FreeMdl(mdl);
}
EOT
database wrap.c
run 1 scan --no-db wrap.c
shows "wrap.c:9:5: error: MDL freed twice: 'mdl'"
shows "wrap.c:8:5: note: 2: calls 'FreeMdl'"
shows "wrap.c:2:54: note: 3: MDL freed here"
! grep -q "'m' is not NULL: branch taken" "$out" || fail "a test that decides nothing is shown"

# on a terminal: how far it has come, in units and then in functions
last="mdlguard scan on a terminal"
script -qec "'$mdlguard' scan --no-db wrap.c" tty >/dev/null 2>"$err"
holds tty "] 1 unit read"
holds tty " functions, "
script -qec "'$mdlguard' scan -q --no-db wrap.c" tty >/dev/null 2>"$err"
! grep -q "unit read" tty || fail "quiet, it draws a bar"
finish
