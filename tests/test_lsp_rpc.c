/*
 * test_lsp_rpc.c - the language server's protocol layer: framing, JSON-RPC, URIs, documents, the server's life. No
 * analysis runs here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "lsp/documents.h"
#include "lsp/frame.h"
#include "lsp/rpc.h"
#include "lsp/server.h"
#include "lsp/uri.h"

/* ---- framing ---- */

/* Feeds INPUT in pieces of STEP bytes; appends each body as "[body]" and each complaint as "!" to SEEN. */
static void read_frames(const char *input, size_t length, size_t step, size_t max_body, struct strbuf *seen)
{
    struct frame_reader reader;
    struct mg_error error;
    enum frame_result result;
    const char *body;
    size_t size;

    frame_reader_init(&reader);
    reader.max_body = max_body;
    for (size_t at = 0; at < length; at += step) {
        frame_reader_feed(&reader, input + at, length - at < step ? length - at : step);
        while ((result = frame_reader_next(&reader, &body, &size, &error)) != FRAME_MORE) {
            if (result == FRAME_MESSAGE) {
                strbuf_addc(seen, '[');
                strbuf_add(seen, body, size);
                strbuf_addc(seen, ']');
            } else {
                assert_non_null(strstr(error.text, "byte "));
                strbuf_addc(seen, '!');
            }
        }
    }
    frame_reader_release(&reader);
}

/* The same input in pieces of every size up to its whole has to give WANTED. */
static void assert_frames(const char *input, const char *wanted)
{
    size_t length = strlen(input);

    for (size_t step = 1; step <= length; step++) {
        struct strbuf seen;

        strbuf_init(&seen);
        read_frames(input, length, step, 1000, &seen);
        assert_string_equal(seen.data, wanted);
        strbuf_release(&seen);
    }
}

static void frames_come_whole_split_and_merged(void **state)
{
    (void)state;
    assert_frames("Content-Length: 2\r\n\r\n{}", "[{}]");
    assert_frames("Content-Length: 2\r\n\r\n{}Content-Length: 3\r\n\r\nabcContent-Length: 0\r\n\r\n", "[{}][abc][]");
}

static void frames_may_have_other_headers_in_any_order_and_case(void **state)
{
    (void)state;
    assert_frames("Content-Type: application/vscode-jsonrpc; charset=utf-8\r\ncontent-length:2 \r\n\r\n{}", "[{}]");
    assert_frames("CONTENT-LENGTH:\t2\r\nX-Other: \r\n\r\n{}", "[{}]");
    assert_frames("Content-Length: 2\n\n{}", "[{}]");
    assert_frames("\r\n\r\nContent-Length: 2\r\n\r\n{}", "[{}]");
    assert_frames("Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", "[{}]");
}

static void frames_that_are_broken_cost_only_themselves(void **state)
{
    (void)state;
    assert_frames("{\"jsonrpc\":\"2.0\"}Content-Length: 2\r\n\r\n{}", "![{}]");
    assert_frames("Content-Length: two\r\n\r\n{}Content-Length: 2\r\n\r\n[]", "![[]]");
    assert_frames("Content-Length: -2\r\n\r\n{}Content-Length: 2\r\n\r\n[]", "![[]]");
    assert_frames("Content-Length: 2 3\r\n\r\n{}Content-Length: 2\r\n\r\n[]", "![[]]");
    assert_frames("Content-Length:\r\n\r\n{}Content-Length: 2\r\n\r\n[]", "![[]]");
    assert_frames("Content-Length: 99999999999999999999\r\n\r\n{}Content-Length: 2\r\n\r\n[]", "![[]]");
    assert_frames("Content-Type: x\r\n\r\n{}Content-Length: 2\r\n\r\n[]", "![[]]");
    assert_frames("no header\r\n\r\nContent-Length: 2\r\n\r\n[]", "![[]]");
    assert_frames(": 2\r\n\r\nContent-Length: 2\r\n\r\n[]", "![[]]");
}

static void frames_with_two_lengths_are_refused(void **state)
{
    (void)state;
    /* What follows the second header is read as a message of its own, and there is none. */
    assert_frames("Content-Length: 1\r\nContent-Length: 3\r\n\r\nabcContent-Length: 2\r\n\r\n[]", "![[]]");
}

