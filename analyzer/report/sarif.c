/*
 * sarif.c - SARIF 2.1.0 (OASIS standard), one run, shaped so that GitHub code scanning and Microsoft's validator accept
 * it.
 *
 * Choices:
 *   - uris are relative to %SRCROOT%, which is named but not bound to a folder: the report is the same on every machine
 *     (the standard's appendix on deterministic logs). Files outside the root are absolute file: uris;
 *   - columns count UTF-16 code units, as the run's columnKind says; clang's count bytes, so lines with other than
 *     ASCII are converted;
 *   - a result has one codeFlow with one threadFlow, because viewers show only the first; other paths are related
 *     locations;
 *   - suppressed results stay, and every result has `suppressions`, since the standard wants them on all results or
 *     none;
 *   - executionSuccessful is false when an input was lost; each gap is a notification that says what.
 */
#include "report/sarif_int.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "report/jsonout.h"

#define SCHEMA "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

/* ---- artifacts ---- */

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct file_list {
    VEC(const char *) paths;
};

static void add_file(struct file_list *list, struct arena *arena, const char *file)
{
    if (file && file[0] && (list->paths.count == 0 || strcmp(list->paths.items[list->paths.count - 1], file) != 0))
        VEC_PUSH_IN(arena, &list->paths, file);
}

static void add_files_of(struct file_list *list, struct arena *arena, const struct finding *finding)
{
    add_file(list, arena, finding->at.file);
    for (uint32_t i = 0; i < finding->steps.count; i++)
        add_file(list, arena, finding->steps.items[i].at.file);
    for (uint32_t i = 0; i < finding->related.count; i++)
        add_file(list, arena, finding->related.items[i].at.file);
}

static void collect_files(struct sarif *self)
{
    const struct finding_report *report = self->run->report;
    struct file_list list = {{0}};

    for (uint32_t i = 0; i < report->findings.count; i++)
        add_files_of(&list, self->run->arena, &report->findings.items[i]);
    for (uint32_t i = 0; i < report->gaps.count; i++)
        add_file(&list, self->run->arena, report->gaps.items[i].file);
    for (uint32_t i = 0; i < report->sightings.count; i++)
        add_file(&list, self->run->arena, report->sightings.items[i].at.file);
    if (list.paths.count > 0)
        qsort(list.paths.items, list.paths.count, sizeof(*list.paths.items), compare_paths);
    for (uint32_t i = 0; i < list.paths.count; i++)
        if (self->file_count == 0 || strcmp(list.paths.items[self->file_count - 1], list.paths.items[i]) != 0)
            list.paths.items[self->file_count++] = list.paths.items[i];
    self->files = list.paths.items;
}

/* PATH as the path of a uri: every byte but the unreserved ones and '/' is percent-encoded. */
static const char *encode_uri(const struct report_run *run, const char *prefix, const char *path)
{
    struct strbuf uri;
    const char *copy;

    strbuf_init(&uri);
    strbuf_adds(&uri, prefix);
    for (const char *c = path; *c; c++) {
        if (isalnum((unsigned char)*c) || strchr("-._~/", *c))
            strbuf_addc(&uri, *c);
        else
            strbuf_addf(&uri, "%%%02X", (unsigned)(unsigned char)*c);
    }
    copy = arena_strndup(run->arena, uri.data, uri.length);
    strbuf_release(&uri);
    return copy;
}

static json_t *artifact_location(const struct sarif *self, const char *file)
{
    json_t *location = json_new_object();
    const char *path = report_path(self->run, file);
    const char **entry = bsearch(&file, self->files, self->file_count, sizeof(*self->files), compare_paths);

    if (path[0] == '/') {
        json_put_text(location, "uri", encode_uri(self->run, "file://", path));
    } else {
        json_put_text(location, "uri", encode_uri(self->run, "", path));
        json_put_text(location, "uriBaseId", "%SRCROOT%");
    }
    json_put_number(location, "index", (uint32_t)(entry - self->files));
    return location;
}

static bool has_suffix(const char *text, const char *suffix)
{
    size_t length = strlen(text), tail = strlen(suffix);

    return length >= tail && strcmp(text + length - tail, suffix) == 0;
}

/* SARIF's name of the language of FILE, from its name. */
static const char *source_language(const char *file)
{
    static const char *const cpp[] = {".cpp", ".cc", ".cxx", ".c++", ".C", ".hpp", ".hh", ".hxx", ".inl"};

    for (size_t i = 0; i < sizeof(cpp) / sizeof(cpp[0]); i++)
        if (has_suffix(file, cpp[i]))
            return "cplusplus";
    return "c";
}

static json_t *artifacts(const struct sarif *self)
{
    json_t *list = json_new_array();

    for (uint32_t i = 0; i < self->file_count; i++) {
        json_t *artifact = json_push_object(list);
        const struct quote_file *file = quote_cache_get(self->run->quotes, self->files[i]);

        json_put(artifact, "location", artifact_location(self, self->files[i]));
        /* Which of the many 8-bit encodings another file has, nothing in it says. */
        if (file->data && file->is_utf8)
            json_put_text(artifact, "encoding", "utf-8");
        json_put_text(artifact, "sourceLanguage", source_language(self->files[i]));
    }
    return list;
}

