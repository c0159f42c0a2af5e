#!/usr/bin/env bash
# shellcheck disable=SC1091,SC2154,SC2034
# `rules infer`: the wrappers in a program as a pack, which is right and finds the mistakes of drivers that see the declarations only.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

flags=(-target x86_64-w64-mingw32 -fms-extensions -isystem /usr/x86_64-w64-mingw32/include -isystem /usr/x86_64-w64-mingw32/include/ddk)
doc=$source_dir/docs/rule-format.md

# block N: the Nth fenced block of the page's section
block() {
    sed -n '/^## Wrappers that are there already/,/^## Built-in packs/p' "$doc" |
        awk -v n="$1" '/^```./ && !open { open = 1; i++; next } /^```$/ { open = 0; next } open && i == n'
}

# the example of the page
{ printf '#include <wdm.h>\n\n'; block 1; } >pin.c
block 2 >wanted
run 0 rules infer pin.c -- "${flags[@]}"
diff wanted "$out" >/dev/null || { fail "the page's example prints something else"; diff wanted "$out"; }
grep -q 'name: "PinBuffer"' wanted || fail "the page's example was not found"

cat >lib.c <<'EOT'
#include <wdm.h>

typedef struct _BUF { PMDL Mdl; PVOID Address; } BUF;

PMDL AllocMdl(PVOID va, ULONG length) { return IoAllocateMdl(va, length, FALSE, FALSE, NULL); }
VOID FreeMdl(PMDL mdl) { IoFreeMdl(mdl); }
NTSTATUS LockMdl(PMDL mdl)
{
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}
VOID ReleaseMdl(PMDL mdl)
{
    if (!mdl)
        return;
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
}
PVOID ViewMdl(PMDL mdl) { return MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority); }
VOID UnviewMdl(PVOID address, PMDL mdl) { MmUnmapLockedPages(address, mdl); }

/* no wrappers: one does it sometimes, one does different things, one to a member, one nothing, one raises after it has done it */
VOID MaybeFree(PMDL mdl, BOOLEAN really) { if (really) IoFreeMdl(mdl); }
VOID Either(PMDL mdl, BOOLEAN lock) { if (lock) MmUnlockPages(mdl); else IoFreeMdl(mdl); }
VOID FreeBuf(BUF *buf) { IoFreeMdl(buf->Mdl); buf->Mdl = NULL; }
ULONG Length(PMDL mdl) { return MmGetMdlByteCount(mdl); }
VOID FreeAndRaise(PMDL mdl, LONG status) { IoFreeMdl(mdl); if (status < 0) ExRaiseStatus(status); }
EOT
database lib.c
run 0 rules infer -p .
cp "$out" inferred.yaml
for name in AllocMdl FreeMdl LockMdl ReleaseMdl ViewMdl UnviewMdl; do
    shows "name: \"$name\""
done
for name in MaybeFree Either FreeBuf Length FreeAndRaise; do
    ! grep -q "\"$name\"" inferred.yaml || fail "$name is no wrapper"
done
shows 'source: "lib.c:5"'
shows '- when: nonzero'
shows 'unchecked: MDL015'
shows '{unmap-token: arg0, late: MDL011}'
run 0 rules check inferred.yaml

cat >user.c <<'EOT'
#include <wdm.h>

PMDL AllocMdl(PVOID va, ULONG length);
VOID FreeMdl(PMDL mdl);
NTSTATUS LockMdl(PMDL mdl);
VOID ReleaseMdl(PMDL mdl);
PVOID ViewMdl(PMDL mdl);
VOID UnviewMdl(PVOID address, PMDL mdl);

NTSTATUS Right(PVOID va)
{
    PMDL mdl = AllocMdl(va, 64);
    NTSTATUS status;
    PUCHAR address;

    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = LockMdl(mdl);
    if (!NT_SUCCESS(status)) {
        FreeMdl(mdl);
        return status;
    }
    address = ViewMdl(mdl);
    if (address)
        UnviewMdl(address, mdl);
    ReleaseMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS Wrong(PVOID va)
{
    PMDL mdl = AllocMdl(va, 64);
    NTSTATUS status;

    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = LockMdl(mdl);
    if (!NT_SUCCESS(status))
        return status;
    FreeMdl(mdl);
    return STATUS_SUCCESS;
}
EOT
run 0 scan --no-db user.c -- "${flags[@]}"
run 1 scan --no-db --rules inferred.yaml user.c -- "${flags[@]}"
shows "user.c:40:5: error: MDL freed while its pages are locked: 'mdl' [MDL004 FreeWhileLocked]"
shows "user.c:32:16: warning: MDL is not freed on every path: 'mdl' [MDL020 DescriptorLeak]"
[ "$(grep -cE ': (error|warning): ' "$out")" -eq 2 ] || fail "there are two mistakes"

# nothing to find, and input that cannot be read
good_source >none.c
database none.c
run 0 rules infer -p .
shows "routines: []"
cp "$out" none.yaml
run 0 rules check none.yaml
run 2 rules infer -p nowhere
says "'nowhere' does not exist"
database gone.c
run 3 rules infer -p .
says "gone.c:"
finish
