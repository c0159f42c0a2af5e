/*
 * ninja.c - `mdlguard ninja`: a build.ninja with one extract step a source file and one link step.
 *
 * What runs when, where and how often is left to ninja and the launcher. Paths are absolute, so that a step may run in any folder of a
 * machine that sees the same files.
 */
#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/extract.h"
#include "cli/output.h"
#include "project/path.h"

struct writer {
    const struct options *options;
    struct arena *arena;
    struct project project;
    const char *program; /* mdlguard's own file */
    struct strbuf out;
};

/* For the value of a variable. */
static void add_escaped(struct strbuf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '$')
            strbuf_addc(out, '$');
        strbuf_addc(out, *text);
    }
}

/* For the list of a build line. */
static void add_path(struct strbuf *out, const char *path)
{
    for (; *path; path++) {
        if (strchr("$ :", *path))
            strbuf_addc(out, '$');
        strbuf_addc(out, *path);
    }
}

/* A word of a shell's command, in a variable's value. */
static void add_word(struct strbuf *out, const char *word)
{
    strbuf_adds(out, " '");
    for (; *word; word++) {
        if (*word == '\'')
            strbuf_adds(out, "'\\''");
        else if (*word == '$')
            strbuf_adds(out, "$$");
        else
            strbuf_addc(out, *word);
    }
    strbuf_addc(out, '\'');
}

/* What is no file or folder here is a name: of a built-in pack, say. */
static const char *absolute(const struct writer *self, const char *text)
{
    const char *path = project_path(self->arena, path_current(self->arena), text);
    return path_is_file(path) || path_is_folder(path) ? path : text;
}

static void add_option(struct writer *self, const char *name, const char *value)
{
    strbuf_addf(&self->out, " %s", name);
    add_word(&self->out, value);
}

static void add_list(struct writer *self, const char *name, const struct text_list *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        add_option(self, name, list->items[i]);
}

/* What the caller chose for the report. */
static void add_link_options(struct writer *self)
{
    static const char *const levels[] = {"note", "warning", "error", "never"}; /* in the order of the enum */
    const struct options *options = self->options;
    add_option(self, "--root", self->project.root);
    for (uint32_t i = 0; i < options->outputs.count; i++) {
        const struct options_output *output = &options->outputs.items[i];
        const char *name = report_format_name(output->format);
        add_option(self, "-f", output->file ? arena_printf(self->arena, "%s=%s", name, output->file) : name);
    }
    for (uint32_t i = 0; i < options->rule_files.count; i++)
        add_option(self, "--rules", absolute(self, options->rule_files.items[i]));
    add_list(self, "--only", &options->only);
    add_list(self, "--skip", &options->skip);
    if (options->baseline)
        add_option(self, "--baseline", absolute(self, options->baseline));
    if (options->config)
        add_option(self, "--config", absolute(self, options->config));
    if (options->fail_on != OPTIONS_FAIL_ON_UNSET)
        add_option(self, "--fail-on", levels[options->fail_on]);
}

static void add_rules(struct writer *self)
{
    strbuf_adds(&self->out, "# Made by `mdlguard ninja`: one extract step a file, then one link step.\n"
                            "ninja_required_version = 1.5\n"
                            "mdlguard = ");
    add_escaped(&self->out, self->program);
    strbuf_adds(&self->out, "\nlauncher = ");
    add_escaped(&self->out, self->options->launcher ? self->options->launcher : "");
    strbuf_adds(&self->out, "\n\nrule extract\n"
                            "  command = $launcher '$mdlguard' extract $source -o $out $arguments\n"
                            "  description = extract $in\n"
                            "  depfile = $out.d\n"
                            "  deps = gcc\n"
                            "\nrule link\n"
                            "  command = '$mdlguard' link @$out.list $options && touch $out\n"
                            "  description = link\n"
                            "  rspfile = $out.list\n"
                            "  rspfile_content = $in_newline\n"
                            "  pool = console\n\n");
}

/* mgo/NAME-HASH.mgo, of characters that nobody has to quote. */
static const char *object_name(struct writer *self, const struct project_unit *unit)
{
    char *name = arena_strdup(self->arena, path_name(unit->path));
    for (char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._-", *c))
            *c = '_';
    return arena_printf(self->arena, "mgo/%s-%016llx.mgo", name, (unsigned long long)extract_key(unit, 0));
}

static void add_unit(struct writer *self, const struct project_unit *unit)
{
    strbuf_adds(&self->out, "build ");
    add_path(&self->out, object_name(self, unit));
    strbuf_adds(&self->out, ": extract ");
    add_path(&self->out, unit->path);
    strbuf_adds(&self->out, " | ");
    add_path(&self->out, self->program);
    strbuf_adds(&self->out, "\n  source =");
    add_word(&self->out, unit->path);
    strbuf_adds(&self->out, "\n  arguments =");
    add_option(self, "--directory", unit->directory);
    if (unit->problem)
        add_option(self, "--problem", unit->problem);
    strbuf_adds(&self->out, " --");
    for (uint32_t i = 0; i < unit->arg_count; i++)
        add_word(&self->out, unit->args[i]);
    strbuf_addc(&self->out, '\n');
}

static void add_link(struct writer *self)
{
    strbuf_adds(&self->out, "\nbuild mdlguard.done: link");
    for (uint32_t i = 0; i < self->project.units.count; i++) {
        strbuf_adds(&self->out, " $\n  ");
        add_path(&self->out, object_name(self, &self->project.units.items[i]));
    }
    strbuf_adds(&self->out, "\n  options =");
    add_link_options(self);
    strbuf_adds(&self->out, "\ndefault mdlguard.done\n");
}

/* The program's own file: what a step runs has to be this mdlguard, or the halves would not fit. */
static const char *own_file(struct arena *arena)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    return length > 0 ? arena_strndup(arena, path, (size_t)length) : "mdlguard";
}

int command_ninja(const struct options *options, struct arena *arena)
{
    struct writer self = {.options = options, .arena = arena, .program = own_file(arena)};
    struct mg_error error = {0};
    enum mg_status status = setup_project(options, arena, &self.project, &error);
    if (status != MG_OK)
        return setup_failed(status, &error);
    strbuf_init(&self.out);
    add_rules(&self);
    for (uint32_t i = 0; i < self.project.units.count; i++)
        add_unit(&self, &self.project.units.items[i]);
    add_link(&self);
    int result = EXIT_CLEAN;
    if (!options->output)
        result = output_print(&self.out, EXIT_CLEAN);
    else if ((status = strbuf_write_file(&self.out, options->output, &error)) != MG_OK)
        result = setup_failed(status, &error);
    strbuf_release(&self.out);
    return result;
}
