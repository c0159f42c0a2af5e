/*
 * test_lsp_session.c - what the language server analyses, when, and what it publishes, with a small analysis in the
 * place of the pipeline: every "BUG" in a unit's main file or in a header that it includes is a finding, whose message
 * says how many units were lowered.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "lsp/server.h"
#include "project/path.h"
#include "report/quote.h"

/* ---- the small analysis ---- */

struct small {
    const struct analysis_request *request;
    struct arena *arena;
    struct finding_report *out;
};

static const char *text_of(const struct small *self, const char *path)
{
    const struct document *document = documents_find_path(self->request->documents, path);
    size_t length;

    return document ? document->text : quote_read(self->arena, path, &length);
}

/* The header that TEXT includes: at most one, in the same folder. NULL: none. */
static const char *header_of(const struct small *self, const char *path, const char *text)
{
    const char *name = strstr(text, "#include \"");

    if (!name)
        return NULL;
    name += strlen("#include \"");
    name = arena_strndup(self->arena, name, strcspn(name, "\""));
    return path_join(self->arena, path_parent(self->arena, path), name);
}

static void small_lower(struct small *self, uint32_t unit)
{
    const char *path = self->request->project->units.items[unit].path, *text = text_of(self, path), *header;
    struct pipeline_unit *out = &self->request->units->items[unit];
    struct ir_module module;

    if (text && strstr(text, "CRASH"))
        abort();
    ir_module_init(&module, self->arena);
    ir_module_unit(&module, path, "/");
    ir_module_file(&module, path, false);
    header = text ? header_of(self, path, text) : NULL;
    if (header && text_of(self, header))
        ir_module_file(&module, header, false);
    else if (header)
        module.units.items[0].error_count = 1;
    out->status = text ? MG_OK : mg_fail(&out->error, MG_INPUT, path, 0, 0, "no such file");
    strbuf_clear(&out->encoded);
    ir_module_encode(&module, &out->encoded);
    ir_module_release(&module);
    self->request->lowered(self->request->context, unit);
}

static void small_find(struct small *self, const char *path)
{
    const char *text = path ? text_of(self, path) : NULL;
    uint32_t line = 1;

    for (; text && *text; line++) {
        size_t length = strcspn(text, "\n");
        const char *bug = strstr(text, "BUG");

        if (bug && bug < text + length) {
            uint32_t column = (uint32_t)(bug - text) + 1;
            struct finding_range at = {path, line, column, line, column + 3};
            struct finding_step step = {.at = at, .message = "made here", .function = "f"};
            struct finding finding = {.rule = "MDL002",
                                      .name = "UnlockBeforeUnmap",
                                      .level = FINDING_ERROR,
                                      .message = arena_printf(self->arena, "%u lowered", self->request->wanted_count),
                                      .at = at,
                                      .function = "f",
                                      .fingerprint = "0123456789abcdef",
                                      .is_suppressed = strstr(text, "BUG allowed") == bug};
            VEC_PUSH_IN(self->arena, &finding.steps, step);
            VEC_PUSH_IN(self->arena, &self->out->findings, finding);
        }
        text += length + (text[length] == '\n');
    }
}

static enum mg_status analyse(const struct analysis_request *request, struct arena *arena, struct finding_report *out,
                              struct mg_error *error)
{
    struct small self = {request, arena, out};

    for (uint32_t i = 0; i < request->wanted_count; i++)
        small_lower(&self, request->wanted[i]);
    for (uint32_t i = 0; i < request->project->units.count; i++) {
        const char *path = request->project->units.items[i].path, *text = text_of(&self, path);

        if (text && strstr(text, "HANG"))
            sleep(60);
        if (text && strstr(text, "BAD PACK"))
            return mg_fail(error, MG_USAGE, "/rules.yaml", 3, 4, "no such key");
        small_find(&self, path);
        if (text)
            small_find(&self, header_of(&self, path, text));
    }
    finding_report_sort(out);
    return MG_OK;
}

/* ---- an editor ---- */

struct editor {
    struct server server;
    char folder[64];
    json_t *shown; /* file name -> its last publishDiagnostics' params */
    struct strbuf log;
    uint32_t published; /* notifications since the last `settle` began */
};

