#!/usr/bin/env bash
# Installs what the build (and, with "test", the tests) need and this machine lacks. Made for Debian 12 and later; does nothing when all is
# there.
#
#   scripts/setup.sh [build|test]
set -euo pipefail

# What is looked for as a command, since it may come from elsewhere than Debian's package: "command:package".
build_tools=(gcc:gcc cmake:cmake ninja:ninja-build pkg-config:pkg-config)
test_tools=(clang-19:clang-19 objcopy:binutils python3:python3 node:nodejs npm:npm nvim:neovim sqlite3:sqlite3)
# Without these a test is skipped, and says so: what cannot be installed is no reason to stop.
optional_test_packages=(wine64 lld-19 slurmctld slurmd slurm-client munge)
# What must be there as a package.
build_packages=(libc6-dev libclang-19-dev libclang-common-19-dev libsqlite3-dev libyaml-dev libjansson-dev libxxhash-dev
                libcmocka-dev mingw-w64-x86-64-dev)
test_packages=(python3-yaml)

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
    packages+=("${test_packages[@]}")
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
optional=()
if [ "$what" = test ]; then
    for package in "${optional_test_packages[@]}"; do
        is_installed "$package" || optional+=("$package")
    done
fi
[ $((${#missing[@]} + ${#optional[@]})) -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        [ ${#missing[@]} -eq 0 ] && exit 0
        die "missing: ${missing[*]}. Install them as root, or install sudo."
    fi
    as_root=(sudo)
fi
install() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

"${as_root[@]}" apt-get update -qq || die "apt-get update failed; without a working package source these must be installed by hand: ${missing[*]}"
if [ ${#missing[@]} -gt 0 ]; then
    echo "setup: installing ${missing[*]}"
    install "${missing[@]}" || die "apt-get could not install: ${missing[*]}. The lines above say why; Debian 12 with its updates has all of them."
fi
for package in "${optional[@]}"; do
    echo "setup: installing $package"
    install "$package" || echo "setup: apt-get could not install $package; the tests that need it are skipped"
done
