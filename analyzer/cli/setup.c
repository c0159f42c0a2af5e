/*
 * setup.c - from options and configuration to a project and the rules in force.
 */
#include "cli/commands.h"

#include <stdio.h>
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

static enum mg_status unknown_rule(const struct ruleset *rules, const char *id, const char *where, struct arena *arena,
                                   struct mg_error *error)
{
    const char **names = ARENA_NEW_ARRAY(arena, const char *, rules->rules.count + 1);
    for (uint32_t i = 0; i < rules->rules.count; i++)
        names[i] = rules->rules.items[i].meta.id;
    const char *nearest = nearest_name(id, names, rules->rules.count);
    return mg_fail(error, MG_USAGE, NULL, 0, 0, "%s names the rule '%s', which does not exist%s%s%s", where, id,
                   nearest ? "; did you mean " : " (mdlguard rules lists them)", nearest ? nearest : "",
                   nearest ? "?" : "");
}

/* Switches the rules in LIST to IS_ENABLED. */
static enum mg_status switch_rules(struct ruleset *rules, const struct text_list *list, bool is_enabled,
                                   const char *where, struct arena *arena, struct mg_error *error)
{
    for (uint32_t i = 0; i < list->count; i++) {
        bool is_known = false;
        for (uint32_t j = 0; j < rules->rules.count; j++) {
            if (strcmp(rules->rules.items[j].meta.id, list->items[i]) != 0)
                continue;
            rules->rules.items[j].is_enabled = is_enabled;
            is_known = true;
        }
        if (!is_known)
            return unknown_rule(rules, list->items[i], where, arena, error);
    }
    return MG_OK;
}

/* The command line's --only replaces the configuration's; both lists of skipped rules count. */
static enum mg_status choose_rules(const struct options *options, const struct config *config, struct ruleset *rules,
                                   struct arena *arena, struct mg_error *error)
{
    const struct text_list *only = options->only.count ? &options->only : &config->only;
    const char *only_where = options->only.count ? "--only" : "the configuration's 'only'";
    for (uint32_t i = 0; i < rules->rules.count && only->count; i++)
        rules->rules.items[i].is_enabled = false;
    enum mg_status status = switch_rules(rules, only, true, only_where, arena, error);
    if (status == MG_OK)
        status = switch_rules(rules, &config->skip, false, "the configuration's 'skip'", arena, error);
    if (status == MG_OK)
        status = switch_rules(rules, &options->skip, false, "--skip", arena, error);
    return status;
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
        .target_os = config->target_os, .files = packs.items, .file_count = packs.count};
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

void setup_print_gaps(const char *root, const struct finding_gap *gaps, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct finding_gap *gap = &gaps[i];
        fprintf(stderr, "mdlguard: %s:", path_relative(gap->file, root));
        if (gap->line)
            fprintf(stderr, "%u:%u:", gap->line, gap->column);
        fprintf(stderr, " %s: %s\n", gap->is_partial ? "warning" : "error", gap->text);
    }
}

int setup_failed(enum mg_status status, const struct mg_error *error)
{
    mg_error_print(error);
    return status == MG_USAGE ? EXIT_USAGE : EXIT_NOT_ANALYZED;
}