static const struct options no_options;
static const struct session_options options = {.command_line = &no_options, .analyse = analyse};

static void write_file(const struct editor *self, const char *name, const char *text)
{
    char path[128];
    struct strbuf bytes;

    snprintf(path, sizeof(path), "%s/%s", self->folder, name);
    strbuf_init(&bytes);
    strbuf_adds(&bytes, text);
    assert_int_equal(strbuf_write_file(&bytes, path, NULL), MG_OK);
    strbuf_release(&bytes);
}

static void editor_take(struct editor *self, json_t *message)
{
    const char *method = json_string_value(json_object_get(message, "method"));
    json_t *params = json_object_get(message, "params");

    if (method && strcmp(method, "window/logMessage") == 0) {
        strbuf_adds(&self->log, json_string_value(json_object_get(params, "message")));
        strbuf_addc(&self->log, '\n');
    } else if (method && strcmp(method, "textDocument/publishDiagnostics") == 0) {
        json_object_set(self->shown, path_name(json_string_value(json_object_get(params, "uri"))), params);
        self->published++;
    }
}

/* Reads what the server wrote. */
static void editor_read(struct editor *self)
{
    const char *at = self->server.out.data;

    while ((at = strstr(at, "Content-Length: "))) {
        size_t length = strtoul(at + strlen("Content-Length: "), NULL, 10);
        const char *body = strstr(at, "\r\n\r\n") + 4;
        json_t *message = json_loadb(body, length, 0, NULL);

        assert_non_null(message);
        editor_take(self, message);
        json_decref(message);
        at = body + length;
    }
    strbuf_clear(&self->server.out);
}

/* Lets the server do all that it has to do. */
static void settle(struct editor *self)
{
    self->published = 0;
    strbuf_clear(&self->log);
    editor_read(self);
    while (session_is_waiting(&self->server.session) || session_descriptor(&self->server.session) >= 0) {
        if (session_is_waiting(&self->server.session))
            session_start(&self->server.session);
        else
            session_receive(&self->server.session);
        editor_read(self);
    }
}

static void tell(struct editor *self, const char *method, json_t *params)
{
    json_t *message = json_pack("{s:s, s:s, s:o}", "jsonrpc", "2.0", "method", method, "params", params);
    char *text = json_dumps(message, 0);

    server_handle(&self->server, text, strlen(text));
    free(text);
    json_decref(message);
}

static json_t *uri_of(const struct editor *self, const char *name)
{
    return json_sprintf("file://%s/%s", self->folder, name);
}

static void open_file(struct editor *self, const char *name, const char *text)
{
    tell(self, "textDocument/didOpen",
         json_pack("{s:{s:o, s:s, s:i, s:s}}", "textDocument", "uri", uri_of(self, name), "languageId", "c", "version",
                   1, "text", text));
}

static void change_file(struct editor *self, const char *name, int version, const char *text)
{
    tell(self, "textDocument/didChange",
         json_pack("{s:{s:o, s:i}, s:[{s:s}]}", "textDocument", "uri", uri_of(self, name), "version", version,
                   "contentChanges", "text", text));
}

static void name_file(struct editor *self, const char *method, const char *name)
{
    tell(self, method, json_pack("{s:{s:o}}", "textDocument", "uri", uri_of(self, name)));
}

/* How many diagnostics NAME shows; -1: nothing was ever published for it. */
static int count_of(const struct editor *self, const char *name)
{
    json_t *params = json_object_get(self->shown, name);

    return params ? (int)json_array_size(json_object_get(params, "diagnostics")) : -1;
}

static const char *message_of(const struct editor *self, const char *name)
{
    json_t *list = json_object_get(json_object_get(self->shown, name), "diagnostics");

    return json_string_value(json_object_get(json_array_get(list, 0), "message"));
}

