#!/usr/bin/env bash
# shellcheck disable=SC1091,SC2154,SC2034
# Input that cannot be analysed, and results that cannot be written: exit status 3 when there is no finding, and a report that says so.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

good_source >good.c
bad_source >bad.c

# databases
printf '[{"directory": ".",\n  "file": "good.c", "comm' >compile_commands.json
run 3 scan -f sarif=r.sarif -f text
says "compile_commands.json:2:"
says "not a compile database"
says "exit status 3"
holds r.sarif '"executionSuccessful": false'
echo '[]' >compile_commands.json
run 3 scan
says "compile_commands.json:1:1:"
says "has no entries"
: >compile_commands.json
run 3 scan
says "not a compile database"
[ ! -e .mdlguard ] || fail "a store was made of nothing"

# a file that does not parse
printf '#include <ntddk.h>\nvoid f(PMDL m) { MmUnlockPages(m) }\nint g(\n' >broken.c
database broken.c good.c
run 3 scan --no-db -f text -f sarif=r.sarif
says "mdlguard: broken.c:2:34: warning: 4 errors while reading broken.c, analysed as far as possible; the first: expected"
run 3 scan --no-db -f json
shows '"file": "broken.c"'
! grep -q "$folder" "$out" || fail "the report names the folder, which differs from machine to machine"
holds r.sarif 'broken.c'
# what does parse is still reported, and a finding outweighs the gap
database broken.c bad.c
run 1 scan --no-db
shows "MDL002"
says "mdlguard: broken.c:2:34: warning: 4 errors while reading broken.c, analysed as far as possible"

# a statement that clang gave up on may have done anything to the MDL that it names, and to no other
cat >lost.c <<'EOF'
#include <wdm.h>

typedef struct _SENDER {
    PVOID Pool;
    PMDL Kept;
} SENDER;

void NextPacket(SENDER *sender);

NTSTATUS packet_takes_it_ok(SENDER *sender, PVOID bytes)
{
    PVENDOR_PACKET packet;
    PMDL mdl;
    NTSTATUS status;

    mdl = IoAllocateMdl(bytes, 1500, FALSE, FALSE, NULL);
    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    VendorAllocatePacket(&status, &packet, sender->Pool);
    if (status != STATUS_SUCCESS) {
        IoFreeMdl(mdl);
        return status;
    }
    mdl->Next = NULL;
    VendorChainBuffer(packet, mdl);
    NextPacket(sender);
    return STATUS_SUCCESS;
}