static void frames_that_are_too_large_are_dropped_whole(void **state)
{
    (void)state;
    struct strbuf input, seen;

    strbuf_init(&input);
    strbuf_adds(&input, "Content-Length: 1001\r\n\r\n");
    for (int i = 0; i < 1001; i++)
        strbuf_addc(&input, i % 2 ? '\n' : ':');
    strbuf_adds(&input, "Content-Length: 2\r\n\r\n{}");
    for (size_t step = 1; step <= input.length; step += 97) {
        strbuf_init(&seen);
        read_frames(input.data, input.length, step, 1000, &seen);
        assert_string_equal(seen.data, "![{}]");
        strbuf_release(&seen);
    }
    strbuf_release(&input);
}

static void headers_without_end_are_given_up(void **state)
{
    (void)state;
    struct strbuf input, seen;

    strbuf_init(&input);
    strbuf_init(&seen);
    for (int i = 0; i < 10000; i++)
        strbuf_addc(&input, 'a');
    strbuf_adds(&input, "Content-Length: 2\r\n\r\n{}");
    read_frames(input.data, input.length, 4096, 1000, &seen);
    assert_string_equal(seen.data, "![{}]");
    strbuf_release(&seen);
    strbuf_release(&input);
}

/* Whatever comes, the reader neither hangs nor reads outside its buffer (the sanitizers watch). */
static void frames_survive_noise(void **state)
{
    (void)state;
    static const char alphabet[] = "Content-Length: 0123\r\n\r\n{}:\n\n";
    uint32_t seed = 1;

    for (int round = 0; round < 300; round++) {
        char input[400];
        struct strbuf seen;

        for (size_t i = 0; i < sizeof(input); i++) {
            seed = seed * 1664525u + 1013904223u;
            input[i] = i % 7 ? alphabet[(seed >> 16) % (sizeof(alphabet) - 1)] : (char)(seed >> 24);
        }
        memcpy(input + 50 + round % 100, "\nContent-Length: 5\r\n\r\nabcde", 27);
        strbuf_init(&seen);
        read_frames(input, sizeof(input), 1 + (size_t)round % 50, 1000, &seen);
        strbuf_release(&seen);
    }
}

static void frame_reader_knows_whether_it_is_between_messages(void **state)
{
    (void)state;
    struct frame_reader reader;
    struct mg_error error;
    const char *body;
    size_t length;

    frame_reader_init(&reader);
    assert_true(frame_reader_is_between(&reader));
    frame_reader_feed(&reader, "Content-Length: 2\r\n\r\n{", 22);
    assert_int_equal(frame_reader_next(&reader, &body, &length, &error), FRAME_MORE);
    assert_false(frame_reader_is_between(&reader));
    frame_reader_feed(&reader, "}", 1);
    assert_int_equal(frame_reader_next(&reader, &body, &length, &error), FRAME_MESSAGE);
    assert_true(frame_reader_is_between(&reader));
    frame_reader_release(&reader);
}

/* ---- JSON-RPC ---- */

static int parse_code(const char *text)
{
    struct rpc_message message;
    struct rpc_error error;
    bool is_good = rpc_message_parse(&message, text, strlen(text), &error);

    rpc_message_release(&message);
    return is_good ? 0 : error.code;
}

static void messages_that_are_wrong_have_their_code(void **state)
{
    (void)state;
    assert_int_equal(parse_code(""), RPC_PARSE_ERROR);
    assert_int_equal(parse_code("{"), RPC_PARSE_ERROR);
    assert_int_equal(parse_code("{\"jsonrpc\":\"2.0\",\"method\":\"\xff\"}"), RPC_PARSE_ERROR);
    assert_int_equal(parse_code("{} {}"), RPC_PARSE_ERROR);
    assert_int_equal(parse_code("[{\"jsonrpc\":\"2.0\",\"method\":\"exit\"}]"), RPC_INVALID_REQUEST);
    assert_int_equal(parse_code("17"), RPC_INVALID_REQUEST);
    assert_int_equal(parse_code("{\"id\":1,\"method\":\"x\"}"), RPC_INVALID_REQUEST);
    assert_int_equal(parse_code("{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"x\"}"), RPC_INVALID_REQUEST);
    assert_int_equal(parse_code("{\"jsonrpc\":\"2.0\",\"id\":1}"), RPC_INVALID_REQUEST);
    assert_int_equal(parse_code("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}"), RPC_INVALID_REQUEST);
    assert_int_equal(parse_code("{\"jsonrpc\":\"2.0\",\"id\":[],\"method\":\"x\"}"), RPC_INVALID_REQUEST);
    assert_int_equal(parse_code("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\",\"params\":3}"), RPC_INVALID_REQUEST);
    assert_int_equal(parse_code("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\",\"params\":null}"), 0);
}

