/*
 * test_base.c - arenas, vectors, buffers, interned strings, hashes, errors, names that were meant.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/blocks.h"
#include "base/intern.h"
#include "base/nearest.h"
#include "base/status.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "base/wordmap.h"

static void arena_memory_is_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    char *last = NULL;
    for (size_t size = 0; size < 3000; size += 7) {
        char *p = arena_alloc(&arena, size);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xab, size);
        assert_ptr_not_equal(p, last);
        last = p;
    }
    arena_release(&arena);
    assert_int_equal(arena.total, 0);
}

static void a_cleared_arena_gives_zeroes_again(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    for (size_t size = 1; size < 100000; size *= 3) { /* in one chunk and in several */
        for (int round = 0; round < 3; round++) {
            char *p = arena_alloc(&arena, size);

            for (size_t i = 0; i < size; i++)
                assert_int_equal(p[i], 0);
            memset(p, 0xab, size);
            arena_clear(&arena);
        }
    }
    assert_true(arena.total < 100000);
    arena_release(&arena);
}

static void arena_serves_requests_larger_than_a_chunk(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    char *big = arena_alloc(&arena, 5u << 20);
    big[(5u << 20) - 1] = 1;
    assert_true(arena.total >= 5u << 20);
    assert_string_equal(arena_strdup(&arena, "after"), "after");
    arena_release(&arena);
}

static void arena_copies_and_formats_text(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    assert_string_equal(arena_strndup(&arena, "MmUnlockPages", 8), "MmUnlock");
    assert_string_equal(arena_strndup(&arena, NULL, 0), "");
    assert_string_equal(arena_printf(&arena, "%s:%d", "a.c", 12), "a.c:12");
    int numbers[] = {1, 2, 3};
    assert_memory_equal(arena_copy(&arena, numbers, sizeof(numbers)), numbers, sizeof(numbers));
    arena_release(&arena);
}

/* Runs ACT in a child and returns its exit status, 128 or more for a signal. */
static int status_of(void (*act)(void))
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stderr))
            _exit(99);
        act();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void ask_for_an_overflowing_array(void)
{
    struct arena arena;
    arena_init(&arena);
    arena_array(&arena, SIZE_MAX / 2, 16);
}

static void ask_for_a_vector_without_end(void)
{
    uint32_t capacity = UINT32_MAX;
    vec_grow(NULL, UINT32_MAX, &capacity, 1);
}

static void running_out_of_memory_ends_with_status_3(void **state)
{
    (void)state;
    assert_int_equal(status_of(ask_for_an_overflowing_array), 3);
    assert_int_equal(status_of(ask_for_a_vector_without_end), 3);
}

static void vectors_keep_their_items_while_growing(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    VEC(uint32_t) heap = {0};
    VEC(uint32_t) local = {0};
    for (uint32_t i = 0; i < 1000; i++) {
        VEC_PUSH(&heap, i * 3);
        VEC_PUSH_IN(&arena, &local, i * 5);
    }
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(heap.items[i], i * 3);
        assert_int_equal(local.items[i], i * 5);
    }
    VEC_RELEASE(&heap);
    assert_int_equal(heap.count, 0);
    assert_null(heap.items);
    arena_release(&arena);
}

static void words_lead_to_numbers(void **state)
{
    (void)state;
    struct word_map map = {0};
    uint32_t value = 0;

    assert_false(word_map_get(&map, 0, &value));
    for (uint32_t i = 0; i < 1000; i++)
        assert_true(word_map_add(&map, (uint64_t)i << 40, i));
    assert_false(word_map_add(&map, (uint64_t)7 << 40, 99));
    for (uint32_t i = 0; i < 1000; i++) {
        assert_true(word_map_get(&map, (uint64_t)i << 40, &value));
        assert_int_equal(value, i);
    }
    assert_false(word_map_get(&map, 1, &value));
    word_map_clear(&map);
    assert_false(word_map_get(&map, (uint64_t)7 << 40, &value));
    assert_true(word_map_add(&map, 3, 4));
    word_map_clear(&map); /* few in much room */
    assert_false(word_map_get(&map, 3, &value));
    word_map_release(&map);
}