/* The statement that is left has the handing over in its condition. */
NTSTATUS condition_takes_it_ok(SENDER *sender, PVOID bytes)
{
    PMDL mdl = IoAllocateMdl(bytes, 1500, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    if (!VendorSend((PVENDOR_PACKET)sender->Pool, mdl))
        IoFreeMdl(mdl);
    NextPacket(sender);
    return STATUS_SUCCESS;
}

NTSTATUS returned_to_somebody_ok(SENDER *sender, PVOID bytes)
{
    PMDL mdl = IoAllocateMdl(bytes, 1500, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    NextPacket(sender);
    return VendorReturn(mdl, VENDOR_KEEPS_IT);
}

/* What a trace call prints is as before, though nobody declares its flags. */
static NTSTATUS Describe(SENDER *sender, PVOID bytes)
{
    NTSTATUS status = STATUS_SUCCESS;

    sender->Kept = IoAllocateMdl(bytes, 1500, FALSE, FALSE, NULL);
    if (sender->Kept == NULL)
        status = STATUS_INSUFFICIENT_RESOURCES;
    TraceEvents(TRACE_LEVEL_VENDOR, DBG_VENDOR, "described: %!STATUS!", status);
    return status;
}

NTSTATUS status_is_printed_ok(SENDER *first, SENDER *second, PVOID bytes)
{
    NTSTATUS status = Describe(first, bytes);

    if (!NT_SUCCESS(status))
        return status;
    status = Describe(second, bytes);
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(first->Kept);
        first->Kept = NULL;
        return status;
    }
    first->Kept->Next = second->Kept;
    return STATUS_SUCCESS;
}
EOF
cp lost.c other.c
cat >>other.c <<'EOF'

NTSTATUS one_is_named(PVOID bytes)
{
    PVENDOR_PACKET packet;
    PMDL mdl = IoAllocateMdl(bytes, 1500, FALSE, FALSE, NULL), other;

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    other = IoAllocateMdl(bytes, 100, FALSE, FALSE, NULL);
    if (other == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    VendorChainBuffer(packet, other);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}
EOF
database lost.c
run 3 scan --no-db
says "7 errors while reading"
run 3 scan --no-db --no-shared-headers
database other.c
run 1 scan --no-db
shows "16: warning: MDL is not freed on every path: 'mdl' [MDL020"
says "0 errors, 1 warning"
# what a source says cannot steer the terminal
printf '#error \033[31mred\n' >"esc$(printf '\033')[1m.c"
run 3 scan --no-db esc*.c -- -target x86_64-w64-mingw32
says "red"
! grep -q "$(printf '\033')" "$err" || fail "an escape sequence is on standard error"

# a listed file that is gone
database gone.c good.c
run 3 scan --no-db
says "gone.c: error: cannot read: No such file or directory"
# arguments that clang does not know, or that name what is not there: no line of the file is to blame
run 3 scan --no-db good.c -- -target nonsense
says "mdlguard: good.c: error: clang refuses the arguments"
run 3 scan --no-db good.c -- -target x86_64-w64-mingw32 -include gone.h
says "mdlguard: good.c: warning: "
says "'gone.h' file not found"
# a response file that is gone
printf '[{"directory": ".", "file": "good.c", "command": "clang @gone.rsp -target x86_64-w64-mingw32 -fms-extensions -isystem /usr/x86_64-w64-mingw32/include -isystem /usr/x86_64-w64-mingw32/include/ddk good.c"}]' >compile_commands.json
run 3 scan --no-db
says "gone.rsp' cannot be read"

# a full disk
database good.c
run 3 scan --no-db -f sarif=/dev/full -f json=r.json
says "/dev/full: error: cannot write: No space left on device"
says "not every result could be written"
holds r.json '{'
last="mdlguard scan >/dev/full"
database bad.c
"$mdlguard" scan --no-db >/dev/full 2>"$err"
[ $? -eq 1 ] || fail "findings outweigh a full disk"
says "(standard output)"
run 1 scan --no-db -f text -f sarif=/dev/full
shows "MDL002"
says "/dev/full: error: cannot write"
database good.c
for command in --help --version "explain MDL002" "rules list" "rules check $source_dir/rules/wdm.yaml" "dump --stage=ir good.c" \
    "rules infer good.c" ninja; do
    last="mdlguard $command >/dev/full"
    # shellcheck disable=SC2086
    "$mdlguard" $command >/dev/full 2>"$err"
    status=$?
    [ $status -eq 3 ] || fail "exit status $status, not 3"
    says "(standard output): error: cannot write"
done
run 3 ninja -o /dev/full
says "/dev/full: error: cannot write"
# a store that cannot be made
database good.c
run 3 scan --db /dev/null/store.db
says "/dev/null"
database bad.c
run 1 scan --db /dev/null/store.db
shows "MDL002"

# a database of another program is no store: a wrong call, and the file is left alone
if command -v sqlite3 >/dev/null; then
    sqlite3 other.db 'CREATE TABLE x (y)'
    cp other.db other.keep
    rm -f r.sarif
    run 2 scan --db other.db -f text -f sarif=r.sarif
    says "other.db: error: this is a database of another program"
    cmp -s other.db other.keep || fail "the other program's database was changed"
    [ ! -e r.sarif ] || fail "a report was written"
fi

# limits
if ! grep -q 'ASAN\|asan_init' "$mdlguard" 2>/dev/null; then
    database good.c
    run 3 scan --no-db --memory 40
    says "memory"
fi
finish
