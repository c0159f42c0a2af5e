#!/usr/bin/env bash
# The SARIF that the unit tests make passes Microsoft's validator, and the validator is awake: it refuses a report without rule help.
#
#   tests/sarif/check-samples.sh BUILD/tests/test_sarif
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# -eq 1 ] || { echo "usage: check-samples.sh TEST_SARIF" >&2; exit 2; }

samples=$(mktemp -d)
trap 'rm -rf "$samples"' EXIT
MDLGUARD_SARIF_SAMPLES=$samples "$1" >"$samples/log" 2>&1 || { cat "$samples/log" >&2; exit 1; }
"$here/validate.sh" "$samples"/{full,empty,hostile,baselined,confirmed}.sarif

sed 's/"help":/"nohelp":/' "$samples/full.sarif" >"$samples/broken.sarif"
if "$here/validate.sh" "$samples/broken.sarif" >"$samples/log" 2>&1; then
    echo "the validator accepted a report whose rules have no help" >&2
    exit 1
fi
grep -q 'GH2012' "$samples/log" || { echo "the rules of GitHub code scanning were not checked:" >&2; cat "$samples/log" >&2; exit 1; }
echo "SARIF samples are valid"
