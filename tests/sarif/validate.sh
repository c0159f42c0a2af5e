#!/usr/bin/env bash
# Validates SARIF files with Microsoft's SARIF Multitool under the rules of the standard and of GitHub code scanning:
#
#   tests/sarif/validate.sh FILE.sarif...
#
# Exit status 0 only when the tool ran and found no error and no warning. Node.js and npm are needed; the tool is installed beside this
# script from package-lock.json when it is not there yet. MDLGUARD_SARIF_NOTES=1 also prints the tool's notes.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tool=$here/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool
# The tool needs no locale data, and a machine without libicu cannot start it otherwise.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

[ $# -gt 0 ] || { echo "usage: validate.sh FILE.sarif..." >&2; exit 2; }

install_tool() {
    # Two tests may come here at once.
    exec 9>"$here/.install.lock"
    flock 9
    if [ ! -f "$tool" ] || [ "$here/package-lock.json" -nt "$here/node_modules/.package-lock.json" ]; then
        npm ci --prefix "$here" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
        touch "$here/node_modules/.package-lock.json"
    fi
    # What the package's install script does; newer npm runs such scripts only when told to.
    chmod u+x "$tool"
    flock -u 9
}

# Prints the results of report $1 for file $2; fails when one of them is an error or a warning, or when the tool gave up.
check_report() {
    node - "$1" "$2" "${MDLGUARD_SARIF_NOTES:-0}" <<'JS'
const fs = require('fs');
const [report, file, notes] = process.argv.slice(2);
const run = JSON.parse(fs.readFileSync(report, 'utf8').replace(/^\uFEFF/, '')).runs[0];
const count = { error: 0, warning: 0, note: 0 };
const rules = run.tool.driver.rules || [];
const filled = (result) => {
    const rule = rules[result.ruleIndex] || {};
    const format = result.message.text || ((rule.messageStrings || {})[result.message.id] || {}).text || result.message.id || '';
    return format.replace(/\{(\d+)\}/g, (all, i) => (result.message.arguments || [])[i] ?? all);
};
for (const result of run.results || []) {
    const level = result.level || 'warning';
    count[level] = (count[level] || 0) + 1;
    if (level === 'note' && notes !== '1')
        continue;
    const region = (((result.locations || [])[0] || {}).physicalLocation || {}).region || {};
    console.log(`${file}:${region.startLine || 1}: ${level}: ${result.ruleId}: ${filled(result)}`);
}
const invocation = (run.invocations || [])[0] || {};
if (invocation.executionSuccessful === false) {
    console.log(`${file}: error: the validator did not finish`);
    count.error++;
}
console.log(`${file}: ${count.error} errors, ${count.warning} warnings, ${count.note} notes`);
process.exit(count.error + count.warning > 0 ? 1 : 0);
JS
}

validate() {
    local report log status=0
    report=$(mktemp --suffix=.sarif)
    log=$(mktemp)
    "$tool" validate "$1" --rule-kind 'Sarif;Ghas' --level 'Error;Warning;Note' --output "$report" --log ForceOverwrite \
        >"$log" 2>&1 || true
    if [ -s "$report" ]; then
        check_report "$report" "$1" || status=1
    else
        cat "$log" >&2
        echo "$1: error: the validator wrote no report" >&2
        status=1
    fi
    rm -f "$report" "$log"
    return "$status"
}

install_tool
failed=0
for file in "$@"; do
    [ -r "$file" ] || { echo "$file: error: cannot be read" >&2; exit 1; }
    validate "$file" || failed=1
done
exit "$failed"
