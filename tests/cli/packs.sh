#!/usr/bin/env bash
# shellcheck disable=SC1091,SC2154,SC2034
# Rule packs of a project: the worked example of docs/rule-format.md does what it says, and .mdlguard.yaml and --rules name packs.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

doc=$source_dir/docs/rule-format.md
flags=(-target x86_64-w64-mingw32 -fms-extensions -isystem /usr/x86_64-w64-mingw32/include -isystem /usr/x86_64-w64-mingw32/include/ddk)

# block N: the Nth fenced block of the worked example
block() {
    sed -n '/^## A worked example/,/^## How a call is judged/p' "$doc" |
        awk -v n="$1" '/^```./ && !open { open = 1; i++; next } /^```$/ { if (!open) i++; open = !open; next } open && i == n'
}

mkdir rules src
block 1 >src/vbuf.h
block 2 >rules/vbuf.yaml
block 3 >.mdlguard.yaml
block 4 >src/send.c
block 5 >wanted
[ "$(wc -l <rules/vbuf.yaml)" -eq 20 ] || fail "the pack of the worked example has 20 lines"
run 0 rules check rules/vbuf.yaml
shows "1 file checked: no mistakes"
run 1 scan --no-db src/send.c -- "${flags[@]}"
diff wanted "$out" >/dev/null || { fail "the worked example prints something else"; diff wanted "$out"; }
run 0 rules list
shows "vbuf     VbufLock"
shows "unmap arg0; process: mapper (user)"
# from below the project, and with the pack given by hand
cd src || exit 1
run 1 scan --no-db send.c -- "${flags[@]}"
shows "MDL014"
cd .. || exit 1
rm .mdlguard.yaml
run 0 scan --no-db src/send.c -- "${flags[@]}"
run 1 scan --no-db --rules rules src/send.c -- "${flags[@]}"
shows "MDL014"
# the mistake that the page tells of
grep -v '^origins' rules/vbuf.yaml >wrong.yaml
run 2 rules check wrong.yaml
says "wrong.yaml:7:72: error: 'vbuf' is not an origin; there are: io, "
# a pack that the configuration names and that is wrong, or not there
printf 'rules: [wrong.yaml]\n' >.mdlguard.yaml
run 2 scan --no-db src/send.c -- "${flags[@]}"
says "wrong.yaml:7:72: error: 'vbuf' is not an origin"
printf 'rules: [gone.yaml]\n' >.mdlguard.yaml
run 2 scan --no-db src/send.c -- "${flags[@]}"
says "gone.yaml: error: cannot read"
# a built-in pack that has to be asked for
printf 'rules: [linux]\n' >.mdlguard.yaml
run 0 rules list
shows "linux    pin_user_pages"
shows "LNX001"
rm .mdlguard.yaml
run 0 rules list
! grep -q '^linux' "$out" || fail "the pack linux is in force"
run 0 rules list --rules linux
shows "linux    pin_user_pages"
run 2 scan --no-db --rules wdm src/send.c -- "${flags[@]}"
says "wdm: error: cannot read"
# before Windows 7 MmFreePagesFromMdl leaves the system mapping alone: what is right by default is a mistake there
pages=$source_dir/testcases/wdm/MDL003/system_view_is_freed_with_pages.c
for system in windows-10 windows-7; do
    printf 'target-os: %s\n' $system >.mdlguard.yaml
    run 0 scan --no-db "$pages" --config .mdlguard.yaml -- "${flags[@]}"
done
printf 'target-os: windows-vista\n' >.mdlguard.yaml
run 1 scan --no-db "$pages" --config .mdlguard.yaml -- "${flags[@]}"
shows "system_view_is_freed_with_pages.c:20:5: "
shows "MDL003"
rm .mdlguard.yaml
finish
