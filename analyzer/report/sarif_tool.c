/*
 * sarif_tool.c - the tool component of a SARIF run: rules with their texts and properties, and the CWE taxonomy.
 *
 * Properties that GitHub code scanning reads: tags ("security" and "external/cwe/cwe-NNN"), precision, problem.severity
 * and security-severity.
 */
#include "report/sarif_int.h"

#include <stdlib.h>
#include <string.h>

#include "report/jsonout.h"

/* Where a reader of a result learns more. A build for a site with pages of its own may say so. */
#ifndef MDLGUARD_HOMEPAGE
#define MDLGUARD_HOMEPAGE "https://learn.microsoft.com/windows-hardware/drivers/kernel/using-mdls"
#endif

static bool ends_sentence(const char *text)
{
    size_t length = strlen(text);

    return length > 0 && strchr(".!?", text[length - 1]) != NULL;
}

/* In a SARIF message "[text](target)" is a link. C has that shape too ("table[i](mdl)"): a blank between keeps it C. */
static void add_without_links(struct strbuf *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        strbuf_addc(out, *c);
        if (c[0] == ']' && c[1] == '(')
            strbuf_addc(out, ' ');
    }
}

json_t *sarif_message(const struct report_run *run, const char *text)
{
    json_t *message = json_new_object();
    const char *plain = text && *text ? report_printable(run, text) : "(no message)";
    struct strbuf sentence;

    strbuf_init(&sentence);
    add_without_links(&sentence, plain);
    if (!ends_sentence(plain))
        strbuf_addc(&sentence, '.');
    json_put_text(message, "text", sentence.data);
    strbuf_release(&sentence);
    return message;
}

static int compare_ids(const void *id, const void *rule)
{
    return strcmp(id, ((const struct finding_rule *)rule)->id);
}

uint32_t sarif_rule_index(const struct finding_report *report, const char *id)
{
    const struct finding_rule *rule = NULL;

    if (id && report->rule_count > 0)
        rule = bsearch(id, report->rules, report->rule_count, sizeof(*report->rules), compare_ids);
    return rule ? (uint32_t)(rule - report->rules) : UINT32_MAX;
}

/* ---- CWE ---- */

static int compare_cwes(const void *a, const void *b)
{
    unsigned long x = strtoul(*(const char *const *)a, NULL, 10), y = strtoul(*(const char *const *)b, NULL, 10);

    return (x > y) - (x < y);
}

/* The CWE numbers that the rules name, in ascending order, each once. */
static uint32_t collect_cwes(const struct report_run *run, const char ***out)
{
    const struct finding_report *report = run->report;
    const char **list = ARENA_NEW_ARRAY(run->arena, const char *, report->rule_count + 1);
    uint32_t count = 0, kept = 0;

    for (uint32_t i = 0; i < report->rule_count; i++)
        if (report->rules[i].cwe)
            list[count++] = report->rules[i].cwe;
    qsort(list, count, sizeof(*list), compare_cwes);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || compare_cwes(&list[kept - 1], &list[i]) != 0)
            list[kept++] = list[i];
    *out = list;
    return kept;
}

static const char *cwe_id(const struct report_run *run, const char *number)
{
    return arena_printf(run->arena, "CWE-%s", number);
}

json_t *sarif_taxonomies(const struct report_run *run)
{
    json_t *taxonomies = json_new_array();
    json_t *cwe = json_push_object(taxonomies);
    json_t *taxa;
    const char **numbers;
    uint32_t count = collect_cwes(run, &numbers);

    json_put_text(cwe, "name", "CWE");
    json_put_text(cwe, "organization", "MITRE");
    json_put(cwe, "shortDescription", sarif_message(run, "The MITRE Common Weakness Enumeration"));
    json_put_text(cwe, "informationUri", "https://cwe.mitre.org/");
    json_put_bool(cwe, "isComprehensive", 0);
    taxa = json_put_array(cwe, "taxa");
    for (uint32_t i = 0; i < count; i++) {
        json_t *taxon = json_push_object(taxa);

        json_put_text(taxon, "id", cwe_id(run, numbers[i]));
        json_put_text(taxon, "helpUri",
                      arena_printf(run->arena, "https://cwe.mitre.org/data/definitions/%s.html", numbers[i]));
    }
    return taxonomies;
}

static void put_relationship(const struct report_run *run, json_t *object, const struct finding_rule *rule)
{
    json_t *relationship = json_push_object(json_put_array(object, "relationships"));
    json_t *target = json_put_object(relationship, "target");
    json_t *component, *kinds;
    const char **numbers;
    uint32_t count = collect_cwes(run, &numbers), index = 0;

    while (index < count && compare_cwes(&numbers[index], &rule->cwe) != 0)
        index++;
    json_put_text(target, "id", cwe_id(run, rule->cwe));
    json_put_number(target, "index", index);
    component = json_put_object(target, "toolComponent");
    json_put_text(component, "name", "CWE");
    json_put_number(component, "index", 0);
    kinds = json_put_array(relationship, "kinds");
    json_push(kinds, json_new_text("superset"));
}

/* ---- rules ---- */

static void put_properties(const struct report_run *run, json_t *object, const struct finding_rule *rule)
{
    static const char *const severities[] = {"recommendation", "warning", "error"};
    json_t *properties = json_put_object(object, "properties");
    json_t *tags = json_put_array(properties, "tags");

    json_push(tags, json_new_text(rule->security_severity ? "security" : "correctness"));
    json_push(tags, json_new_text("windows-driver"));
    if (rule->cwe)
        json_push(tags, json_new_text(arena_printf(run->arena, "external/cwe/cwe-%s", rule->cwe)));
    json_put_text(properties, "precision", "high");
    json_put_text(properties, "problem.severity", severities[rule->level]);
    if (rule->security_severity)
        json_put_text(properties, "security-severity", rule->security_severity);
}

static json_t *sarif_rule(const struct report_run *run, const struct finding_rule *rule)
{
    json_t *object = json_new_object();
    json_t *part;

    json_put_text(object, "id", rule->id);
    json_put_text(object, "name", rule->name);
    json_put(object, "shortDescription", sarif_message(run, rule->summary ? rule->summary : rule->name));
    json_put(object, "fullDescription", sarif_message(run, rule->summary ? rule->summary : rule->name));
    part = json_put_object(object, "defaultConfiguration");
    json_put_text(part, "level", finding_level_name(rule->level));
    part = json_put_object(object, "help");
    json_put_text(part, "text", rule->help ? rule->help : rule->summary);
    json_put_text(part, "markdown", rule->help ? rule->help : rule->summary);
    if (rule->cwe)
        put_relationship(run, object, rule);
    put_properties(run, object, rule);
    return object;
}

json_t *sarif_tool(const struct report_run *run)
{
    const struct finding_report *report = run->report;
    json_t *tool = json_new_object();
    json_t *driver = json_put_object(tool, "driver");
    json_t *list;

    json_put_text(driver, "name", "mdlguard");
    json_put_text(driver, "version", report->version);
    json_put_text(driver, "semanticVersion", report->version);
    json_put_text(driver, "informationUri", MDLGUARD_HOMEPAGE);
    json_put_text(driver, "language", "en-US");
    list = json_put_array(driver, "rules");
    for (uint32_t i = 0; i < report->rule_count; i++)
        json_push(list, sarif_rule(run, &report->rules[i]));
    list = json_push_object(json_put_array(driver, "supportedTaxonomies"));
    json_put_text(list, "name", "CWE");
    json_put_number(list, "index", 0);
    return tool;
}
