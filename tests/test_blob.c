/*
 * test_blob.c - small binary files (base/blob): what is written is read again, and nothing else is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/blob.h"

#define MAKER 0x1234567890abcdefu

static void write_sample(struct strbuf *out)
{
    strbuf_init(out);
    blob_begin(out, "TEST", MAKER);
    blob_number(out, UINT64_MAX);
    blob_text(out, "text");
    blob_text(out, NULL);
    blob_text(out, "");
    blob_number(out, 3);
    blob_end(out);
}

static void reads_what_was_written(void **state)
{
    (void)state;
    struct strbuf bytes;
    struct blob_reader in;
    struct arena arena;
    arena_init(&arena);
    write_sample(&bytes);
    assert_true(blob_read_begin(&in, bytes.data, bytes.length, "TEST", MAKER));
    assert_true(blob_read_number(&in) == UINT64_MAX);
    assert_string_equal(blob_read_text(&in, &arena), "text");
    assert_null(blob_read_text(&in, &arena));
    assert_string_equal(blob_read_text(&in, &arena), "");
    assert_false(blob_read_end(&in));
    assert_int_equal(blob_read_count(&in, 1), 0); /* three things where nothing follows */
    assert_true(in.is_bad);
    assert_false(blob_read_end(&in));
    arena_release(&arena);
    strbuf_release(&bytes);
}

static void small_numbers_take_few_bytes(void **state)
{
    static const uint64_t numbers[] = {0, 1, 127, 128, 300, UINT32_MAX, UINT64_MAX};
    (void)state;
    struct strbuf bytes;
    strbuf_init(&bytes);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        size_t before = bytes.length;
        blob_small(&bytes, numbers[i]);
        assert_true(numbers[i] > 127 || bytes.length == before + 1);
    }
    const unsigned char *data = (const unsigned char *)bytes.data;
    struct blob_reader in = {.at = data, .end = data + bytes.length};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
        assert_true(blob_read_small(&in) == numbers[i]);
    assert_true(blob_read_end(&in));
    assert_true(blob_read_small(&in) == 0);
    assert_true(in.is_bad);
    strbuf_release(&bytes);
}

/* A number whose bytes do not end. */
static void endless_numbers_are_damage(void **state)
{
    static const unsigned char bytes[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01};
    (void)state;
    struct blob_reader in = {.at = bytes, .end = bytes + sizeof(bytes)};
    assert_true(blob_read_small(&in) == 0);
    assert_true(in.is_bad);
    in = (struct blob_reader){.at = bytes, .end = bytes + 3};
    assert_true(blob_read_small(&in) == 0);
    assert_true(in.is_bad);
}

static void refuses_another_maker_and_kind(void **state)
{
    (void)state;
    struct strbuf bytes;
    struct blob_reader in;
    write_sample(&bytes);
    assert_false(blob_read_begin(&in, bytes.data, bytes.length, "TEST", MAKER + 1));
    assert_false(blob_read_begin(&in, bytes.data, bytes.length, "TOST", MAKER));
    assert_false(blob_read_begin(&in, bytes.data, 0, "TEST", MAKER));
    strbuf_release(&bytes);
}

static void refuses_every_damage(void **state)
{
    (void)state;
    struct strbuf bytes;
    struct blob_reader in;
    write_sample(&bytes);
    for (size_t length = 0; length < bytes.length; length++)
        assert_false(blob_read_begin(&in, bytes.data, length, "TEST", MAKER));
    for (size_t i = 0; i < bytes.length; i++) {
        bytes.data[i] ^= 0x10;
        assert_false(blob_read_begin(&in, bytes.data, bytes.length, "TEST", MAKER));
        bytes.data[i] ^= 0x10;
    }
    assert_true(blob_read_begin(&in, bytes.data, bytes.length, "TEST", MAKER));
    strbuf_release(&bytes);
}

static void a_length_beyond_the_end_is_an_error(void **state)
{
    (void)state;
    struct strbuf bytes;
    struct blob_reader in;
    struct arena arena;
    arena_init(&arena);
    strbuf_init(&bytes);
    blob_begin(&bytes, "TEST", MAKER);
    blob_number(&bytes, UINT64_MAX);
    blob_end(&bytes);
    assert_true(blob_read_begin(&in, bytes.data, bytes.length, "TEST", MAKER));
    assert_null(blob_read_text(&in, &arena));
    assert_true(in.is_bad);
    assert_int_equal(blob_read_number(&in), 0);
    strbuf_release(&bytes);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_was_written),
        cmocka_unit_test(small_numbers_take_few_bytes),
        cmocka_unit_test(endless_numbers_are_damage),
        cmocka_unit_test(refuses_another_maker_and_kind),
        cmocka_unit_test(refuses_every_damage),
        cmocka_unit_test(a_length_beyond_the_end_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
