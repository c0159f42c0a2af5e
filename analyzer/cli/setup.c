/*
 * setup.c - from options and configuration to a project and the rules in force.
 */
#include "cli/commands.h"

#include <string.h>

#include "base/hash.h"
#include "base/nearest.h"
#include "cli/pipeline.h"
#include "project/path.h"

enum mg_status setup_project(const struct options *options, struct arena *arena, struct project *out,
                             struct mg_error *error)
{
    struct project_request request = {.build_dir = options->build_dir,
                                      .inputs = options->inputs.items,
                                      .input_count = options->inputs.count,
                                      .compiler_args = options->compiler_args,
                                      .compiler_arg_count = options->compiler_arg_count};
    return project_load(&request, arena, out, error);
}

void setup_lowering(const struct options *options, struct pipeline_lower_options *out)
{
    *out = (struct pipeline_lower_options){.jobs = options->jobs,
                                           .timeout_seconds = options->timeout_seconds,
                                           .memory_mib = options->memory_mib,
                                           .is_verbose = options->is_verbose};
}

/* Names of rules, and who gives them: an option, or a key of a configuration. */
struct naming {
    const char *source; /* "--only", "'only'" */
    const struct config *config; /* NULL: the command line */
    const struct text_list *names;
    const struct config_place *places; /* of each, when it is a configuration */
};

static enum mg_status unknown_rule(const struct ruleset *rules, const struct naming *naming, uint32_t which,
                                   struct arena *arena, struct mg_error *error)
{
    struct config_place at = naming->config ? naming->places[which] : (struct config_place){0};
    const char *id = naming->names->items[which];

    const char **names = ARENA_NEW_ARRAY(arena, const char *, rules->rules.count + 1);
    for (uint32_t i = 0; i < rules->rules.count; i++)
        names[i] = rules->rules.items[i].meta.id;
    const char *nearest = nearest_name(id, names, rules->rules.count);
    return mg_fail(error, MG_USAGE, naming->config ? naming->config->path : NULL, at.line, at.column,
                   "%s names the rule '%s', which does not exist%s%s%s", naming->source, id,
                   nearest ? "; did you mean " : " (mdlguard rules lists them)", nearest ? nearest : "",
                   nearest ? "?" : "");
}

/* NULL when there is none. */
static struct ruleset_rule *rule_named(const struct ruleset *rules, const char *id)
{
    for (uint32_t i = 0; i < rules->rules.count; i++)
        if (strcmp(rules->rules.items[i].meta.id, id) == 0)
            return &rules->rules.items[i];
    return NULL;
}

/* Switches the rules that are named to IS_ENABLED. */
static enum mg_status switch_rules(struct ruleset *rules, struct naming naming, bool is_enabled, struct arena *arena,
                                   struct mg_error *error)
{
    for (uint32_t i = 0; i < naming.names->count; i++) {
        struct ruleset_rule *rule = rule_named(rules, naming.names->items[i]);
        if (!rule)
            return unknown_rule(rules, &naming, i, arena, error);
        rule->is_enabled = is_enabled;
    }
    return MG_OK;
}

static enum mg_status check_suppressions(const struct config *config, const struct ruleset *rules, struct arena *arena,
                                         struct mg_error *error)
{
    for (uint32_t i = 0; i < config->suppressions.count; i++) {
        const struct config_suppression *entry = &config->suppressions.items[i];
        struct text_list name = {.items = (const char **)&entry->rule, .count = 1};
        struct naming naming = {"'suppress'", config, &name, &entry->at};
        if (strcmp(entry->rule, "*") != 0 && !rule_named(rules, entry->rule))
            return unknown_rule(rules, &naming, 0, arena, error);
    }
    return MG_OK;
}

/* The command line's --only replaces the configuration's; both lists of skipped rules count. */
static enum mg_status choose_rules(const struct options *options, const struct config *config, struct ruleset *rules,
                                   struct arena *arena, struct mg_error *error)
{
    struct naming only = {"'only'", config, &config->only, config->only_at};
    if (options->only.count)
        only = (struct naming){"--only", NULL, &options->only, NULL};
    for (uint32_t i = 0; i < rules->rules.count && only.names->count; i++)
        rules->rules.items[i].is_enabled = false;
    enum mg_status status = switch_rules(rules, only, true, arena, error);
    if (status == MG_OK)
        status = switch_rules(rules, (struct naming){"'skip'", config, &config->skip, config->skip_at}, false, arena, error);
    if (status == MG_OK)
        status = switch_rules(rules, (struct naming){"--skip", NULL, &options->skip, NULL}, false, arena, error);
    return status == MG_OK ? check_suppressions(config, rules, arena, error) : status;
}

