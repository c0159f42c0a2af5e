// Validates rule packs against the schema: node check.mjs MDLGUARD SCHEMA WRONG-FOLDER PACK.yaml...
// Exit status 0 only when all are valid, the schema refuses those wrong ones that it can tell, and it has the keys that the reader has.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import YAML from 'yaml';

const [mdlguard, schemaFile, wrongFolder, ...packs] = process.argv.slice(2);
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

// A schema that accepts everything would pass the test above. Each wrong pack says what the schema can tell.
const wrong = fs.readdirSync(wrongFolder).filter((name) => name.endsWith('.yaml')).sort();
let refused = 0;
for (const name of wrong) {
    const text = fs.readFileSync(path.join(wrongFolder, name), 'utf8');
    const expected = /^# schema: (refuses|accepts)$/m.exec(text)?.[1];
    const is = validate(YAML.parse(text)) ? 'accepts' : 'refuses';
    refused += is === 'refuses';
    if (is !== expected) {
        failed = true;
        console.log(`${name}: the schema ${is} it, expected: ${expected}`);
    }
}

// A key that the reader knows and the schema does not is refused by an editor, one the other way round by the analyzer. The reader lists its
// keys when it meets one that is like none of them.
const odd = 'qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq';
const defs = schema.$defs, properties = (node) => Object.keys(node.properties);
const routine = (rest) => `pack: p\nroutines: [{name: f, source: s, ${rest}}]`;
const effect = (rest) => routine(`outcomes: [{when: returns, do: [${rest}]}]`);
const places = {
    'a pack': [`pack: p\n${odd}: 0`, schema],
    'systems': [`pack: rules\nsystems: {${odd}: 0}`, schema.properties.systems],
    'object': [`pack: rules\nobject: {${odd}: 0}`, schema.properties.object],
    'roles': [`pack: rules\nroles: {${odd}: 0}`, schema.properties.roles],
    'a leak': [`pack: rules\nleaks: [{${odd}: 0}]`, defs.leak],
    'a rule': [`pack: p\nrules: [{${odd}: 0}]`, defs.ruleEntry],
    'an annotation': [`pack: p\nannotations: [{${odd}: 0}]`, defs.annotation],
    'a routine': [routine(`${odd}: 0`), defs.routine],
    'irql': [routine(`irql: {${odd}: 0}`), defs.routine.properties.irql],
    'a requirement': [routine(`requires: [{${odd}: 0}]`), defs.requirement],
    'token': [routine(`requires: [{token: {${odd}: 0}}]`), defs.requirement.properties.token],
    'an outcome': [routine(`outcomes: [{${odd}: 0}]`), defs.outcome],
    'unchecked': [routine(`outcomes: [{when: zero, unchecked: {${odd}: 0}}]`), defs.outcome.properties.unchecked.oneOf[1]],
    'target-os': [routine(`outcomes: [{when: zero, target-os: {${odd}: 0}}]`), defs.targetOs],
    'an effect': [effect(`{${odd}: 0}`), defs.effect],
    'new': [effect(`{new: {${odd}: 0}}`), defs.effect.properties.new],
    'map': [effect(`{map: {${odd}: 0}}`), defs.effect.properties.map],
    'link': [effect(`{link: {${odd}: 0}}`), defs.effect.properties.link],
    'copy': [effect(`{copy: {${odd}: 0}}`), defs.effect.properties.copy],
    'assign': [effect(`{assign: {${odd}: 0}}`), defs.effect.properties.assign],
};
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mdlguard-keys-'));
for (const [what, [text, node]] of Object.entries(places)) {
    const file = path.join(folder, 'pack.yaml');
    fs.writeFileSync(file, text);
    const said = spawnSync(mdlguard, ['rules', 'check', file], { encoding: 'utf8' }).stderr;
    const keys = new RegExp(`'${odd}' is not a key of .*; there are: (.*)`).exec(said)?.[1].split(', ').sort().join(', ');
    if (keys !== properties(node).sort().join(', ')) {
        failed = true;
        console.log(`keys of ${what}: the reader has ${keys}; the schema has ${properties(node).sort().join(', ')}`);
    }
}
fs.rmSync(folder, { recursive: true });

console.log(`${packs.length} packs, ${refused} of ${wrong.length} wrong ones refused, keys in ${Object.keys(places).length} places: ` +
    (failed ? 'FAILED' : 'as expected'));
process.exit(failed ? 1 : 0);
