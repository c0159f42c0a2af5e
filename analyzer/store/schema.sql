-- schema.sql - the store of a project. docs/store.md explains every table and column; keep the two together.
--
-- The number in user_version (store.c: STORE_SCHEMA_VERSION) belongs to this file: change it with every change here.
-- Checks name few values with IN: of three or more SQLite makes a table of its own, for each row that is inserted.
-- Hashes are 64 bits kept as signed integers: printf('%016x', column) shows them as the reports do.

-- What outlives a scan: encoded units, the report and what came of functions, each by a hash of all that it was made from. store.c does not drop
-- these tables. Their rows stand in the order in which they came: in the order of hashes each would be put in somewhere else in the table, in
-- another page that has to be written.
CREATE TABLE IF NOT EXISTS source (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE
);

-- The hashes stand before the bytes, so that asking for them does not page through these large values.
CREATE TABLE IF NOT EXISTS extract (
    id INTEGER PRIMARY KEY,
    key INTEGER NOT NULL UNIQUE,
    source INTEGER NOT NULL REFERENCES source (id),
    input_hash INTEGER NOT NULL,
    hash INTEGER NOT NULL,
    bytes BLOB NOT NULL
);

CREATE TABLE IF NOT EXISTS extract_input (
    extract INTEGER NOT NULL REFERENCES extract (id) ON DELETE CASCADE,
    source INTEGER NOT NULL REFERENCES source (id),
    is_system INTEGER NOT NULL CHECK (is_system IN (0, 1)),
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    hash INTEGER NOT NULL,
    PRIMARY KEY (extract, source)
) WITHOUT ROWID;
-- No index by source: the files of one unit would be all over it.
CREATE INDEX IF NOT EXISTS extract_source ON extract (source);

CREATE TABLE IF NOT EXISTS result (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    key INTEGER NOT NULL,
    report_hash INTEGER NOT NULL,
    bytes BLOB NOT NULL
);

-- What came of the analysis of functions, with all that it depends on.
CREATE TABLE IF NOT EXISTS solution (
    id INTEGER PRIMARY KEY,
    key INTEGER NOT NULL UNIQUE,
    bytes BLOB NOT NULL
);

-- One scan. From here on rows are those of the last one: the rows of a unit or finding that is as it was are left alone (store_parts.c).
CREATE TABLE scan (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    root TEXT NOT NULL,
    version TEXT NOT NULL
);

CREATE TABLE file (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE
);

CREATE TABLE unit (
    id INTEGER PRIMARY KEY,
    file INTEGER NOT NULL REFERENCES file (id),
    directory TEXT NOT NULL,
    arguments TEXT NOT NULL,
    argument_hash INTEGER NOT NULL,
    extract INTEGER,
    error_count INTEGER NOT NULL DEFAULT 0,
    first_error TEXT,
    statement_count INTEGER NOT NULL DEFAULT 0,
    unknown_count INTEGER NOT NULL DEFAULT 0,
    row_hash INTEGER NOT NULL
);
CREATE INDEX unit_file ON unit (file, argument_hash);

