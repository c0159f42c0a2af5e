/*
 * diagnostics.c - Diagnostic and Location objects (Language Server Protocol 3.17).
 *
 * LSP's lines and characters start at 0; characters count the code units of the negotiated encoding, ours bytes from 1.
 */
#include "lsp/diagnostics.h"

#include "base/utf8.h"
#include "lsp/rpc.h"
#include "lsp/uri.h"
#include "report/quote.h"

struct display {
    const struct diagnostics_options *options;
    const struct documents *documents;
    struct quote_cache lines;
};

static json_t *display_position(struct display *self, const char *file, uint32_t line, uint32_t column)
{
    uint32_t character = column ? column : 1;
    const char *text;
    size_t length;

    if (!self->options->is_utf8 && quote_line(quote_cache_get(&self->lines, file), line, &text, &length))
        character = utf8_column_utf16(text, length, character);
    return json_pack("{s:I, s:I}", "line", (json_int_t)(line ? line - 1 : 0), "character", (json_int_t)(character - 1));
}

static json_t *display_range(struct display *self, const struct finding_range *at)
{
    uint32_t end_line = at->end_line ? at->end_line : at->line;
    uint32_t end_column = at->end_line ? at->end_column : at->column;

    return json_pack("{s:o, s:o}", "start", display_position(self, at->file, at->line, at->column), "end",
                     display_position(self, at->file, end_line, end_column));
}

/* The URI under which the editor knows PATH, or one of ours. */
static json_t *display_uri(const struct documents *documents, const char *path)
{
    const struct document *document = documents_find_path(documents, path);
    struct strbuf uri;

    if (document)
        return rpc_string(document->uri);
    strbuf_init(&uri);
    uri_from_path(path, &uri);
    json_t *string = rpc_string(uri.data);
    strbuf_release(&uri);
    return string;
}

static json_t *display_step(struct display *self, const struct finding_step *step, const char *message)
{
    return json_pack("{s:{s:o, s:o}, s:o}", "location", "uri", display_uri(self->documents, step->at.file), "range",
                     display_range(self, &step->at), "message", rpc_string(message));
}

/* One entry a step, numbered as in the text report; other paths with the same cause behind them. */
static json_t *display_related(struct display *self, const struct finding *finding)
{
    json_t *list = json_array();
    struct strbuf message;

    strbuf_init(&message);
    for (uint32_t i = 0; i < finding->steps.count; i++) {
        strbuf_clear(&message);
        strbuf_addf(&message, "%u: %s", i + 1, finding->steps.items[i].message);
        json_array_append_new(list, display_step(self, &finding->steps.items[i], message.data));
    }
    for (uint32_t i = 0; i < finding->related.count; i++)
        json_array_append_new(list, display_step(self, &finding->related.items[i], finding->related.items[i].message));
    strbuf_release(&message);
    return list;
}

/* The message, with the path in it for editors that cannot show it otherwise. */
static json_t *display_message(const struct display *self, const struct finding *finding)
{
    struct strbuf text;

    strbuf_init(&text);
    strbuf_adds(&text, finding->message);
    for (uint32_t i = 0; i < finding->steps.count && !self->options->has_related; i++) {
        const struct finding_step *step = &finding->steps.items[i];

        strbuf_addf(&text, "\n%u: %s:%u: %s", i + 1, step->at.file, step->at.line, step->message);
    }
    json_t *string = rpc_string(text.data);
    strbuf_release(&text);
    return string;
}

static int severity_of(enum finding_level level)
{
    return level == FINDING_ERROR ? 1 : level == FINDING_WARNING ? 2 : 3;
}

static json_t *display_finding(struct display *self, const struct finding *finding)
{
    json_t *object = json_pack("{s:o, s:i, s:o, s:s, s:o}", "range", display_range(self, &finding->at), "severity",
                               severity_of(finding->level), "code", rpc_string(finding->rule), "source", "mdlguard",
                               "message", display_message(self, finding));

    if (self->options->has_related && finding->steps.count + finding->related.count > 0)
        json_object_set_new(object, "relatedInformation", display_related(self, finding));
    if (finding->fingerprint)
        json_object_set_new(object, "data",
                            json_pack("{s:o, s:o}", "fingerprint", rpc_string(finding->fingerprint), "name",
                                      rpc_string(finding->name)));
    return object;
}

/* The array of the file at PATH in FILES; made when there is none. */
static json_t *list_of(json_t *files, const char *path)
{
    json_t *key = rpc_string(path), *list = json_object_get(files, json_string_value(key));

    if (!list) {
        list = json_array();
        json_object_set_new(files, json_string_value(key), list);
    }
    json_decref(key);
    return list;
}

json_t *diagnostics_from_report(const struct finding_report *report, const struct documents *documents,
                                const struct diagnostics_options *options)
{
    struct display display = {.options = options, .documents = documents};
    json_t *files = json_object();
    struct arena arena;

    arena_init(&arena);
    quote_cache_init(&display.lines, &arena);
    for (uint32_t i = 0; i < documents->open.count; i++)
        if (documents->open.items[i].path)
            quote_cache_put(&display.lines, documents->open.items[i].path, documents->open.items[i].text,
                            documents->open.items[i].length);
    for (uint32_t i = 0; i < report->findings.count; i++) {
        const struct finding *finding = &report->findings.items[i];

        if (!finding->is_suppressed)
            json_array_append_new(list_of(files, finding->at.file), display_finding(&display, finding));
    }
    arena_release(&arena);
    return files;
}

void diagnostics_publish(struct strbuf *out, const struct documents *documents, const char *path, json_t *list)
{
    const struct document *document = documents_find_path(documents, path);
    json_t *params = json_pack("{s:o, s:o}", "uri", display_uri(documents, path), "diagnostics", list);

    if (document)
        json_object_set_new(params, "version", json_integer(document->version));
    rpc_write_notification(out, "textDocument/publishDiagnostics", params);
}