static int set_up(void **state)
{
    static const char initialize[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"capabilities\":{\"textDocument\":"
        "{\"publishDiagnostics\":{\"relatedInformation\":true}}}}}";
    struct editor *self = calloc(1, sizeof(*self));

    snprintf(self->folder, sizeof(self->folder), "/tmp/mdlguard-lsp-XXXXXX");
    assert_non_null(mkdtemp(self->folder));
    write_file(self, "compile_commands.json",
               "[{\"directory\":\".\",\"file\":\"a.c\",\"arguments\":[\"cc\",\"-c\",\"a.c\"]},"
               "{\"directory\":\".\",\"file\":\"b.c\",\"arguments\":[\"cc\",\"-c\",\"b.c\"]}]");
    write_file(self, "a.c", "#include \"h.h\"\nint a;\n");
    write_file(self, "b.c", "int b;\n");
    write_file(self, "h.h", "int h;\n");
    server_init(&self->server, &options);
    strbuf_init(&self->log);
    self->shown = json_object();
    server_handle(&self->server, initialize, strlen(initialize));
    *state = self;
    return 0;
}

static int tear_down(void **state)
{
    struct editor *self = *state;
    char command[128];

    server_release(&self->server);
    strbuf_release(&self->log);
    json_decref(self->shown);
    snprintf(command, sizeof(command), "rm -r '%s'", self->folder);
    assert_int_equal(system(command), 0);
    free(self);
    return 0;
}

/* ---- tests ---- */

static void finding_appears_and_goes_with_the_unsaved_text(void **state)
{
    struct editor *self = *state;

    open_file(self, "a.c", "#include \"h.h\"\nBUG\n");
    settle(self);
    assert_int_equal(count_of(self, "a.c"), 1);
    assert_string_equal(message_of(self, "a.c"), "2 lowered");
    assert_int_equal(count_of(self, "b.c"), -1);
    change_file(self, "a.c", 2, "#include \"h.h\"\nfine\n");
    settle(self);
    assert_int_equal(count_of(self, "a.c"), 0);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(self->shown, "a.c"), "version")), 2);
    assert_string_equal(self->log.data, "");
}

static void diagnostic_has_all_its_parts(void **state)
{
    struct editor *self = *state;
    json_t *wanted, *shown;

    open_file(self, "a.c", "\n  \xc3\xa9\xf0\x9f\x98\x80 BUG\n");
    settle(self);
    json_t *range =
        json_pack("{s:{s:i, s:i}, s:{s:i, s:i}}", "start", "line", 1, "character", 6, "end", "line", 1, "character", 9);
    wanted = json_pack("{s:O, s:i, s:s, s:s, s:s, s:[{s:{s:o, s:o}, s:s}], s:{s:s, s:s}}", "range", range, "severity",
                       1, "code", "MDL002", "source", "mdlguard", "message", "2 lowered", "relatedInformation",
                       "location", "uri", uri_of(self, "a.c"), "range", range, "message", "1: made here", "data",
                       "fingerprint", "0123456789abcdef", "name", "UnlockBeforeUnmap");
    shown = json_array_get(json_object_get(json_object_get(self->shown, "a.c"), "diagnostics"), 0);
    if (!json_equal(shown, wanted))
        fail_msg("%s", json_dumps(shown, 0));
    json_decref(wanted);
}

static void only_units_that_read_the_changed_file_are_lowered_again(void **state)
{
    struct editor *self = *state;

    open_file(self, "a.c", "#include \"h.h\"\nBUG\n");
    settle(self);
    change_file(self, "a.c", 2, "#include \"h.h\"\n\nBUG\n");
    settle(self);
    assert_string_equal(message_of(self, "a.c"), "1 lowered");
    open_file(self, "h.h", "int other;\n");
    settle(self);
    assert_string_equal(message_of(self, "a.c"), "1 lowered");
    open_file(self, "b.c", "int b; // not on disk\n");
    settle(self);
    assert_string_equal(message_of(self, "a.c"), "1 lowered");
    write_file(self, "h.h", "int on_disk;\n");
    change_file(self, "b.c", 2, "int b;\n");
    settle(self);
    assert_string_equal(message_of(self, "a.c"), "1 lowered"); /* the editor's text of h.h counts */
    name_file(self, "textDocument/didClose", "h.h");
    change_file(self, "b.c", 3, "int c;\n");
    settle(self);
    assert_string_equal(message_of(self, "a.c"), "2 lowered");
}

