/*
 * database.c - compile_commands.json, as CMake, Bear, Ninja and others write it.
 *
 * jansson tells where a text stops being JSON, but not where a value stood; for a mistake inside an entry the entry's own place is found
 * again in the text (entry_place).
 */
#include "project/database.h"

#include <ctype.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "base/vec.h"
#include "project/args.h"
#include "project/path.h"
#include "project/split.h"

struct database {
    const char *path, *folder;
    const char *text;
    size_t length;
    struct arena *arena;
    struct project *out;
};

/* Line and column, 1-based, of the text's array element INDEX. The text is known to be good JSON. */
static void entry_place(const struct database *self, size_t index, uint32_t *line, uint32_t *column)
{
    uint32_t depth = 0;
    size_t element = 0;
    bool in_string = false, is_wanted = false;
    *line = *column = 1;
    for (const char *p = self->text; *p; p++) {
        if (is_wanted && !isspace((unsigned char)*p))
            return;
        if (in_string) {
            if (*p == '\\')
                p++, ++*column;
            else if (*p == '"')
                in_string = false;
        } else if (*p == '"') {
            in_string = true;
        } else if (*p == '[' || *p == '{') {
            depth++;
            is_wanted = depth == 1 && index == 0;
        } else if (*p == ']' || *p == '}') {
            depth--;
        } else if (*p == ',' && depth == 1) {
            is_wanted = ++element == index;
        }
        if (*p == '\n') {
            ++*line;
            *column = 1;
        } else {
            ++*column;
        }
    }
}

static enum mg_status entry_fail(const struct database *self, size_t index, struct mg_error *error, const char *text)
{
    uint32_t line, column;
    entry_place(self, index, &line, &column);
    return mg_fail(error, MG_INPUT, self->path, line, column, "entry %zu of the compile database %s", index + 1, text);
}

/* A line made on Windows is told by its paths: they have drives or backslashes. */
static enum split_style command_style(const char *command, const char *directory)
{
    size_t first = strcspn(command, " \t");
    bool has_backslash = memchr(command, '\\', first) != NULL;
    bool has_drive = (isalpha((unsigned char)command[0]) && command[1] == ':') ||
                     (command[0] == '"' && command[1] && command[2] == ':');
    bool is_windows_folder = isalpha((unsigned char)directory[0]) && directory[1] == ':';
    return has_backslash || has_drive || is_windows_folder ? SPLIT_WINDOWS : SPLIT_SHELL;
}

/* The entry's command line, split. False when it has none, or one that is not text. */
static bool entry_words(const struct database *self, const json_t *entry, const char *directory, struct text_list *out)
{
    const json_t *arguments = json_object_get(entry, "arguments");
    if (!arguments) {
        const char *command = json_string_value(json_object_get(entry, "command"));
        if (!command)
            return false;
        split_command(self->arena, command_style(command, directory), command, strlen(command), out);
        return out->count > 0;
    }
    size_t i;
    json_t *word;
    json_array_foreach(arguments, i, word)
    {
        if (!json_is_string(word))
            return false;
        VEC_PUSH_IN(self->arena, out, arena_strdup(self->arena, json_string_value(word)));
    }
    return out->count > 0;
}

static enum mg_status add_entry(struct database *self, size_t index, const json_t *entry, struct mg_error *error)
{
    if (!json_is_object(entry))
        return entry_fail(self, index, error, "is not an object");
    const char *file = json_string_value(json_object_get(entry, "file"));
    if (!file || !*file)
        return entry_fail(self, index, error, "has no \"file\"");
    const char *directory = json_string_value(json_object_get(entry, "directory"));
    struct text_list words = {0};
    if (!entry_words(self, entry, directory ? directory : "", &words))
        return entry_fail(self, index, error, "has neither a \"command\" nor \"arguments\", or one that is not text");

    struct project_unit unit = {0};
    unit.directory = project_path(self->arena, self->folder, directory ? directory : ".");
    unit.path = project_path(self->arena, unit.directory, file);
    struct args_request request = {
        .directory = unit.directory, .file = unit.path, .argv = words.items, .argc = words.count, .has_compiler = true};
    struct args_result translated;
    args_translate(&request, self->arena, &translated);
    unit.args = translated.args.items;
    unit.arg_count = translated.args.count;
    unit.problem = translated.problem;
    VEC_PUSH_IN(self->arena, &self->out->units, unit);
    return MG_OK;
}

static enum mg_status add_entries(struct database *self, const json_t *root, struct mg_error *error)
{
    if (!json_is_array(root))
        return mg_fail(error, MG_INPUT, self->path, 1, 1, "a compile database is an array of entries");
    if (json_array_size(root) == 0)
        return mg_fail(error, MG_INPUT, self->path, 1, 1,
                       "the compile database has no entries; configure the build so that it lists its sources");
    size_t i;
    json_t *entry;
    json_array_foreach(root, i, entry)
    {
        enum mg_status status = add_entry(self, i, entry, error);
        if (status != MG_OK)
            return status;
    }
    return MG_OK;
}

enum mg_status database_read(const char *path, struct arena *arena, struct project *out, struct mg_error *error)
{
    struct database self = {.path = path, .folder = path_parent(arena, path), .arena = arena, .out = out};
    if (split_read_file(arena, path, &self.text, &self.length, error) != MG_OK)
        return MG_INPUT;
    json_error_t bad;
    json_t *root = json_loadb(self.text, self.length, 0, &bad);
    if (!root)
        return mg_fail(error, MG_INPUT, path, bad.line > 0 ? (uint32_t)bad.line : 1,
                       bad.column > 0 ? (uint32_t)bad.column : 1, "not a compile database: %s", bad.text);
    enum mg_status status = add_entries(&self, root, error);
    json_decref(root);
    return status;
}