/* ---- locations ---- */

static uint32_t utf16_column(const struct quote_file *file, uint32_t line, uint32_t column)
{
    const char *text;
    size_t length;

    return quote_line(file, line, &text, &length) ? utf8_column_utf16(text, length, column) : column;
}

static json_t *sarif_region(const struct sarif *self, const struct finding_range *at)
{
    json_t *region = json_new_object();
    struct finding_range range = report_range(at);
    const struct quote_file *file = quote_cache_get(self->run->quotes, at->file);

    json_put_number(region, "startLine", range.line);
    json_put_number(region, "startColumn", utf16_column(file, range.line, range.column));
    json_put_number(region, "endLine", range.end_line);
    json_put_number(region, "endColumn", utf16_column(file, range.end_line, range.end_column));
    return region;
}

/* The text of the first line of AT from its column on, for viewers without the sources. */
static void put_snippet(const struct sarif *self, json_t *region, const struct finding_range *at)
{
    struct finding_range range = report_range(at);
    const char *line;
    size_t length, first = range.column - 1, last = range.end_column - 1;
    char *text;

    if (range.end_line != range.line ||
        !quote_line(quote_cache_get(self->run->quotes, at->file), range.line, &line, &length) || last > length)
        return;
    text = arena_strndup(self->run->arena, line + first, last - first);
    json_put_text(json_put_object(region, "snippet"), "text", text);
}

static void put_function(json_t *location, const char *function)
{
    json_t *logical;

    if (!function || !function[0])
        return;
    logical = json_push_object(json_put_array(location, "logicalLocations"));
    json_put_text(logical, "name", function);
    json_put_text(logical, "fullyQualifiedName", function);
    json_put_text(logical, "kind", "function");
}

/* A location at AT, which must name a file; MESSAGE and FUNCTION may be NULL. */
static json_t *sarif_location(const struct sarif *self, const struct finding_range *at, const char *message,
                              const char *function)
{
    json_t *location = json_new_object();
    json_t *physical = json_put_object(location, "physicalLocation");
    json_t *region = sarif_region(self, at);

    json_put(physical, "artifactLocation", artifact_location(self, at->file));
    json_put(physical, "region", region);
    put_snippet(self, region, at);
    put_function(location, function);
    if (message)
        json_put(location, "message", sarif_message(self->run, message));
    return location;
}

/* ---- results ---- */

static void put_code_flow(const struct sarif *self, json_t *result, const struct finding *finding)
{
    json_t *flow, *locations;

    if (finding->steps.count == 0)
        return;
    flow = json_push_object(json_put_array(result, "codeFlows"));
    locations = json_put_array(json_push_object(json_put_array(flow, "threadFlows")), "locations");
    for (uint32_t i = 0; i < finding->steps.count; i++) {
        const struct finding_step *step = &finding->steps.items[i];
        json_t *entry;

        if (!step->at.file || !step->at.file[0])
            continue;
        entry = json_push_object(locations);
        json_put(entry, "location",
                 sarif_location(self, &step->at, report_text_or_empty(step->message), step->function));
        json_put_number(entry, "nestingLevel", step->depth);
        json_put_number(entry, "executionOrder", i + 1);
        json_put_text(entry, "importance", step->is_event ? "essential" : "important");
    }
    if (json_array_size(locations) == 0)
        json_object_del(result, "codeFlows");
}

static void put_related(const struct sarif *self, json_t *result, const struct finding *finding)
{
    json_t *list;
    uint32_t id = 0;

    if (finding->related.count == 0)
        return;
    list = json_put_array(result, "relatedLocations");
    for (uint32_t i = 0; i < finding->related.count; i++) {
        const struct finding_step *step = &finding->related.items[i];
        json_t *location;

        if (!step->at.file || !step->at.file[0])
            continue;
        location = sarif_location(self, &step->at, report_text_or_empty(step->message), step->function);
        json_put_number(location, "id", ++id);
        json_push(list, location);
    }
}

static void put_fingerprints(const struct sarif *self, json_t *result, const struct finding *finding)
{
    json_t *fingerprints = json_put_object(result, "partialFingerprints");
    struct quote_file *file = quote_cache_get(self->run->quotes, report_text_or_empty(finding->at.file));
    const char *hash = quote_line_hash(self->run->quotes, file, finding->at.line);

    if (hash)
        json_put_text(fingerprints, "primaryLocationLineHash", hash);
    if (finding->fingerprint)
        json_put_text(fingerprints, "mdlguard/v1", finding->fingerprint);
}

