// Validates rule packs against the schema: node check.mjs SCHEMA PACK.yaml...
// Exit status 0 only when all are valid and the schema refuses packs with mistakes in them.
import fs from 'node:fs';
import Ajv from 'ajv/dist/2020.js';
import YAML from 'yaml';

const [schemaFile, ...packs] = process.argv.slice(2);
const schema = JSON.parse(fs.readFileSync(schemaFile, 'utf8'));
const validate = new Ajv({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true }).compile(schema);
let failed = packs.length === 0;

for (const file of packs) {
    // As an editor reads it (1.2), and as the analyzer does (1.1).
    for (const version of ['1.1', '1.2']) {
        const pack = YAML.parse(fs.readFileSync(file, 'utf8'), { version });
        if (validate(pack))
            continue;
        failed = true;
        for (const error of validate.errors)
            console.log(`${file} (YAML ${version}): ${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
    }
}

// A schema that accepts everything would pass the test above.
const wrong = [
    'title: no name',
    'pack: a\nroutine: []',
    'pack: a\nroutines: [{name: f}]',
    'pack: a\nroutines: [{name: f, source: s, mdl: arg}]',
    'pack: a\nroutines: [{name: f, source: s, mdl: arg0, requires: [{pages: lockd, else: MDL007}]}]',
    'pack: a\nroutines: [{name: f, source: s, mdl: arg0, requires: [{pages: locked}]}]',
    'pack: a\nroutines: [{name: f, source: s, mdl: arg0, requires: [{pages: locked, descriptor: live, else: MDL007}]}]',
    'pack: a\nroutines: [{name: f, source: s, outcomes: [{when: sometimes}]}]',
    'pack: a\nroutines: [{name: f, source: s, outcomes: [{when: returns, do: [{late: MDL011}]}]}]',
    'pack: a\nroutines: [{name: f, source: s, match: [{macro: M}]}]',
];
for (const text of wrong) {
    if (validate(YAML.parse(text))) {
        failed = true;
        console.log(`the schema accepts ${JSON.stringify(text)}`);
    }
}
console.log(`${packs.length} packs, ${wrong.length} wrong ones: ${failed ? 'FAILED' : 'as expected'}`);
process.exit(failed ? 1 : 0);
