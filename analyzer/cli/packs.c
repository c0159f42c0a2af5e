/*
 * packs.c - `mdlguard rules`: what is in force, what is wrong with packs of the user's own, and what one could say (infer.c).
 */
#include <string.h>

#include "base/strbuf.h"
#include "cli/commands.h"
#include "cli/infer.h"
#include "cli/output.h"
#include "project/path.h"

static void print_rules(const struct ruleset *rules, struct strbuf *out)
{
    for (uint32_t i = 0; i < rules->rules.count; i++) {
        const struct ruleset_rule *rule = &rules->rules.items[i];
        strbuf_addf(out, "%-8s %-8s %-26s %s%s\n", rule->meta.id, finding_level_name(rule->meta.level), rule->meta.name,
                    rule->meta.summary ? rule->meta.summary : "", rule->is_enabled ? "" : " (off)");
    }
}

static int list_rules(const struct options *options, struct arena *arena)
{
    struct mg_error error = {0};
    struct config config;
    struct ruleset rules;
    struct strbuf out;
    enum mg_status status = setup_rules(options, path_current(arena), arena, &config, &rules, &error);
    if (status != MG_OK)
        return setup_failed(status, &error);
    strbuf_init(&out);
    print_rules(&rules, &out);
    strbuf_addc(&out, '\n');
    ruleset_print_list(&rules, &out);
    ruleset_release(&rules);
    int result = output_print(&out, EXIT_CLEAN);
    strbuf_release(&out);
    return result;
}

static int check_packs(const struct text_list *files, struct arena *arena)
{
    struct mg_error *errors = NULL;
    uint32_t count = 0;
    enum mg_status status = ruleset_check_files(files->items, files->count, arena, &errors, &count);
    for (uint32_t i = 0; i < count; i++)
        mg_error_print(&errors[i]);
    if (count || status != MG_OK)
        return EXIT_USAGE;
    struct strbuf out;
    strbuf_init(&out);
    strbuf_addf(&out, "%u file%s checked: no mistakes\n", files->count, files->count == 1 ? "" : "s");
    int result = output_print(&out, EXIT_CLEAN);
    strbuf_release(&out);
    return result;
}

/* What follows `infer` is what `scan` would take. */
static int infer_rules(const struct options *options, struct arena *arena)
{
    struct options inner = *options;

    inner.inputs.items++;
    inner.inputs.count--;
    return infer_command(&inner, arena);
}

int command_rules(const struct options *options, struct arena *arena)
{
    const struct text_list *inputs = &options->inputs;
    if (inputs->count == 0 || (inputs->count == 1 && strcmp(inputs->items[0], "list") == 0))
        return list_rules(options, arena);
    if (strcmp(inputs->items[0], "check") == 0 && inputs->count > 1) {
        struct text_list files = {.items = inputs->items + 1, .count = inputs->count - 1};
        return check_packs(&files, arena);
    }
    if (strcmp(inputs->items[0], "infer") == 0)
        return infer_rules(options, arena);
    mg_message_print("error", NULL, 0, 0, "rules takes 'list', or 'check' and the packs to check, or 'infer' and what scan takes");
    return EXIT_USAGE;
}