static void equal_strings_are_interned_once(void **state)
{
    (void)state;
    struct arena arena;
    struct intern table;
    arena_init(&arena);
    intern_init(&table, &arena);
    assert_null(intern_find(&table, "PMDL"));
    const char *first[2000];
    for (int i = 0; i < 2000; i++) {
        char name[32];
        snprintf(name, sizeof(name), "name%d", i);
        first[i] = intern_string(&table, name);
    }
    for (int i = 0; i < 2000; i++) {
        char name[32];
        snprintf(name, sizeof(name), "name%dX", i);
        assert_ptr_equal(intern_bytes(&table, name, strlen(name) - 1), first[i]);
    }
    assert_int_equal(table.count, 2000);
    assert_ptr_equal(intern_find(&table, "name77"), first[77]);
    assert_null(intern_find(&table, "name"));
    intern_release(&table);
    assert_string_equal(first[1999], "name1999");
    arena_release(&arena);
}

static void equal_blocks_that_are_few_are_there_once(void **state)
{
    (void)state;
    struct arena arena;
    struct block_set set = {0};
    const void *first[500];
    arena_init(&arena);
    for (uint32_t i = 0; i < 500; i++)
        first[i] = block_set_share(&set, &arena, (uint32_t[]){i, i / 2}, sizeof(uint32_t[2]));
    for (uint32_t i = 0; i < 500; i++) {
        uint32_t same[2] = {i, i / 2};
        assert_ptr_equal(block_set_share(&set, &arena, same, sizeof(same)), first[i]);
        assert_ptr_not_equal(block_set_share(&set, &arena, same, sizeof(same[0])), first[i]);
    }
    assert_null(block_set_share(&set, &arena, "", 0));
    block_set_release(&set);
    assert_memory_equal(first[499], ((uint32_t[]){499, 249}), sizeof(uint32_t[2]));
    arena_release(&arena);
}

/* However many others come only once. */
static void blocks_that_come_again_are_remembered(void **state)
{
    (void)state;
    struct arena arena;
    struct block_set set = {0};
    const void *again[100] = {0};
    arena_init(&arena);
    for (uint32_t i = 0; i < 300000; i++) {
        uint64_t once = UINT64_C(1) << 40 | i, often = i % 100;
        assert_memory_equal(block_set_share(&set, &arena, &once, sizeof(once)), &once, sizeof(once));
        const void *found = block_set_share(&set, &arena, &often, sizeof(often));
        assert_true(i < 200 || found == again[i % 100]);
        again[i % 100] = found;
    }
    block_set_release(&set);
    arena_release(&arena);
}

static void prefixes_and_the_empty_string_are_strings_of_their_own(void **state)
{
    (void)state;
    struct arena arena;
    struct intern table;
    arena_init(&arena);
    intern_init(&table, &arena);
    const char *empty = intern_string(&table, ""), *a = intern_string(&table, "a"), *ab = intern_string(&table, "ab");
    assert_ptr_not_equal(a, ab);
    assert_ptr_equal(intern_bytes(&table, "abc", 2), ab);
    assert_ptr_equal(intern_bytes(&table, "abc", 0), empty);
    assert_ptr_equal(intern_bytes(&table, "a\0b", 3), a);
    intern_release(&table);
    arena_release(&arena);
}

static void buffers_are_always_terminated(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text);
    assert_string_equal(text.data, "");
    strbuf_adds(&text, "");
    assert_int_equal(text.capacity, 0);
    for (int i = 0; i < 500; i++)
        strbuf_addf(&text, "%d,", i);
    strbuf_addc(&text, 'x');
    assert_int_equal(strlen(text.data), text.length);
    assert_memory_equal(text.data + text.length - 5, "499,x", 6);
    strbuf_clear(&text);
    assert_string_equal(text.data, "");
    strbuf_add(&text, "a\0b", 3);
    assert_int_equal(text.length, 3);
    char *taken = strbuf_detach(&text);
    assert_memory_equal(taken, "a\0b", 4);
    free(taken);
    assert_string_equal(text.data, "");
    taken = strbuf_detach(&text);
    assert_string_equal(taken, "");
    free(taken);
    strbuf_release(&text);
}

