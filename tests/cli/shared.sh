#!/usr/bin/env bash
# shellcheck disable=SC1091,SC2154,SC2034
# Shared headers: the same report with them and without, whatever is in the headers and whatever happens to the files that are kept.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

headers=.mdlguard/headers

# The same bytes with and without; the store's hashes of every function as well.
same() { # same STATUS WHAT
    rm -f with.db without.db
    run "$1" scan -j 2 -f json=with.json -f text=with.txt --db .mdlguard/mdlguard.db
    run "$1" scan -j 2 -f json=without.json -f text=without.txt --db without.db --no-shared-headers
    last=$2
    cmp -s with.json without.json || fail "the report differs"
    cmp -s with.txt without.txt || fail "the text differs"
    ! command -v sqlite3 >/dev/null || {
        for db in .mdlguard/mdlguard.db without.db; do
            sqlite3 $db "SELECT key, is_defined, ir_hash FROM function ORDER BY key, ir_hash" >$(basename $db).ir
        done
        cmp -s mdlguard.db.ir without.db.ir || fail "some function was lowered otherwise"
    }
}

made() { # made NUMBER WHAT
    last=$2
    local count
    count=$(find $headers -name '*.pch' 2>/dev/null | wc -l)
    [ "$count" -eq "$1" ] || fail "$count precompiled headers, not $1"
}

# a header of the project that defines functions, one of them wrong; macros that units use, one with a finding in its body
cat >dma.h <<'C'
#pragma once
#include <ntddk.h>
typedef struct _BUFFER { PMDL Mdl; PVOID View; } BUFFER, *PBUFFER;
#define RELEASE(b) do { MmUnlockPages((b)->Mdl); IoFreeMdl((b)->Mdl); } while (0)
#define UNMAP_LATE(b) { MmUnlockPages((b)->Mdl); MmUnmapLockedPages((b)->View, (b)->Mdl); }
static PMDL const NoMdl = NULL;
static ULONG DmaCount = 3;
C
bad_source | sed -e 1d -e 's/^void Teardown/static __inline void HeaderTeardown/' >>dma.h
echo 'static __inline ULONG BufferSize(PBUFFER b) { return MmGetMdlByteCount(b->Mdl); }' >>dma.h
for i in 1 2 3; do
    {
        echo "// unit $i"
        echo '/* the'
        echo '   driver */'
        echo '#pragma warning(disable: 4201)'
        echo '#define DMA_PRIVATE'
        echo '#include "dma.h"   // first'
        echo '#include <wdm.h>'
        [ $i -eq 3 ] && echo '#define LATE UNMAP_LATE'
        bad_source | sed -e 1d -e "s/Teardown/Teardown$i/"
        echo "void Late$i(PBUFFER b) { UNMAP_LATE(b) }"
        echo "ULONG Size$i(PBUFFER b) { if (b->Mdl == NoMdl) return DmaCount; RELEASE(b); return BufferSize(b); }"
    } >u$i.c
done
database u1.c u2.c u3.c
same 1 "a header with functions"
made 1 "a header with functions"
holds with.txt "dma.h:"
holds with.txt "u3.c:"

# the second time it is there already
touch -d '2001-01-01' marker
find $headers -name '*.pch' -exec touch -r marker {} +
run 1 scan
[ -z "$(find $headers -name '*.pch' -newer marker)" ] || fail "made anew"

# what none has used for a month goes: whole headers, and what a killed scan left
for key in 00000000000000aa 00000000000000bb; do
    touch $headers/$key.pch $headers/$key.list
