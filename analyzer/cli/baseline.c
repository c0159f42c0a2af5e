/*
 * baseline.c - counting the fingerprints of a SARIF report, and taking them off again.
 */
#include "cli/baseline.h"

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "base/strbuf.h"

#define FINGERPRINT "mdlguard/v1"

static const char *fingerprint_of(const json_t *result)
{
    const char *text = json_string_value(json_object_get(json_object_get(result, "partialFingerprints"), FINGERPRINT));
    return text ? text : json_string_value(json_object_get(json_object_get(result, "fingerprints"), FINGERPRINT));
}

/* "MDL002 0123456789abcdef": the key that findings are counted under. */
static void make_key(struct strbuf *key, const char *rule, const char *fingerprint)
{
    strbuf_clear(key);
    strbuf_addf(key, "%s %s", rule, fingerprint);
}

static void count(json_t *counts, const char *key, json_int_t change)
{
    json_object_set_new(counts, key, json_integer(json_integer_value(json_object_get(counts, key)) + change));
}

/* Results that another tool wrote have no fingerprint of ours and cover nothing. */
static void count_run(const json_t *run, json_t *counts, struct strbuf *key)
{
    size_t i;
    json_t *result;
    json_array_foreach(json_object_get(run, "results"), i, result)
    {
        const char *rule = json_string_value(json_object_get(result, "ruleId"));
        const char *state = json_string_value(json_object_get(result, "baselineState"));
        const char *fingerprint = fingerprint_of(result);
        bool is_absent = state && strcmp(state, "absent") == 0;
        if (!rule || !fingerprint || is_absent)
            continue;
        make_key(key, rule, fingerprint);
        count(counts, key->data, 1);
    }
}

static enum mg_status load(const char *path, json_t **out, struct mg_error *error)
{
    struct strbuf text;
    strbuf_init(&text);
    enum mg_status status = MG_OK;
    json_error_t bad;
    if (strbuf_read_file(&text, path, error) != MG_OK) {
        status = MG_USAGE;
        goto out;
    }
    *out = json_loadb(text.data, text.length, 0, &bad);
    if (!*out)
        status = mg_fail(error, MG_USAGE, path, bad.line > 0 ? (uint32_t)bad.line : 1,
                         bad.column > 0 ? (uint32_t)bad.column : 1, "the baseline is not JSON: %s", bad.text);
    else if (!json_is_array(json_object_get(*out, "runs")))
        status = mg_fail(error, MG_USAGE, path, 1, 1, "the baseline is no SARIF report: it has no \"runs\"");
    if (status != MG_OK && *out) {
        json_decref(*out);
        *out = NULL;
    }
out:
    strbuf_release(&text);
    return status;
}

enum mg_status baseline_apply(const char *path, struct finding_report *report, struct mg_error *error)
{
    json_t *sarif = NULL;
    enum mg_status status = load(path, &sarif, error);
    if (status != MG_OK)
        return status;
    json_t *counts = json_object();
    struct strbuf key;
    strbuf_init(&key);
    size_t i;
    json_t *run;
    json_array_foreach(json_object_get(sarif, "runs"), i, run)
    {
        count_run(run, counts, &key);
    }
    report->has_baseline = true;
    for (uint32_t j = 0; j < report->findings.count; j++) {
        struct finding *finding = &report->findings.items[j];
        make_key(&key, finding->rule, finding->fingerprint ? finding->fingerprint : "");
        if (json_integer_value(json_object_get(counts, key.data)) <= 0)
            continue;
        finding->is_baselined = true;
        count(counts, key.data, -1);
    }
    strbuf_release(&key);
    json_decref(counts);
    json_decref(sarif);
    return MG_OK;
}