static void messages_that_nest_without_end_are_parse_errors(void **state)
{
    (void)state;
    struct strbuf deep;

    strbuf_init(&deep);
    for (int i = 0; i < 1000000; i++)
        strbuf_addc(&deep, '[');
    assert_int_equal(parse_code(deep.data), RPC_PARSE_ERROR);
    strbuf_release(&deep);
}

static void messages_are_sorted_by_kind(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum rpc_kind kind;
    } cases[] = {
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\"}", RPC_REQUEST},
        {"{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"x\",\"params\":[]}", RPC_REQUEST},
        {"{\"jsonrpc\":\"2.0\",\"method\":\"x\",\"params\":{}}", RPC_NOTIFICATION},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null}", RPC_RESPONSE},
        {"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{}}", RPC_RESPONSE},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rpc_message message;
        struct rpc_error error;

        assert_true(rpc_message_parse(&message, cases[i].text, strlen(cases[i].text), &error));
        assert_int_equal(message.kind, cases[i].kind);
        rpc_message_release(&message);
    }
}

static void answers_are_framed_and_valid_utf8(void **state)
{
    (void)state;
    struct strbuf out;

    strbuf_init(&out);
    rpc_write_log(&out, RPC_LOG_ERROR, "caf\xe9");
    const char *body = strstr(out.data, "\r\n\r\n");
    assert_non_null(body);
    body += 4;
    assert_int_equal(strtoul(out.data + strlen("Content-Length: "), NULL, 10), strlen(body));
    json_t *message = json_loads(body, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(json_object_get(message, "params"), "message")),
                        "caf\xef\xbf\xbd");
    json_decref(message);
    strbuf_release(&out);
}

/* ---- URIs and documents ---- */

static void assert_path(const char *uri, const char *path)
{
    struct strbuf out;

    strbuf_init(&out);
    assert_int_equal(uri_to_path(uri, &out), path != NULL);
    assert_string_equal(out.data, path ? path : "");
    strbuf_release(&out);
}

static void uris_name_paths(void **state)
{
    (void)state;
    assert_path("file:///src/dma.c", "/src/dma.c");
    assert_path("FILE:///src/a%20b%2Bc.c", "/src/a b+c.c");
    assert_path("file://localhost/src/dma.c", "/src/dma.c");
    assert_path("file:/src/./x/../dma.c", "/src/dma.c");
    assert_path("file:///c%3A/src/dma.c", "c:/src/dma.c");
    assert_path("file:///src/dma.c?x#y", "/src/dma.c");
    assert_path("untitled:Untitled-1", NULL);
    assert_path("file://server/share/x.c", NULL);
    assert_path("file:///src/%zz.c", NULL);
    assert_path("file:///src/%4", NULL);
    assert_path("file:///src/%00.c", NULL);
    assert_path("", NULL);
}

static void paths_become_uris_that_name_them(void **state)
{
    (void)state;
    static const char *const paths[] = {"/src/dma.c", "/a b/ö%41#?.c", "c:/src/x.c"};

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct strbuf uri;

        strbuf_init(&uri);
        uri_from_path(paths[i], &uri);
        for (const char *p = uri.data; *p; p++)
            assert_true(*p > ' ' && *p < 127);
        assert_path(uri.data, paths[i]);
        strbuf_release(&uri);
    }
}

static void documents_hold_the_newest_text(void **state)
{
    (void)state;
    struct documents documents = {0};
    bool is_changed;

    assert_true(documents_open(&documents, "file:///a.c", 1, "one", 3));
    assert_true(documents_open(&documents, "untitled:1", 1, "", 0));
    assert_false(documents_open(&documents, "file:///a.c", 2, "two", 3));
    assert_string_equal(documents_find_path(&documents, "/a.c")->text, "two");
    assert_true(documents_change(&documents, "file:///a.c", 3, "two", 3, &is_changed));
    assert_false(is_changed);
    assert_true(documents_change(&documents, "file:///a.c", 4, "t\0o", 3, &is_changed));
    assert_true(is_changed);
    assert_int_equal(documents_find(&documents, "file:///a.c")->version, 4);
    assert_int_equal(documents_find(&documents, "file:///a.c")->length, 3);
    assert_null(documents_find(&documents, "untitled:1")->path);
    assert_false(documents_change(&documents, "file:///b.c", 1, "", 0, &is_changed));
    assert_true(documents_close(&documents, "file:///a.c"));
    assert_false(documents_close(&documents, "file:///a.c"));
    assert_null(documents_find_path(&documents, "/a.c"));
    documents_release(&documents);
}

