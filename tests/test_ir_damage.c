/*
 * test_ir_damage.c - merging of bytes that are not, or no longer, an encoded module.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "ir/ir.h"
#include "ir_sample.h"

static void expect_same_bytes(const struct strbuf *a, const struct strbuf *b)
{
    assert_int_equal(a->length, b->length);
    assert_memory_equal(a->data, b->data, a->length);
}

/* Gives BYTES the checksum of what they are now. */
static void reseal(char *bytes, size_t length)
{
    if (length < 8)
        return;
    uint64_t checksum = hash_bytes(bytes, length - 8);
    for (int i = 0; i < 8; i++)
        bytes[length - 8 + (size_t)i] = (char)(checksum >> (8 * i) & 0xff);
}

static void tweak_definition(struct sample *s)
{
    s->module->functions.items[s->lock].definition = s->inner;
}

/* A module that damaged bytes are merged into, and what it was before. */
struct victim {
    struct world world;
    struct strbuf before;
    uint32_t accepted, refused;
};

static void victim_reset(struct victim *self)
{
    world_init(&self->world);
    sample_unit(&self->world.module, "b.c");
}

static void victim_init(struct victim *self)
{
    *self = (struct victim){0};
    strbuf_init(&self->before);
    victim_reset(self);
    ir_module_encode(&self->world.module, &self->before);
}

static void victim_release(struct victim *self)
{
    strbuf_release(&self->before);
    world_release(&self->world);
}

static void expect_unchanged(struct victim *self)
{
    struct strbuf after;
    strbuf_init(&after);
    ir_module_encode(&self->world.module, &after);
    expect_same_bytes(&after, &self->before);
    strbuf_release(&after);
}

/* Merges a heap copy of exactly LENGTH bytes, so that reading past them is seen; refused bytes must leave the module
   as it was. */
static enum mg_status victim_merge(struct victim *self, const char *bytes, size_t length)
{
    struct mg_error error = {0};
    char *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, length);
    enum mg_status status = ir_module_merge(&self->world.module, copy, length, &error);
    free(copy);
    if (status == MG_OK) {
        self->accepted++;
        assert_int_equal(ir_module_check(&self->world.module, &error), MG_OK);
        struct strbuf text;
        strbuf_init(&text);
        ir_print_function(&self->world.module, IR_NONE, &text);
        strbuf_release(&text);
        world_release(&self->world);
        victim_reset(self);
    } else {
        self->refused++;
        assert_int_equal(status, MG_CORRUPT);
        assert_string_not_equal(error.text, "");
        expect_unchanged(self);
    }
    return status;
}

static void every_altered_byte_is_noticed(void **state)
{
    (void)state;
    struct strbuf bytes = encoded_unit("a.c", NULL);
    struct victim victim;
    victim_init(&victim);
    for (size_t i = 0; i < bytes.length; i++) {
        bytes.data[i] ^= (char)(1 << i % 8);
        assert_int_equal(victim_merge(&victim, bytes.data, bytes.length), MG_CORRUPT);
        bytes.data[i] ^= (char)(1 << i % 8);
    }
    assert_int_equal(victim_merge(&victim, bytes.data, bytes.length), MG_OK);
    victim_release(&victim);
    strbuf_release(&bytes);
}

static void every_truncation_is_noticed(void **state)
{
    (void)state;
    struct strbuf bytes = encoded_unit("a.c", NULL);
    struct victim victim;
    victim_init(&victim);
    for (size_t length = 0; length < bytes.length; length++) {
        assert_int_equal(victim_merge(&victim, bytes.data, length), MG_CORRUPT);
        char *copy = malloc(length + 1);
        assert_non_null(copy);
        memcpy(copy, bytes.data, length);
        reseal(copy, length);
        assert_int_equal(victim_merge(&victim, copy, length), MG_CORRUPT);
        free(copy);
    }
    victim_release(&victim);
    strbuf_release(&bytes);
}