static void put_suppressions(json_t *result, const struct finding *finding)
{
    json_t *list = json_put_array(result, "suppressions");
    json_t *suppression;

    if (!finding->is_suppressed)
        return;
    suppression = json_push_object(list);
    json_put_text(suppression, "kind", finding->is_suppressed_externally ? "external" : "inSource");
    json_put_text(suppression, "status", "accepted");
    if (finding->suppression)
        json_put_text(suppression, "justification", finding->suppression);
}

static json_t *sarif_result(const struct sarif *self, const struct finding *finding)
{
    json_t *result = json_new_object();
    json_t *locations;
    uint32_t rule = sarif_rule_index(self->run->report, finding->rule);

    json_put_text(result, "ruleId", finding->rule);
    if (rule != UINT32_MAX)
        json_put_number(result, "ruleIndex", rule);
    json_put_text(result, "level", finding_level_name(finding->level));
    json_put(result, "message", sarif_message(self->run, finding->message));
    locations = json_put_array(result, "locations");
    if (finding->at.file && finding->at.file[0])
        json_push(locations, sarif_location(self, &finding->at, NULL, finding->function));
    put_fingerprints(self, result, finding);
    put_code_flow(self, result, finding);
    put_related(self, result, finding);
    put_suppressions(result, finding);
    if (self->run->report->has_baseline)
        json_put_text(result, "baselineState", finding->is_baselined ? "unchanged" : "new");
    if (self->run->report->has_trace)
        json_put_bool(json_put_object(result, "properties"), "mdlguard/confirmedAtRunTime", finding->is_confirmed);
    return result;
}

/* ---- the run ---- */

/* AT may lack its file, and its line. */
static json_t *notification(const struct sarif *self, const char *level, const char *message, const struct finding_range *at)
{
    json_t *object = json_new_object();
    json_t *location, *physical;

    json_put_text(object, "level", level);
    json_put(object, "message", sarif_message(self->run, message));
    if (!at->file || !at->file[0])
        return object;
    location = json_push_object(json_put_array(object, "locations"));
    physical = json_put_object(location, "physicalLocation");
    json_put(physical, "artifactLocation", artifact_location(self, at->file));
    if (at->line)
        json_put(physical, "region", sarif_region(self, at));
    return object;
}

static json_t *gap_notification(const struct sarif *self, const struct finding_gap *gap)
{
    struct finding_range at = {.file = gap->file, .line = gap->line, .column = gap->column};

    return notification(self, gap->is_partial ? "warning" : "error", gap->text, &at);
}

/* No result: nothing was found in the source. */
static json_t *sighting_notification(const struct sarif *self, const struct finding_sighting *sighting)
{
    const char *message = arena_printf(self->run->arena, REPORT_UNEXPLAINED ": %s", sighting->message);
    json_t *object = notification(self, "note", message, &sighting->at);
    uint32_t rule = sarif_rule_index(self->run->report, sighting->rule);
    json_t *associated = json_put_object(object, "associatedRule");

    json_put_text(associated, "id", sighting->rule);
    if (rule != UINT32_MAX)
        json_put_number(associated, "index", rule);
    return object;
}

static json_t *invocations(const struct sarif *self)
{
    const struct finding_report *report = self->run->report;
    json_t *list = json_new_array();
    json_t *invocation = json_push_object(list);
    json_t *notifications = json_new_array();
    bool successful = true;

    for (uint32_t i = 0; i < report->gaps.count; i++) {
        json_push(notifications, gap_notification(self, &report->gaps.items[i]));
        successful = successful && report->gaps.items[i].is_partial;
    }
    for (uint32_t i = 0; i < report->sightings.count; i++)
        json_push(notifications, sighting_notification(self, &report->sightings.items[i]));
    json_put_bool(invocation, "executionSuccessful", successful);
    json_put(invocation, "toolExecutionNotifications", notifications);
    return list;
}

static json_t *sarif_run(const struct sarif *self)
{
    const struct finding_report *report = self->run->report;
    json_t *run = json_new_object();
    json_t *base, *results;

    json_put(run, "tool", sarif_tool(self->run));
    json_put(run, "invocations", invocations(self));
    base = json_put_object(json_put_object(run, "originalUriBaseIds"), "%SRCROOT%");
    json_put(base, "description", sarif_message(self->run, "The root of the source tree"));
    json_put(run, "artifacts", artifacts(self));
    results = json_put_array(run, "results");
    for (uint32_t i = 0; i < report->findings.count; i++)
        json_push(results, sarif_result(self, &report->findings.items[i]));
    json_put(run, "taxonomies", sarif_taxonomies(self->run));
    json_put_text(run, "columnKind", "utf16CodeUnits");
    return run;
}

void report_sarif(const struct report_run *run)
{
    struct sarif self = {.run = run};
    json_t *log = json_new_object();

    collect_files(&self);
    json_put_text(log, "$schema", SCHEMA);
    json_put_text(log, "version", "2.1.0");
    json_push(json_put_array(log, "runs"), sarif_run(&self));
    json_write(log, run->out);
}