static void opening_saving_and_closing_without_a_change_analyses_nothing_anew(void **state)
{
    struct editor *self = *state;

    write_file(self, "b.c", "BUG\n");
    open_file(self, "a.c", "#include \"h.h\"\nint a;\n");
    settle(self);
    open_file(self, "b.c", "BUG\n");
    settle(self);
    assert_string_equal(message_of(self, "b.c"), "2 lowered"); /* what was found before is shown again */
    assert_int_equal(json_integer_value(json_object_get(json_object_get(self->shown, "b.c"), "version")), 1);
    name_file(self, "textDocument/didSave", "b.c");
    settle(self);
    assert_string_equal(message_of(self, "b.c"), "0 lowered");
    name_file(self, "textDocument/didClose", "b.c");
    settle(self);
    assert_string_equal(message_of(self, "b.c"), "0 lowered");
}

static void other_files_of_the_program_are_published_and_withdrawn(void **state)
{
    struct editor *self = *state;

    write_file(self, "b.c", "BUG\n");
    open_file(self, "a.c", "#include \"h.h\"\n");
    settle(self);
    assert_int_equal(count_of(self, "a.c"), 0);
    assert_int_equal(count_of(self, "b.c"), 1);
    assert_null(json_object_get(json_object_get(self->shown, "b.c"), "version"));
    open_file(self, "h.h", "BUG in a header\n");
    settle(self);
    assert_int_equal(count_of(self, "h.h"), 1);
    write_file(self, "b.c", "fine\n");
    change_file(self, "h.h", 2, "\n");
    settle(self);
    assert_int_equal(count_of(self, "h.h"), 0);
    assert_int_equal(count_of(self, "b.c"), 0);
    change_file(self, "h.h", 3, "\n\n");
    settle(self);
    assert_int_equal(self->published, 2); /* a.c and h.h are open; of b.c there is nothing new */
}

static void suppressed_findings_are_not_shown(void **state)
{
    struct editor *self = *state;

    open_file(self, "a.c", "BUG allowed\nBUG\n");
    settle(self);
    assert_int_equal(count_of(self, "a.c"), 1);
}

static void change_during_an_analysis_replaces_it(void **state)
{
    struct editor *self = *state;

    open_file(self, "a.c", "HANG\n");
    session_start(&self->server.session);
    assert_true(session_descriptor(&self->server.session) >= 0);
    change_file(self, "a.c", 2, "BUG\n");
    assert_int_equal(session_descriptor(&self->server.session), -1);
    settle(self);
    assert_int_equal(count_of(self, "a.c"), 1);
}

static void server_survives_an_analysis_that_crashes(void **state)
{
    struct editor *self = *state;

    open_file(self, "a.c", "BUG\n");
    settle(self);
    change_file(self, "a.c", 2, "CRASH\n");
    settle(self);
    assert_non_null(strstr(self->log.data, "the analysis ended by signal 6"));
    assert_int_equal(count_of(self, "a.c"), 1); /* nobody knows better */
    change_file(self, "a.c", 3, "fine\n");
    settle(self);
    assert_int_equal(count_of(self, "a.c"), 0);
}

static void failure_of_an_analysis_is_logged_with_its_place(void **state)
{
    struct editor *self = *state;

    open_file(self, "a.c", "BAD PACK\n");
    settle(self);
    assert_string_equal(self->log.data, "/rules.yaml:3:4: no such key\n");
}

static void file_outside_the_database_is_analysed_alone(void **state)
{
    struct editor *self = *state;

    write_file(self, "lone.c", "\n");
    open_file(self, "lone.c", "BUG\n");
    settle(self);
    assert_string_equal(message_of(self, "lone.c"), "1 lowered");
    name_file(self, "textDocument/didClose", "lone.c");
    settle(self);
    assert_int_equal(count_of(self, "lone.c"), 0);
}

