#!/usr/bin/env bash
# cross.sh CLANG MINGW_INCLUDE GENERATED: the driver's half of the shim compiles for Windows without a warning as C, its wrappers also as C++; and every case and
# sample driver compiles with shim.h as forced include, C and C++.
set -euo pipefail

clang=$1 kit=$2 generated=$3
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
common=(-target x86_64-w64-mingw32 -fms-extensions -isystem "$kit" -isystem "$kit/ddk" -I include -I shim -I "$generated")
failed=0 count=0

compile() {
    count=$((count + 1))
    "$clang" "${common[@]}" -fsyntax-only "$@" || { echo "does not compile: ${*: -1}"; failed=$((failed + 1)); }
}

for source in shim/*.c "$generated/mdlguard_tables.c"; do
    [ "$source" != shim/gen_tables.c ] || continue # a tool of the build
    compile -std=gnu11 -O2 -Wall -Wextra -Werror -Wno-error='#warnings' -Wno-'#warnings' "$source"
done
for source in shim/wrap*.c shim/driver.c; do
    compile -x c++ -std=c++17 -Wall -Wextra -Werror -Wno-missing-field-initializers -Wno-'#warnings' "$source"
done
# The same with gcc, where it is there; pool tags are character constants of four characters.
gcc=$(command -v x86_64-w64-mingw32-gcc) || echo "without gcc, which is not there"
for source in shim/*.c; do
    { [ -n "$gcc" ] && [ "$source" != shim/gen_tables.c ]; } || continue
    count=$((count + 1))
    "$gcc" -std=gnu11 -O2 -Wall -Wextra -Werror -Wno-unknown-pragmas -Wno-multichar -isystem "$kit/ddk" -I include -I shim -I "$generated" -fsyntax-only "$source" ||
        { echo "does not compile with gcc: $source"; failed=$((failed + 1)); }
done
# Most of a compilation is the kit's headers: the forced include is compiled once for each language.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$clang" "${common[@]}" -w -x c-header include/mdlguard/shim.h -o "$folder/c.pch"
"$clang" "${common[@]}" -w -x c++-header include/mdlguard/shim.h -o "$folder/cpp.pch"
while read -r source; do
    compile -w -include-pch "$folder/${source##*.}.pch" "$source"
done < <(find testcases -name '*.c' -o -name '*.cpp' | sort)
echo "$count sources, $failed do not compile"
[ "$failed" -eq 0 ]
