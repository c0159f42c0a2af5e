/*
 * codeclimate.c - the Code Climate subset that GitLab reads as a code quality report: an array of issues.
 *
 * GitLab tells issues apart by their fingerprint alone and drops equal ones. The engine's fingerprint may stand twice
 * in a report (the same mistake twice in one function), so the path and the number of the occurrence are mixed in.
 * Suppressed findings are left out; baselined ones stay, because GitLab does its own comparison and would take a
 * missing issue for a mended one.
 */
#include "report/report_int.h"

#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "report/jsonout.h"

static const char *severity(enum finding_level level)
{
    static const char *const names[] = {"info", "minor", "critical"};

    return names[level];
}

static bool has_same_identity(const struct finding *a, const struct finding *b)
{
    return !b->is_suppressed &&
           strcmp(report_text_or_empty(a->fingerprint), report_text_or_empty(b->fingerprint)) == 0 &&
           strcmp(report_text_or_empty(a->at.file), report_text_or_empty(b->at.file)) == 0;
}

/* How many findings before INDEX have its file and fingerprint. Findings of a file stand together, so the look back is
 * short. */
static uint32_t occurrence(const struct finding_report *report, uint32_t index)
{
    const struct finding *finding = &report->findings.items[index];
    uint32_t count = 0;

    for (uint32_t i = index; i-- > 0;) {
        const struct finding *other = &report->findings.items[i];

        if (strcmp(report_text_or_empty(other->at.file), report_text_or_empty(finding->at.file)) != 0)
            break;
        count += has_same_identity(finding, other);
    }
    return count;
}

static const char *fingerprint(const struct report_run *run, uint32_t index)
{
    const struct finding *finding = &run->report->findings.items[index];
    uint64_t hash = hash_string(report_path(run, finding->at.file));

    hash = hash_mix_fingerprint(hash, hash_string(report_text_or_empty(finding->rule)));
    hash = hash_mix_fingerprint(hash, hash_string(report_text_or_empty(finding->fingerprint)));
    hash = hash_mix_fingerprint(hash, occurrence(run->report, index));
    return arena_printf(run->arena, "%016" PRIx64, hash);
}

static void put_location(const struct report_run *run, json_t *location, const struct finding_range *at)
{
    struct finding_range range = report_range(at);
    json_t *lines;

    json_put_text(location, "path", report_path(run, at->file));
    lines = json_put_object(location, "lines");
    json_put_number(lines, "begin", range.line);
    json_put_number(lines, "end", range.end_line);
}

static void put_category(json_t *issue)
{
    json_push(json_put_array(issue, "categories"), json_new_text("Bug Risk"));
}

static void push_issue(const struct report_run *run, json_t *issues, uint32_t index)
{
    const struct finding *finding = &run->report->findings.items[index];
    json_t *issue = json_push_object(issues);
    json_t *list;

    json_put_text(issue, "type", "issue");
    json_put_text(issue, "check_name", finding->rule);
    json_put_text(issue, "description",
                  arena_printf(run->arena, "%s [%s %s]%s", report_text_or_empty(finding->message),
                               report_text_or_empty(finding->rule), report_text_or_empty(finding->name),
                               finding->is_confirmed ? ", " REPORT_CONFIRMED : ""));
    put_category(issue);
    json_put_text(issue, "severity", severity(finding->level));
    json_put_text(issue, "fingerprint", fingerprint(run, index));
    put_location(run, json_put_object(issue, "location"), &finding->at);
    list = json_put_array(issue, "other_locations");
    for (uint32_t i = 0; i < finding->steps.count; i++)
        put_location(run, json_push_object(list), &finding->steps.items[i].at);
}

/* Sightings stand once in a report, so place and text tell them apart. One without a place has no line that GitLab could show it at. */
static void push_sighting(const struct report_run *run, json_t *issues, const struct finding_sighting *sighting)
{
    const char *path = report_path(run, sighting->at.file);
    uint64_t hash = hash_mix_fingerprint(hash_mix_fingerprint(hash_string(path), hash_string(sighting->rule)), hash_string(sighting->message));
    json_t *issue = json_push_object(issues);

    json_put_text(issue, "type", "issue");
    json_put_text(issue, "check_name", sighting->rule);
    json_put_text(issue, "description",
                  arena_printf(run->arena, REPORT_UNEXPLAINED ": %s [%s]", sighting->message, sighting->rule));
    put_category(issue);
    json_put_text(issue, "severity", severity(sighting->level));
    json_put_text(issue, "fingerprint", arena_printf(run->arena, "%016" PRIx64, hash_mix_fingerprint(hash, sighting->at.line)));
    put_location(run, json_put_object(issue, "location"), &sighting->at);
}

void report_codeclimate(const struct report_run *run)
{
    json_t *issues = json_new_array();

    for (uint32_t i = 0; i < run->report->findings.count; i++)
        if (!run->report->findings.items[i].is_suppressed)
            push_issue(run, issues, i);
    for (uint32_t i = 0; i < run->report->sightings.count; i++)
        if (run->report->sightings.items[i].at.file)
            push_sighting(run, issues, &run->report->sightings.items[i]);
    json_write(issues, run->out);
}
