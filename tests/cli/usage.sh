#!/usr/bin/env bash
# shellcheck disable=SC1091,SC2154,SC2034
# A wrong call, configuration or rule pack: exit status 2, a message that says what to do, and no report.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

run 2
says "which command?"
run 2 skan
says "did you mean scan?"
run 2 scan --fromat=text
says "unknown option '--fromat=text'; did you mean --format?"
run 2 scan -j many
says "--jobs wants a whole number"
run 0 --help
shows "Usage: mdlguard scan"
run 0 dump --help
shows "Usage: mdlguard dump --stage="
shows "--function F"
! grep -q -e --baseline "$out" || fail "the help on dump names an option of scan"
run 0 --version
shows "mdlguard "

# no database
run 2 scan
says "no compile_commands.json in"
says "name its folder with -p"
run 2 scan -p nowhere
says "'nowhere' does not exist"
mkdir empty
run 2 scan -p empty -f text -f sarif=r.sarif
says "'empty' has no compile_commands.json"
[ ! -e r.sarif ] || fail "a report was written"

# files
good_source >a.c
database a.c
run 2 scan missing.c
says "'missing.c' does not exist and is not in"
touch other.c
run 2 scan other.c
says "'other.c' is not in"
says "give its compiler arguments behind --"
run 2 scan missing.c -- -DX
says "'missing.c' does not exist"

# rules
run 2 scan --only MDL999
says "--only names the rule 'MDL999', which does not exist"
run 2 scan --skip mdl002
says "did you mean MDL002?"
printf 'pack: ours\nroutines:\n  - name: MyUnlock\n    source: ours\n    matcg: [{function: MyUnlock}]\n' >typo.yaml
run 2 scan --rules typo.yaml
says "typo.yaml:5:5:"
run 2 rules check typo.yaml
says "typo.yaml:5:5:"
run 2 scan --rules nowhere.yaml
says "nowhere.yaml"
run 2 rules frobnicate
says "rules takes 'list', or 'check'"
run 0 rules
shows "MDL002"
shows "UnlockBeforeUnmap"
shows "wdm      MmUnlockPages"
shows "[ddi wdm/nf-wdm-mmunlockpages;"
run 2 rules check "$source_dir"/tests/packs/wrong
packs=("$source_dir"/tests/packs/wrong/*.yaml)
[ "$(grep -cE '/wrong/[a-z0-9-]+\.yaml:[0-9]+:[0-9]+: error: ' "$err")" -eq ${#packs[@]} ] || fail "not every wrong pack gives one located message"
[ ${#packs[@]} -ge 20 ] || fail "there are fewer than twenty wrong packs"
run 0 rules check "$source_dir"/rules/wdm.yaml
shows "no mistakes"

# configuration
printf 'fail-on: error\nskipp: [MDL001]\n' >.mdlguard.yaml
run 2 scan
says ".mdlguard.yaml:2:1: error: unknown key 'skipp'; did you mean 'skip'?"
rm .mdlguard.yaml
run 2 scan --config nowhere.yaml
says "nowhere.yaml: error: cannot read"
printf 'skip: [MDL998]\n' >c.yaml
run 2 scan --config c.yaml
says "c.yaml:1:8: error: 'skip' names the rule 'MDL998', which does not exist"
printf 'fail-on: error\nonly: [MDL001,\n  mdl002]\n' >c.yaml
run 2 scan --config c.yaml
says "c.yaml:3:3: error: 'only' names the rule 'mdl002', which does not exist; did you mean MDL002?"
printf 'suppress:\n  - {rule: MDL998, path: "*", reason: none}\n' >c.yaml
run 2 scan --config c.yaml
says "c.yaml:2:5: error: 'suppress' names the rule 'MDL998', which does not exist"
printf '# the oldest\ntarget-os: windows-11.5\n' >c.yaml
run 2 scan --config c.yaml
says "c.yaml:2:12: error: target-os 'windows-11.5' is not known; did you mean 'windows-11'?"
printf 'fail-on: error\n---\nskip: [MDL001]\n' >c.yaml
run 2 scan --config c.yaml
says "c.yaml:2:1: error: a configuration is one document"
printf '\377\376' >c.yaml
run 0 scan --config c.yaml --no-db

# baseline
echo '{"runs": [' >b.sarif
run 2 scan --baseline b.sarif --no-db
says "b.sarif:"
says "the baseline is not JSON"

# explain and dump
run 2 explain MDL999
says "there is no rule 'MDL999'"
says "MDL001  FreeBeforeUnmap"
run 0 explain mdl002
shows "UnlockBeforeUnmap"
run 0 explain FreeBeforeUnmap
shows "MDL001"
run 2 dump --stage=ast a.c
says "there is no stage 'ast'"
run 2 dump --stage=ir --function NoSuch a.c
says "no function 'NoSuch'"
finish
