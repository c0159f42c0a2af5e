#!/usr/bin/env bash
# shellcheck disable=SC1091,SC2154,SC2034
# scan --confirm: what a trace of the runtime shim adds to a scan, and traces that are none.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

bad_source >bad.c
good_source >good.c
database bad.c good.c

# one finding confirmed, one violation without a finding
{
    echo "mdlguard-trace 1 1 violation MDL002 13 bad.c"
    echo "mdlguard-trace 1 2 violation MDL004 16 good.c"
    echo "mdlguard-trace 1 2 message MDL freed while its pages are locked"
} >seen.trace
run 1 scan --no-db --confirm seen.trace -f text -f json=r.json -f sarif=r.sarif -f html=r.html -f github=r.github -f codeclimate=r.gitlab
shows "bad.c:13:5: note: confirmed at run time"
shows "good.c:16: error: seen at run time, explained by no finding: MDL freed while its pages are locked [MDL004 FreeWhileLocked]"
says "1 error, 0 warnings, 0 notes, 1 confirmed at run time, 1 seen there only"
holds r.json '"confirmedAtRunTime": true'
holds r.json '"seenAtRunTimeOnly": ['
holds r.sarif '"mdlguard/confirmedAtRunTime": true'
holds r.sarif 'explained by no finding: MDL freed while its pages are locked'
holds r.html 'Confirmed at run time'
holds r.github '(confirmed at run time)'
holds r.gitlab 'confirmed at run time'

# what only the trace saw does not decide the exit status, and what is suppressed or in the baseline explains it as well
run 0 scan --no-db good.c --confirm seen.trace
shows "bad.c:13: error: seen at run time, explained by no finding"
run 1 scan --no-db -f sarif=old.sarif
run 0 scan --no-db --baseline old.sarif --confirm seen.trace
! grep -q "bad.c:13: error: seen" "$out" || fail "the baseline explains nothing"

# several traces; none was seen
head -n 1 seen.trace >first.trace
tail -n 2 seen.trace >second.trace
run 1 scan --no-db --confirm first.trace --confirm=second.trace
says "1 confirmed at run time, 1 seen there only"
: >empty.trace
run 1 scan --no-db --confirm empty.trace
says "0 confirmed at run time in"

# malformed ones
run 2 scan --no-db --confirm nowhere.trace
says "nowhere.trace: error: cannot read"
run 2 scan --no-db --confirm bad.c
says "bad.c:1:1: error: this is no trace"
printf 'log\nmdlguard-trace 1 1 violation MDL002 x bad.c\n' >wrong.trace
run 2 scan --no-db --confirm wrong.trace -f "json=none.json"
says "wrong.trace:2:37: error: malformed trace: the number of a line"
[ ! -e none.json ] || fail "a report is written all the same"
printf 'mdlguard-trace 2 1 violation MDL002 13 bad.c\n' >new.trace
run 2 scan --no-db --confirm new.trace
says "the trace is of version 2; this mdlguard reads version 1"
run 2 scan --no-db --confirm
says "--confirm lacks its value"
finish
