#!/usr/bin/env bash
# Installs what the build (and, with "test", the tests) need and this machine lacks. Made for Debian 12 and later; does nothing when all is
# there.
#
#   scripts/setup.sh [build|test]
set -euo pipefail

# What is looked for as a command, since it may come from elsewhere than Debian's package: "command:package".
build_tools=(gcc:gcc cmake:cmake ninja:ninja-build pkg-config:pkg-config)
test_tools=(clang-19:clang-19 objcopy:binutils python3:python3 node:nodejs npm:npm nvim:neovim sqlite3:sqlite3)
# What must be there as a package.
build_packages=(libc6-dev libclang-19-dev libclang-common-19-dev libsqlite3-dev libyaml-dev libjansson-dev libxxhash-dev
                libcmocka-dev mingw-w64-x86-64-dev)

die() {
    echo "setup: $*" >&2
    exit 1
}

is_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

what=${1:-build}
tools=("${build_tools[@]}")
packages=("${build_packages[@]}")
case $what in
build) ;;
test)
    tools+=("${test_tools[@]}")
    ;;
*) die "unknown argument '$what'; give build or test" ;;
esac

missing=()
for tool in "${tools[@]}"; do
    command -v "${tool%%:*}" >/dev/null || missing+=("${tool##*:}")
done

if ! command -v dpkg-query >/dev/null; then
    [ ${#missing[@]} -eq 0 ] || die "this is no Debian; please install: ${missing[*]} (and the libraries that cmake asks for)"
    exit 0
fi
for package in "${packages[@]}"; do
    is_installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "missing: ${missing[*]}. Install them as root, or install sudo."
    as_root=(sudo)
fi
echo "setup: installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq || die "apt-get update failed; without a working package source these must be installed by hand: ${missing[*]}"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" ||
    die "apt-get could not install: ${missing[*]}. The lines above say why; Debian 12 with its updates has all of them."