/* The configuration's packs and the command line's. */
static struct ruleset_options choose_packs(const struct options *options, const struct config *config,
                                           struct arena *arena)
{
    struct text_list packs = {0};
    for (uint32_t i = 0; i < config->rules.count; i++)
        VEC_PUSH_IN(arena, &packs, config->rules.items[i]);
    for (uint32_t i = 0; i < options->rule_files.count; i++)
        VEC_PUSH_IN(arena, &packs, options->rule_files.items[i]);
    return (struct ruleset_options){
        .target_os = config->target_os, .target_os_file = config->path, .target_os_line = config->target_os_at.line,
        .target_os_column = config->target_os_at.column, .files = packs.items, .file_count = packs.count};
}

static uint64_t hash_list(uint64_t hash, const struct text_list *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        hash = hash_mix(hash, hash_string(list->items[i]));
    return hash_mix(hash, list->count);
}

enum mg_status setup_rules_key(const struct options *options, const struct config *config, struct arena *arena,
                               uint64_t *out, struct mg_error *error)
{
    struct ruleset_options wanted = choose_packs(options, config, arena);
    enum mg_status status = ruleset_fingerprint(&wanted, arena, out, error);
    *out = hash_list(hash_list(*out, &options->only), &config->only);
    *out = hash_list(hash_list(*out, &options->skip), &config->skip);
    for (uint32_t i = 0; i < config->suppressions.count; i++) /* that they exist was checked */
        *out = hash_mix(*out, hash_string(config->suppressions.items[i].rule));
    return status;
}

enum mg_status setup_rules(const struct options *options, const char *folder, struct arena *arena,
                           struct config *config, struct ruleset *rules, struct mg_error *error)
{
    enum mg_status status = config_load(options->config, folder, arena, config, error);
    return status == MG_OK ? setup_configured_rules(options, config, arena, rules, error) : status;
}

enum mg_status setup_configured_rules(const struct options *options, const struct config *config, struct arena *arena,
                                      struct ruleset *rules, struct mg_error *error)
{
    struct ruleset_options wanted = choose_packs(options, config, arena);
    enum mg_status status = ruleset_load(&wanted, arena, rules, error);
    if (status != MG_OK)
        return status;
    status = choose_rules(options, config, rules, arena, error);
    if (status != MG_OK)
        ruleset_release(rules);
    return status;
}

static int use_program(const struct options *options, const struct project *project, const struct ruleset *rules,
                       struct arena *arena, setup_use *use)
{
    struct mg_error error = {0};
    struct pipeline_lower_options lower;
    struct pipeline_units units;
    int result;
    setup_lowering(options, &lower);
    pipeline_units_init(&units, project->units.count);
    enum mg_status status = pipeline_lower(project, NULL, 0, &lower, &units, &error);
    if (status == MG_OK) {
        struct pipeline_program program;
        pipeline_link(project, &units, rules, arena, &program);
        result = use(options, project, &program, arena);
        pipeline_program_release(&program);
    } else {
        result = setup_failed(status, &error);
    }
    pipeline_units_release(&units);
    return result;
}

int setup_with_program(const struct options *options, struct arena *arena, setup_use *use)
{
    struct mg_error error = {0};
    struct project project;
    struct config config;
    struct ruleset rules;
    enum mg_status status = setup_project(options, arena, &project, &error);
    if (status == MG_OK)
        status = setup_rules(options, project.root, arena, &config, &rules, &error);
    if (status != MG_OK)
        return setup_failed(status, &error);
    int result = use_program(options, &project, &rules, arena, use);
    ruleset_release(&rules);
    return result;
}

void setup_print_gaps(const char *root, const struct finding_gap *gaps, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct finding_gap *gap = &gaps[i];
        mg_message_print(gap->is_partial ? "warning" : "error", path_relative(gap->file, root), gap->line, gap->column,
                         gap->text);
    }
}

int setup_failed(enum mg_status status, const struct mg_error *error)
{
    mg_error_print(error);
    return status == MG_USAGE ? EXIT_USAGE : EXIT_NOT_ANALYZED;
}