/* ---- the server's life ---- */

static enum mg_status analyse_never(const struct analysis_request *request, struct arena *arena,
                                    struct finding_report *out, struct mg_error *error)
{
    (void)request;
    (void)arena;
    (void)out;
    return mg_fail(error, MG_INPUT, NULL, 0, 0, "must not run");
}

static const struct options no_options;
static const struct session_options no_analysis = {.command_line = &no_options, .analyse = analyse_never};

static int start_server(void **state)
{
    struct server *server = malloc(sizeof(*server));

    server_init(server, &no_analysis);
    *state = server;
    return 0;
}

static int stop_server(void **state)
{
    server_release(*state);
    free(*state);
    return 0;
}

/* Sends TEXT; the one answer, or NULL when there is none. The caller releases it. */
static json_t *ask(struct server *server, const char *text)
{
    server_handle(server, text, strlen(text));
    if (server->out.length == 0)
        return NULL;
    json_error_t at;
    json_t *answer = json_loads(strstr(server->out.data, "\r\n\r\n") + 4, 0, &at);
    if (!answer)
        fail_msg("not one message: %s: %s", at.text, server->out.data);
    strbuf_clear(&server->out);
    return answer;
}

/* The code of the error that TEXT is answered with; 0: a result; 1: no answer. */
static int ask_code(struct server *server, const char *text)
{
    json_t *answer = ask(server, text), *error = json_object_get(answer, "error");
    int code = !answer ? 1 : error ? (int)json_integer_value(json_object_get(error, "code")) : 0;

    json_decref(answer);
    return code;
}

#define CALL(method, params) "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method "\",\"params\":" params "}"
#define TELL(method, params) "{\"jsonrpc\":\"2.0\",\"method\":\"" method "\",\"params\":" params "}"

static void server_waits_for_initialize(void **state)
{
    assert_int_equal(ask_code(*state, CALL("shutdown", "{}")), RPC_NOT_INITIALIZED);
    assert_int_equal(ask_code(*state, CALL("textDocument/hover", "{}")), RPC_NOT_INITIALIZED);
    assert_int_equal(ask_code(*state, TELL("textDocument/didOpen", "{}")), 1);
    assert_int_equal(ask_code(*state, CALL("initialize", "[]")), RPC_INVALID_PARAMS);
    assert_int_equal(ask_code(*state, CALL("initialize", "{}")), 0);
    assert_int_equal(ask_code(*state, CALL("initialize", "{}")), RPC_INVALID_REQUEST);
}

static void server_says_what_it_can(void **state)
{
    json_t *answer = ask(*state, CALL("initialize", "{\"capabilities\":{}}"));
    json_t *capabilities = json_object_get(json_object_get(answer, "result"), "capabilities");

    assert_string_equal(json_string_value(json_object_get(capabilities, "positionEncoding")), "utf-16");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(capabilities, "textDocumentSync"), "change")),
                     1);
    assert_int_equal(json_integer_value(json_object_get(answer, "id")), 1);
    json_decref(answer);
}

static void server_takes_utf8_when_it_is_offered(void **state)
{
    json_t *answer = ask(*state, CALL("initialize", "{\"capabilities\":{\"general\":{\"positionEncodings\":"
                                                    "[\"utf-16\",17,\"utf-8\"]}}}"));
    json_t *capabilities = json_object_get(json_object_get(answer, "result"), "capabilities");

    assert_string_equal(json_string_value(json_object_get(capabilities, "positionEncoding")), "utf-8");
    json_decref(answer);
}

static void server_survives_params_of_any_shape(void **state)
{
    static const char *const shapes[] = {
        "[]",
        "{}",
        "{\"textDocument\":7}",
        "{\"textDocument\":{\"uri\":7}}",
        "{\"textDocument\":{\"uri\":\"a\\u0000b\"}}",
        "{\"textDocument\":{\"uri\":\"file:///x.c\",\"text\":[]}}",
        "{\"textDocument\":{\"uri\":\"file:///x.c\"},\"contentChanges\":[{\"range\":{},\"text\":\"\"}]}",
        "{\"textDocument\":{\"uri\":\"file:///x.c\"},\"contentChanges\":{}}",
    };
    static const char *const names[] = {"didOpen", "didChange", "didClose"};

    assert_int_equal(
        ask_code(*state, CALL("initialize", "{\"rootUri\":[],\"workspaceFolders\":[7],\"capabilities\":7}")), 0);
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++) {
            char text[300];

            snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/%s\",\"params\":%s}", names[j],
                     shapes[i]);
            json_t *answer = ask(*state, text);
            /* A notification is never answered; what is wrong with it is logged. */
            assert_string_equal(json_string_value(json_object_get(answer, "method")), "window/logMessage");
            json_decref(answer);
        }
    }
}