CREATE TABLE function (
    id INTEGER PRIMARY KEY,
    unit INTEGER NOT NULL REFERENCES unit (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    file INTEGER REFERENCES file (id),
    line INTEGER NOT NULL,
    "column" INTEGER NOT NULL,
    is_defined INTEGER NOT NULL CHECK (is_defined IN (0, 1)),
    is_external INTEGER NOT NULL CHECK (is_external IN (0, 1)),
    is_relevant INTEGER NOT NULL CHECK (is_relevant IN (0, 1)),
    ir_hash INTEGER NOT NULL
);
CREATE INDEX function_unit ON function (unit);
CREATE INDEX function_name ON function (name);
CREATE INDEX function_key ON function (key);
CREATE INDEX function_file ON function (file);

CREATE TABLE call (
    id INTEGER PRIMARY KEY,
    caller INTEGER NOT NULL REFERENCES function (id) ON DELETE CASCADE,
    callee INTEGER REFERENCES function (id) DEFERRABLE INITIALLY DEFERRED,
    callee_name TEXT NOT NULL,
    routine TEXT,
    kind TEXT NOT NULL CHECK (kind = 'direct' OR kind = 'virtual' OR kind = 'field' OR kind = 'routine' OR kind = 'macro' OR kind = 'unknown'),
    file INTEGER REFERENCES file (id),
    line INTEGER NOT NULL,
    "column" INTEGER NOT NULL
);
CREATE INDEX call_caller ON call (caller);
CREATE INDEX call_callee ON call (callee);
CREATE INDEX call_routine ON call (routine) WHERE routine IS NOT NULL;

CREATE TABLE summary_case (
    id INTEGER PRIMARY KEY,
    function INTEGER NOT NULL REFERENCES function (id) ON DELETE CASCADE,
    case_index INTEGER NOT NULL,
    result TEXT NOT NULL,
    UNIQUE (function, case_index)
);

CREATE TABLE summary_event (
    summary_case INTEGER NOT NULL REFERENCES summary_case (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    effect TEXT NOT NULL,
    routine TEXT NOT NULL,
    subject TEXT NOT NULL,
    mapping TEXT,
    PRIMARY KEY (summary_case, position)
) WITHOUT ROWID;
CREATE INDEX summary_event_effect ON summary_event (effect, mapping);

CREATE TABLE finding (
    id INTEGER PRIMARY KEY,
    rule TEXT NOT NULL,
    name TEXT NOT NULL,
    level TEXT NOT NULL CHECK (level = 'note' OR level = 'warning' OR level = 'error'),
    message TEXT NOT NULL,
    file INTEGER REFERENCES file (id),
    line INTEGER NOT NULL,
    "column" INTEGER NOT NULL,
    end_line INTEGER NOT NULL,
    end_column INTEGER NOT NULL,
    function TEXT,
    fingerprint TEXT,
    is_suppressed INTEGER NOT NULL CHECK (is_suppressed IN (0, 1)),
    suppression TEXT,
    row_hash INTEGER NOT NULL
);
CREATE INDEX finding_rule ON finding (rule);
CREATE INDEX finding_file ON finding (file, line);
CREATE INDEX finding_fingerprint ON finding (fingerprint);

CREATE TABLE finding_step (
    finding INTEGER NOT NULL REFERENCES finding (id) ON DELETE CASCADE,
    part TEXT NOT NULL CHECK (part IN ('path', 'related')),
    position INTEGER NOT NULL,
    file INTEGER REFERENCES file (id),
    line INTEGER NOT NULL,
    "column" INTEGER NOT NULL,
    end_line INTEGER NOT NULL,
    end_column INTEGER NOT NULL,
    message TEXT NOT NULL,
    function TEXT,
    depth INTEGER NOT NULL,
    is_event INTEGER NOT NULL CHECK (is_event IN (0, 1)),
    PRIMARY KEY (finding, part, position)
) WITHOUT ROWID;
CREATE INDEX finding_step_file ON finding_step (file);

CREATE TABLE gap (
    id INTEGER PRIMARY KEY,
    file INTEGER REFERENCES file (id),
    line INTEGER NOT NULL,
    "column" INTEGER NOT NULL,
    text TEXT NOT NULL,
    is_partial INTEGER NOT NULL CHECK (is_partial IN (0, 1))
);
CREATE INDEX gap_file ON gap (file);

-- One row a function and case of its summary: how often the case does what, as its caller sees it.
CREATE VIEW case_effects AS
SELECT
    function.id AS function,
    function.name AS name,
    file.path AS path,
    function.line AS line,
    summary_case.case_index AS case_index,
    summary_case.result AS result,
    count(*) FILTER (WHERE summary_event.effect = 'lock') AS locks,
    count(*) FILTER (WHERE summary_event.effect = 'unlock') AS unlocks,
    count(*) FILTER (WHERE summary_event.effect = 'map') AS maps,
    count(*) FILTER (WHERE summary_event.effect = 'unmap') AS unmaps,
    count(*) FILTER (WHERE summary_event.effect = 'free') AS frees,
    count(*) FILTER (WHERE summary_event.effect = 'free-pages') AS frees_pages,
    count(summary_event.effect) AS events
FROM summary_case
JOIN function ON function.id = summary_case.function
LEFT JOIN file ON file.id = function.file
LEFT JOIN summary_event ON summary_event.summary_case = summary_case.id
GROUP BY summary_case.id;

-- One row a function with a summary: in how many of its cases it does what.
CREATE VIEW function_effects AS
SELECT
    function,
    name,
    path,
    line,
    count(*) AS cases,
    sum(locks > 0) AS locks,
    sum(unlocks > 0) AS unlocks,
    sum(maps > 0) AS maps,
    sum(unmaps > 0) AS unmaps,
    sum(frees > 0) AS frees,
    sum(frees_pages > 0) AS frees_pages,
    sum(maps > unmaps) AS leaves_mapped,
    sum(locks > unlocks) AS leaves_locked
FROM case_effects
GROUP BY function;

-- Calls with names in place of ids.
CREATE VIEW call_list AS
SELECT
    caller.name AS caller,
    coalesce(callee.name, call.callee_name) AS callee,
    call.routine AS routine,
    call.kind AS kind,
    file.path AS path,
    call.line AS line,
    call."column" AS "column"
FROM call
JOIN function AS caller ON caller.id = call.caller
LEFT JOIN function AS callee ON callee.id = call.callee
LEFT JOIN file ON file.id = call.file;

-- Findings with the path in place of the file's id.
CREATE VIEW finding_list AS
SELECT
    finding.id AS id,
    finding.rule AS rule,
    finding.name AS name,
    finding.level AS level,
    file.path AS path,
    finding.line AS line,
    finding."column" AS "column",
    finding.function AS function,
    finding.message AS message,
    finding.is_suppressed AS is_suppressed
FROM finding
LEFT JOIN file ON file.id = finding.file;

-- One row a unit: what of it was understood.
CREATE VIEW unit_health AS
SELECT
    unit.id AS unit,
    file.path AS path,
    unit.error_count AS errors,
    unit.first_error AS first_error,
    unit.statement_count AS statements,
    unit.unknown_count AS unknowns,
    round(100.0 * unit.unknown_count / max(unit.statement_count, 1), 3) AS unknown_percent,
    (SELECT count(*) FROM function WHERE function.unit = unit.id AND function.is_defined) AS functions
FROM unit
JOIN file ON file.id = unit.file;