/* Behind a right checksum the decoder and the checker are alone: anything may come, nothing may break. */
static void altered_bytes_with_a_right_checksum_do_no_harm(void **state)
{
    (void)state;
    static const unsigned char masks[] = {0x01, 0x02, 0x80, 0xff, 0x7f};
    struct strbuf bytes = encoded_unit("a.c", tweak_definition);
    struct victim victim;
    victim_init(&victim);
    for (size_t i = 0; i < bytes.length - 8; i++) {
        for (size_t k = 0; k < sizeof(masks); k++) {
            bytes.data[i] ^= (char)masks[k];
            reseal(bytes.data, bytes.length);
            victim_merge(&victim, bytes.data, bytes.length);
            bytes.data[i] ^= (char)masks[k];
        }
    }
    assert_true(victim.refused > 1000);
    assert_true(victim.accepted > 1000); /* other names and numbers are as good as the old ones */
    victim_release(&victim);
    strbuf_release(&bytes);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Replaces, removes and inserts some bytes of BYTES, the same ones for the same SEED. */
static void mutate(struct strbuf *out, const struct strbuf *bytes, uint32_t *seed)
{
    strbuf_clear(out);
    for (size_t i = 0; i + 8 < bytes->length; i++) {
        uint32_t dice = next_random(seed) % (uint32_t)bytes->length;
        if (dice == 0)
            continue;
        if (dice == 1)
            strbuf_addc(out, (char)next_random(seed));
        strbuf_addc(out, dice == 2 ? (char)next_random(seed) : bytes->data[i]);
    }
    strbuf_add(out, "checksum", 8);
    reseal(out->data, out->length);
}

static void random_damage_with_a_right_checksum_does_no_harm(void **state)
{
    (void)state;
    struct strbuf bytes = encoded_unit("a.c", NULL), mutated;
    struct victim victim;
    uint32_t seed = 20190514;
    strbuf_init(&mutated);
    victim_init(&victim);
    for (int round = 0; round < 1500; round++) {
        mutate(&mutated, &bytes, &seed);
        victim_merge(&victim, mutated.data, mutated.length);
    }
    assert_true(victim.refused > 1000);
    victim_release(&victim);
    strbuf_release(&mutated);
    strbuf_release(&bytes);
}

static void expect_refused(const char *bytes, size_t length, const char *text)
{
    struct world world;
    struct mg_error error = {0};
    char copy[64] = {0};
    world_init(&world);
    memcpy(copy, bytes, length);
    reseal(copy, length + 8);
    assert_int_equal(ir_module_merge(&world.module, copy, length + 8, &error), MG_CORRUPT);
    assert_string_equal(error.text, text);
    assert_true(world.arena.total < 1u << 20);
    world_release(&world);
}

static void absurd_counts_are_refused(void **state)
{
    (void)state;
    expect_refused("MGIR\x04\xff\xff\xff\xff\x0f", 10, "damaged module: a count is larger than what follows");
    expect_refused("MGIR\x04\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 15,
                   "damaged module: a count is larger than what follows");
    expect_refused("MGIR\x04\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 15,
                   "damaged module: a number is cut off or too large");
    expect_refused("MGIR\x04\x01\x02"
                   "a\0",
                   9, "damaged module: a string holds a zero byte");
    expect_refused("MGIR\x05", 5, "damaged module: it was written by another version");
    expect_refused("MGIR\x04\0\0\0\0\0\0\0", 12, "damaged module: a number is cut off or too large");
}

static void foreign_bytes_are_refused(void **state)
{
    (void)state;
    struct world world;
    struct mg_error error;
    world_init(&world);
    assert_int_equal(ir_module_merge(&world.module, "", 0, &error), MG_CORRUPT);
    assert_string_equal(error.text, "damaged module: it does not begin like one");
    assert_int_equal(ir_module_merge(&world.module, "MGIX\x01rest of the text", 21, &error), MG_CORRUPT);
    assert_int_equal(ir_module_merge(&world.module, "MGIR\x01rest of the text", 21, &error), MG_CORRUPT);
    assert_string_equal(error.text, "damaged module: its checksum is wrong");
    world_release(&world);
}

/* a[a[a[...]]], DEPTH times, in a new block of Inner. */
static void add_nested_indices(struct sample *s, int depth)
{
    struct ir_function *f = &s->module->functions.items[s->inner];
    const struct ir_place *base = ir_place_field(s->module, ir_place_global(s->module, s->global), s->context, 2);
    struct ir_operand index = ir_operand_int(s->int_type, 0);
    for (int i = 0; i < depth; i++)
        index = ir_operand_load(ir_place_index(s->module, base, &index, s->pmdl_type));
    f->blocks.items[0].term.value = index;
}

static void tweak_nested(struct sample *s)
{
    add_nested_indices(s, 200);
}

static void tweak_nested_absurdly(struct sample *s)
{
    add_nested_indices(s, 5000);
}

static void nesting_has_a_limit(void **state)
{
    (void)state;
    struct strbuf bytes = encoded_unit("a.c", tweak_nested);
    struct world world;
    struct mg_error error;
    world_init(&world);
    assert_int_equal(ir_module_merge(&world.module, bytes.data, bytes.length, &error), MG_OK);
    strbuf_release(&bytes);
    bytes = encoded_unit("a.c", tweak_nested_absurdly);
    assert_int_equal(ir_module_merge(&world.module, bytes.data, bytes.length, &error), MG_CORRUPT);
    assert_string_equal(error.text, "damaged module: operands are nested too deeply");
    world_release(&world);
    strbuf_release(&bytes);
}

/* ****...g_ctx with COUNT stars, in the return of Inner. */
static void add_dereferences(struct sample *s, int count)
{
    const struct ir_place *place = ir_place_global(s->module, s->global);
    for (int i = 0; i < count; i++)
        place = ir_place_deref(s->module, place, s->pmdl_type);
    s->module->functions.items[s->inner].blocks.items[0].term.value = ir_operand_load(place);
}

static void tweak_long_place(struct sample *s)
{
    add_dereferences(s, 1024);
}

static void tweak_endless_place(struct sample *s)
{
    add_dereferences(s, 1025);
}

static void the_length_of_a_place_has_a_limit(void **state)
{
    (void)state;
    struct world world;
    struct mg_error error;
    world_init(&world);
    struct strbuf bytes = encoded_unit("a.c", tweak_long_place);
    assert_int_equal(ir_module_merge(&world.module, bytes.data, bytes.length, &error), MG_OK);
    strbuf_release(&bytes);
    bytes = encoded_unit("a.c", tweak_endless_place);
    assert_int_equal(ir_module_merge(&world.module, bytes.data, bytes.length, &error), MG_CORRUPT);
    assert_string_equal(error.text, "damaged module: a place has too many projections");
    strbuf_release(&bytes);
    world_release(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_altered_byte_is_noticed),
        cmocka_unit_test(every_truncation_is_noticed),
        cmocka_unit_test(altered_bytes_with_a_right_checksum_do_no_harm),
        cmocka_unit_test(random_damage_with_a_right_checksum_does_no_harm),
        cmocka_unit_test(absurd_counts_are_refused),
        cmocka_unit_test(foreign_bytes_are_refused),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(the_length_of_a_place_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