static void files_are_replaced_whole_and_keep_their_mode(void **state)
{
    (void)state;
    char folder[] = "/tmp/mdlguard-base-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/report", folder);
    struct strbuf out, in;
    struct mg_error error;
    strbuf_init(&out);
    strbuf_init(&in);
    for (int i = 0; i < 100000; i++)
        strbuf_addf(&out, "%d\n", i);
    assert_int_equal(strbuf_write_file(&out, path, &error), MG_OK);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(strbuf_write_file(&out, path, &error), MG_OK);
    struct stat there;
    assert_int_equal(stat(path, &there), 0);
    assert_int_equal(there.st_mode & 0777, 0640);
    strbuf_adds(&in, "before:");
    assert_int_equal(strbuf_read_file(&in, path, &error), MG_OK);
    assert_int_equal(in.length, out.length + 7);
    assert_memory_equal(in.data + 7, out.data, out.length + 1);
    strbuf_release(&out);
    strbuf_release(&in);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0); /* nothing else was left in it */
}

static void failing_reads_and_writes_say_why(void **state)
{
    (void)state;
    struct strbuf text;
    struct mg_error error;
    strbuf_init(&text);
    strbuf_adds(&text, "kept");
    assert_int_equal(strbuf_read_file(&text, "/nonexistent/file", &error), MG_IO);
    assert_string_equal(error.file, "/nonexistent/file");
    assert_string_equal(error.text, "cannot read: No such file or directory");
    assert_int_equal(strbuf_read_file(&text, "/tmp", &error), MG_IO);
    assert_string_equal(text.data, "kept");
    assert_int_equal(strbuf_write_file(&text, "/nonexistent/file", &error), MG_IO);
    assert_string_equal(error.text, "cannot write: No such file or directory");
    assert_int_equal(strbuf_write_file(&text, "/dev/full", &error), MG_IO);
    assert_string_equal(error.text, "cannot write: No space left on device");
    assert_int_equal(strbuf_write_file(&text, "/tmp", &error), MG_IO);
    assert_int_equal(strbuf_write_file(&text, "/dev/null", &error), MG_OK);
    strbuf_release(&text);
}

