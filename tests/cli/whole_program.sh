#!/usr/bin/env bash
# shellcheck disable=SC1091,SC2154,SC2034
# What is known of variables and members from the whole program: a store somewhere changes what is found elsewhere, in a scan with a store as in one without.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# changes CASE EDIT BEFORE AFTER: so many findings before and after the edit.
changes() {
    rm -rf .mdlguard
    cp "$source_dir/testcases/$1" whole.c
    run 0 scan --fail-on never -f json=before.json
    sed -i "$2" whole.c
    run 0 scan --fail-on never -f json=kept.json
    run 0 scan --fail-on never -f json=fresh.json --no-db
    last="$1, $2"
    cmp -s kept.json fresh.json || fail "the report differs from a fresh one"
    [ "$(grep -c '"rule":' before.json) $(grep -c '"rule":' kept.json)" = "$3 $4" ] ||
        fail "$(grep -c '"rule":' before.json) findings before and $(grep -c '"rule":' kept.json) after, not $3 and $4"
}

database whole.c
changes wdm/MDL021/stage_is_one_of_three.c 's/? 3 : 1/? 3 : 2/' 2 3
changes wdm/MDL021/stage_is_one_of_three.c 's/request->Stage = STAGE_MAPPED/request->Stage = 7/' 2 3
changes wdm/MDL021/stage_is_one_of_three.c 's/request->Next = waiting;/InterlockedIncrement((LONG *)\&request->Stage); &/' 2 3
changes wdm/MDL023/size_zero_never_grows.c 's/block->Offset = total(store)/block->Offset = total(store) - 5/' 0 1
changes wdm/MDL023/size_zero_may_grow.c 's/->Offset -= by/->Offset = 0/' 1 0
changes ndis/MDL041/handles_of_two_pools.c 's/other_buffers = own_buffers;/own_buffers = other_buffers;/' 3 5
changes ndis/MDL005/kinds_of_lists_exclude_each_other.c 's/LIST_SET(list, LIST_TAGGED)/LIST_SET(list, LIST_INJECTED)/' 3 4
changes ndis/MDL005/kinds_of_lists_are_added_up.c '/inject(list);/d' 2 1
finish