done
touch -d '31 days ago' $headers/00000000000000aa.* $headers/00000000000000bb.pch
touch -d '31 days ago' $headers/00000000000000cc.pch.77
echo '// more' >>u1.c
run 1 scan
[ "$(cd $headers && ls 00000000000000*)" = "00000000000000bb.list
00000000000000bb.pch" ] || fail "unused headers: $(ls $headers)"
rm $headers/00000000000000bb.*

# a header that changes; one that is only touched; a precompiled header that is damaged, empty, gone
sed -i 's/DmaCount = 3/DmaCount = 4/; s/HeaderTeardown/OtherTeardown/' dma.h
same 1 "after a header changed"
holds with.json "OtherTeardown"
touch dma.h
same 1 "after a header was touched"
for file in "$headers"/*.pch; do
    printf 'x' | dd of="$file" bs=1 seek=5000 conv=notrunc 2>/dev/null
    same 1 "with a damaged precompiled header"
    : >"$file"
    same 1 "with an empty precompiled header"
    rm "$file"
    same 1 "without its precompiled header"
done
for file in "$headers"/*.list; do
    printf 'x' | dd of="$file" bs=1 seek=50 conv=notrunc 2>/dev/null
    same 1 "with a damaged list"
done

# an error in one unit, in the shared header, a header that is missing, one without a guard
echo 'int Broken(void) { return nothing; }' >>u2.c
same 1 "an error in a unit"
sed -i '$d' u2.c
echo '#error not for everybody' >>dma.h
same 1 "an error in the header"
sed -i '$d' dma.h
for i in 1 2 3; do sed -i 's|^#include <wdm.h>|#include "missing.h"|' u$i.c; done
same 1 "a missing header"
echo 'static int unguarded = __COUNTER__;' >missing.h
same 1 "the header is there"
rm missing.h

# an error in the header is shared when it is over where the header ends, and each unit has it; one of the unit's own comes to it
cp dma.h dma.h.keep
rm -rf $headers
echo 'static PMDL Broken(void) { return nothing; }' >>dma.h
echo 'static ULONG Last = 1;' >>dma.h
echo 'int Own(void) { return nothing_again; }' >>u2.c
same 1 "an error in the header that is over"
made 1 "an error in the header that is over"
holds with.json "3 errors while reading"
sed -i '$d' u2.c
# an unfinished declaration, an open brace, an open call of a macro: not over. What follows in the units may finish them
for end in 'static ULONG Last' 'static ULONG Finished(void) {' '#define CALL(x) x
CALL(' '__declspec(align(16))' 'static ULONG Wrong(void) { return nothing; } static ULONG Last'; do
    cp dma.h.keep dma.h
    rm -rf $headers
    echo "$end" >>dma.h
    same 1 "a header that ends in $end"
done
cp dma.h.keep dma.h

# what a macro declares is at one place: it is found by name, also where a macro has that name, or a unit has made something else of it
cat >>dma.h <<'C'
#define CONTEXT(type, get) static __inline type *get(PVOID p) { return (type *)p; } static type *get##Default = NULL;
CONTEXT(BUFFER, GetBuffer)
CONTEXT(MDL, GetMdl)
#define GetBuffer(p) (GetBuffer)(p)
C
echo 'ULONG Got(PVOID p) { return BufferSize(GetBuffer(p)) + (GetMdlDefault != NULL) + (GetMdl(p) != NULL); }' >>u1.c
echo '#define GetMdl 7' >>u3.c
rm -rf $headers
same 1 "functions made by a macro"
made 1 "functions made by a macro"
cp dma.h.keep dma.h
sed -i '$d' u1.c u3.c

# units of one folder only share "quoted" includes
mkdir -p sub
sed 's/DmaCount = 4/DmaCount = 5/' dma.h >sub/dma.h
cp u1.c sub/u1.c
sed 's/Teardown1/Teardown4/; s/Late1/Late4/; s/Size1/Size4/' u1.c >sub/u4.c
for i in 1 2 3; do sed -i 's|^#include "missing.h"|#include <wdm.h>|' u$i.c; done
database u1.c u2.c sub/u1.c sub/u4.c
same 1 "two folders"

# with Microsoft's rules a header's "quoted" includes are looked for in the folder of the unit
mkdir -p inc left right
echo '#include "local.h"' >inc/outer.h
for side in left right; do
    bad_source | sed "1d; s/Teardown/${side}Teardown/" >$side/local.h
    sed -i '1i #include <ntddk.h>' $side/local.h
    for i in 1 2; do echo '#include <outer.h>' >$side/u$i.c; done
done
database left/u1.c left/u2.c right/u1.c right/u2.c
sed -i "s|\"-fms-extensions\", |\"-fms-extensions\", \"-fms-compatibility\", \"-I$PWD/inc\", |" compile_commands.json
rm -rf $headers
same 1 "headers found in the folder of the unit"
holds with.json "leftTeardown"
holds with.json "rightTeardown"

# vector instructions of which clang's headers are left out unless they are named: by nobody, one unit, the header
cat >wide.h <<'C'
#include <ntddk.h>
#include <immintrin.h>
typedef struct _WIDE { PMDL Mdl; long long Low; } WIDE, *PWIDE;
C
for i in 1 2; do
    echo '#include "wide.h"'
    bad_source | sed -e 1d -e "s/Teardown/Teardown$i/"
    echo "void Wide$i(PWIDE w) { _mm_pause(); w->Low = 0; IoFreeMdl(w->Mdl); }"
done | split -l $(($(bad_source | wc -l) + 1)) --additional-suffix=.c - v
database vaa.c vab.c
rm -rf $headers
same 1 "no vectors"
echo 'void Clear(__m256i *to) { _mm256_storeu_si256(to, _mm256_setzero_si256()); }' >>vab.c
same 1 "vectors in a unit"
echo 'static __inline int Bit(__m128i v) { return _mm_extract_epi32(_mm_sllv_epi32(v, v), 0); }' >>wide.h
same 1 "vectors in the header"

# C++, with a template that the header instantiates, and a class with a destructor
cat >guard.hpp <<'C'
extern "C" {
#include <ntddk.h>
}
template <typename T> struct Holder {
    T *value;
    explicit Holder(T *v) : value(v) {}
    ~Holder() { if (value) IoFreeMdl(value); }
    T *get() const { return value; }
};
typedef Holder<MDL> MdlHolder;
inline PMDL First(MdlHolder &holder) { return holder.get(); }
namespace dma { inline void Unlock(PMDL mdl) { MmUnlockPages(mdl); MmUnlockPages(mdl); } }
class Mapping {
  public:
    explicit Mapping(PMDL mdl) : mdl_(mdl) {}
    ~Mapping() { Drop(); }
    void Drop() { if (mdl_) { IoFreeMdl(mdl_); IoFreeMdl(mdl_); } }
  private:
    PMDL mdl_;
};
C
for i in 1 2; do
    echo '#include "guard.hpp"'
    echo "void Use$i(PMDL mdl) { MdlHolder holder(mdl); if (First(holder)) dma::Unlock(mdl); }"
    echo "void Map$i(PMDL mdl) { Mapping mapping(mdl); }"
done | split -l 3 --additional-suffix=.cpp - c
database caa.cpp cab.cpp
same 1 "C++"

# arguments: -include, and units that differ in a macro
cat >forced.h <<'C'
#pragma once
#define FORCED 1
C
database u1.c u2.c
sed -i 's/"-fms-extensions", /"-fms-extensions", "-include", "forced.h", /' compile_commands.json
same 1 "-include"
sed -i '0,/"-fms-extensions", /s//"-fms-extensions", "-DDIFFERENT", /' compile_commands.json
same 1 "different arguments"

# a header for which there is no room on the disk is done without, and leaves nothing there
if unshare -rm true 2>/dev/null; then
    mkdir small
    database u1.c u2.c u3.c
    cp dma.h u?.c compile_commands.json small
    last="a small disk"
    unshare -rm bash -c 'mount -t tmpfs -o size=3m small small && cp dma.h u?.c compile_commands.json small && cd small &&
        { "$1" scan -j 2; echo "$?"; find . -name "*.pch*"; }' - "$mdlguard" >"$out" 2>"$err"
    shows "MDL002"
    [ "$(tail -n 1 "$out")" = 1 ] || fail "not the findings' exit status, or a part of a header is left: $(tail -n 2 "$out")"
fi

# without a store nothing stays behind
export TMPDIR=$folder/tmp
mkdir "$TMPDIR"
database u1.c u2.c u3.c
run 1 scan --no-db
[ -z "$(ls -A "$TMPDIR")" ] || fail "something is left in $TMPDIR"
finish