static void errors_hold_one_line_and_can_be_wrapped(void **state)
{
    (void)state;
    struct mg_error error;
    assert_int_equal(mg_fail(&error, MG_USAGE, "wdm.yaml", 4, 7, "bad\nkey '%s'", "mdl"), MG_USAGE);
    assert_string_equal(error.text, "bad key 'mdl'");
    assert_string_equal(error.file, "wdm.yaml");
    assert_int_equal(mg_fail(&error, MG_INPUT, error.file, error.line, error.column, "pack: %s", error.text), MG_INPUT);
    assert_string_equal(error.text, "pack: bad key 'mdl'");
    assert_string_equal(error.file, "wdm.yaml");
    assert_int_equal(error.line, 4);
    assert_int_equal(error.column, 7);
    assert_int_equal(mg_fail(NULL, MG_IO, NULL, 0, 0, "x"), MG_IO);
    char longest[4096];
    memset(longest, 'y', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    mg_fail(&error, MG_IO, longest, 0, 0, "%s", longest);
    assert_int_equal(strlen(error.text), sizeof(error.text) - 1);
    assert_int_equal(strlen(error.file), sizeof(error.file) - 1);
}

static void expect_printed(const struct mg_error *error, const char *text)
{
    char path[] = "/tmp/mdlguard-error-XXXXXX";
    int file = mkstemp(path), saved = dup(STDERR_FILENO);
    assert_true(file >= 0 && saved >= 0);
    fflush(stderr);
    assert_int_equal(dup2(file, STDERR_FILENO), STDERR_FILENO);
    mg_error_print(error);
    fflush(stderr);
    assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
    close(saved);
    close(file);
    struct strbuf printed;
    strbuf_init(&printed);
    assert_int_equal(strbuf_read_file(&printed, path, NULL), MG_OK);
    assert_string_equal(printed.data, text);
    strbuf_release(&printed);
    unlink(path);
}

static void errors_print_with_what_is_known_of_their_place(void **state)
{
    (void)state;
    struct mg_error error;
    mg_fail(&error, MG_USAGE, "wdm.yaml", 4, 7, "bad key");
    expect_printed(&error, "mdlguard: wdm.yaml:4:7: error: bad key\n");
    mg_fail(&error, MG_USAGE, "wdm.yaml", 4, 0, "bad key");
    expect_printed(&error, "mdlguard: wdm.yaml:4: error: bad key\n");
    mg_fail(&error, MG_USAGE, "wdm.yaml", 0, 0, "bad key");
    expect_printed(&error, "mdlguard: wdm.yaml: error: bad key\n");
    mg_fail(&error, MG_USAGE, NULL, 0, 0, "no files");
    expect_printed(&error, "mdlguard: error: no files\n");
}

/* Ids, lines and columns are small numbers. */
static void small_numbers_have_hashes_of_their_own(void **state)
{
    struct word_map seen = {0};

    (void)state;
    for (uint64_t file = 0; file < 300; file++)
        for (uint64_t line = 0; line < 1000; line++)
            assert_true(word_map_add(&seen, hash_mix(file, line), 0));
    word_map_release(&seen);
}

/* The values are part of the formats that are stored and sent. */
static void hashes_are_the_same_everywhere(void **state)
{
    (void)state;
    assert_true(hash_bytes("", 0) == 0x2d06800538d394c2u);
    assert_true(hash_string("MDL") == hash_bytes("MDLs", 3));
    assert_true(hash_string("MDL") != hash_string("Mdl"));
    assert_true(hash_mix(1, 2) != hash_mix(2, 1));
    assert_true(hash_mix_fingerprint(hash_string("MDL002"), hash_string("IoFreeMdl")) == 0x4bb42146f2cf873bu);
}

static void the_nearest_name_is_found_or_none(void **state)
{
    (void)state;
    static const char *const names[] = {"format", "fail-on", "db", "no-db", "only"};
    assert_string_equal(nearest_name("Format", names, 5), "format");
    assert_string_equal(nearest_name("nodb", names, 5), "no-db");
    assert_string_equal(nearest_name("onyl", names, 5), "only");
    assert_null(nearest_name("something-else", names, 5));
    assert_null(nearest_name("", names, 5));
    assert_null(nearest_name("xy", names, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(a_cleared_arena_gives_zeroes_again),
        cmocka_unit_test(arena_serves_requests_larger_than_a_chunk),
        cmocka_unit_test(arena_copies_and_formats_text),
        cmocka_unit_test(running_out_of_memory_ends_with_status_3),
        cmocka_unit_test(vectors_keep_their_items_while_growing),
        cmocka_unit_test(words_lead_to_numbers),
        cmocka_unit_test(equal_strings_are_interned_once),
        cmocka_unit_test(equal_blocks_that_are_few_are_there_once),
        cmocka_unit_test(blocks_that_come_again_are_remembered),
        cmocka_unit_test(prefixes_and_the_empty_string_are_strings_of_their_own),
        cmocka_unit_test(buffers_are_always_terminated),
        cmocka_unit_test(files_are_replaced_whole_and_keep_their_mode),
        cmocka_unit_test(failing_reads_and_writes_say_why),
        cmocka_unit_test(errors_hold_one_line_and_can_be_wrapped),
        cmocka_unit_test(errors_print_with_what_is_known_of_their_place),
        cmocka_unit_test(small_numbers_have_hashes_of_their_own),
        cmocka_unit_test(hashes_are_the_same_everywhere),
        cmocka_unit_test(the_nearest_name_is_found_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