static void lone_file_joins_the_database_that_comes_to_name_it(void **state)
{
    struct editor *self = *state;

    write_file(self, "lone.c", "\n");
    write_file(self, "b.c", "BUG\n");
    open_file(self, "lone.c", "BUG\n");
    settle(self);
    assert_int_equal(count_of(self, "b.c"), -1);
    write_file(self, "compile_commands.json",
               "[{\"directory\":\".\",\"file\":\"lone.c\",\"arguments\":[\"cc\",\"-c\",\"lone.c\"]},"
               "{\"directory\":\".\",\"file\":\"b.c\",\"arguments\":[\"cc\",\"-c\",\"b.c\"]}]");
    name_file(self, "textDocument/didSave", "lone.c");
    settle(self);
    assert_int_equal(count_of(self, "b.c"), 1);
    assert_int_equal(count_of(self, "lone.c"), 1);
}

static void database_is_read_again_when_it_changed(void **state)
{
    struct editor *self = *state;

    write_file(self, "b.c", "BUG\n");
    open_file(self, "a.c", "BUG\n");
    settle(self);
    assert_int_equal(count_of(self, "b.c"), 1);
    write_file(self, "compile_commands.json",
               "[{\"directory\":\".\",\"file\":\"a.c\",\"arguments\":[\"cc\",\"-c\",\"a.c\"]}]");
    change_file(self, "a.c", 2, "\nBUG\n");
    settle(self);
    assert_int_equal(count_of(self, "b.c"), 0);
    assert_string_equal(message_of(self, "a.c"), "1 lowered");
    write_file(self, "compile_commands.json", "[");
    change_file(self, "a.c", 3, "BUG\n");
    settle(self);
    assert_non_null(strstr(self->log.data, "compile_commands.json:"));
    assert_int_equal(count_of(self, "a.c"), 1);
}

static void malformed_database_is_logged_and_the_file_analysed_alone(void **state)
{
    struct editor *self = *state;

    write_file(self, "compile_commands.json", "[{]");
    open_file(self, "a.c", "BUG\n");
    settle(self);
    assert_non_null(strstr(self->log.data, "compile_commands.json:1:"));
    assert_string_equal(message_of(self, "a.c"), "1 lowered");
}

static void new_header_gives_broken_units_another_try(void **state)
{
    struct editor *self = *state;

    open_file(self, "a.c", "#include \"new.h\"\nBUG\n");
    settle(self);
    name_file(self, "textDocument/didSave", "a.c");
    settle(self);
    assert_string_equal(message_of(self, "a.c"), "0 lowered");
    write_file(self, "new.h", "BUG\n");
    name_file(self, "textDocument/didSave", "new.h");
    settle(self);
    assert_string_equal(message_of(self, "a.c"), "1 lowered");
    assert_int_equal(count_of(self, "new.h"), 1);
}

static void document_that_is_no_file_is_left_alone(void **state)
{
    struct editor *self = *state;

    tell(self, "textDocument/didOpen",
         json_pack("{s:{s:s, s:i, s:s}}", "textDocument", "uri", "untitled:Untitled-1", "version", 1, "text", "BUG"));
    settle(self);
    assert_int_equal(self->published, 0);
    assert_string_equal(self->log.data, "");
}

#define EDITOR_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EDITOR_TEST(finding_appears_and_goes_with_the_unsaved_text),
        EDITOR_TEST(diagnostic_has_all_its_parts),
        EDITOR_TEST(only_units_that_read_the_changed_file_are_lowered_again),
        EDITOR_TEST(opening_saving_and_closing_without_a_change_analyses_nothing_anew),
        EDITOR_TEST(other_files_of_the_program_are_published_and_withdrawn),
        EDITOR_TEST(suppressed_findings_are_not_shown),
        EDITOR_TEST(change_during_an_analysis_replaces_it),
        EDITOR_TEST(server_survives_an_analysis_that_crashes),
        EDITOR_TEST(failure_of_an_analysis_is_logged_with_its_place),
        EDITOR_TEST(file_outside_the_database_is_analysed_alone),
        EDITOR_TEST(lone_file_joins_the_database_that_comes_to_name_it),
        EDITOR_TEST(database_is_read_again_when_it_changed),
        EDITOR_TEST(malformed_database_is_logged_and_the_file_analysed_alone),
        EDITOR_TEST(new_header_gives_broken_units_another_try),
        EDITOR_TEST(document_that_is_no_file_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