static void server_does_not_know_other_methods(void **state)
{
    assert_int_equal(ask_code(*state, CALL("initialize", "{}")), 0);
    assert_int_equal(ask_code(*state, TELL("initialized", "{}")), 1);
    assert_int_equal(ask_code(*state, CALL("textDocument/hover", "{}")), RPC_METHOD_NOT_FOUND);
    assert_int_equal(ask_code(*state, CALL("$/anything", "{}")), RPC_METHOD_NOT_FOUND);
    assert_int_equal(ask_code(*state, CALL("exit", "{}")), RPC_METHOD_NOT_FOUND);
    assert_int_equal(ask_code(*state, TELL("$/cancelRequest", "{\"id\":1}")), 1);
    assert_int_equal(ask_code(*state, TELL("no/such", "{}")), 1);
    assert_int_equal(ask_code(*state, TELL("shutdown", "{}")), 1);
    assert_int_equal(ask_code(*state, "{\"jsonrpc\":\"2.0\",\"id\":9,\"result\":7}"), 1);
    assert_int_equal(ask_code(*state, "[]"), RPC_INVALID_REQUEST);
    assert_int_equal(ask_code(*state, "nonsense"), RPC_PARSE_ERROR);
    assert_int_equal(((struct server *)*state)->phase, SERVER_RUNNING);
}

static void server_only_exits_after_shutdown(void **state)
{
    struct server *server = *state;

    assert_int_equal(ask_code(server, CALL("initialize", "{}")), 0);
    assert_int_equal(ask_code(server, CALL("shutdown", "null")), 0);
    assert_int_equal(ask_code(server, CALL("shutdown", "null")), RPC_INVALID_REQUEST);
    assert_int_equal(ask_code(server, TELL("textDocument/didOpen", "{}")), 1);
    assert_int_equal(ask_code(server, TELL("exit", "null")), 1);
    assert_int_equal(server->phase, SERVER_GONE);
    assert_true(server->was_shut);
}

static void server_that_exits_without_shutdown_was_not_shut(void **state)
{
    struct server *server = *state;

    assert_int_equal(ask_code(server, TELL("exit", "null")), 1);
    assert_int_equal(server->phase, SERVER_GONE);
    assert_false(server->was_shut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_whole_split_and_merged),
        cmocka_unit_test(frames_may_have_other_headers_in_any_order_and_case),
        cmocka_unit_test(frames_that_are_broken_cost_only_themselves),
        cmocka_unit_test(frames_with_two_lengths_are_refused),
        cmocka_unit_test(frames_that_are_too_large_are_dropped_whole),
        cmocka_unit_test(headers_without_end_are_given_up),
        cmocka_unit_test(frames_survive_noise),
        cmocka_unit_test(frame_reader_knows_whether_it_is_between_messages),
        cmocka_unit_test(messages_that_are_wrong_have_their_code),
        cmocka_unit_test(messages_that_nest_without_end_are_parse_errors),
        cmocka_unit_test(messages_are_sorted_by_kind),
        cmocka_unit_test(answers_are_framed_and_valid_utf8),
        cmocka_unit_test(uris_name_paths),
        cmocka_unit_test(paths_become_uris_that_name_them),
        cmocka_unit_test(documents_hold_the_newest_text),
        cmocka_unit_test_setup_teardown(server_waits_for_initialize, start_server, stop_server),
        cmocka_unit_test_setup_teardown(server_says_what_it_can, start_server, stop_server),
        cmocka_unit_test_setup_teardown(server_takes_utf8_when_it_is_offered, start_server, stop_server),
        cmocka_unit_test_setup_teardown(server_survives_params_of_any_shape, start_server, stop_server),
        cmocka_unit_test_setup_teardown(server_does_not_know_other_methods, start_server, stop_server),
        cmocka_unit_test_setup_teardown(server_only_exits_after_shutdown, start_server, stop_server),
        cmocka_unit_test_setup_teardown(server_that_exits_without_shutdown_was_not_shut, start_server, stop_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
