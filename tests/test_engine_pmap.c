/*
 * test_engine_pmap.c - the persistent map against an array: contents, canonical shape, and versions that outlive their successors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/pmap.h"

#define KEYS 400

/* What a map should hold: the plain model. */
struct model {
    bool has[KEYS];
    uint64_t values[KEYS];
    uint32_t count;
};

struct fixture {
    struct arena arena;
    uint64_t seed;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    arena_init(&f->arena);
    f->seed = 88172645463325252u;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    arena_release(&f->arena);
    free(f);
    return 0;
}

static uint32_t pick(struct fixture *f, uint32_t count)
{
    f->seed ^= f->seed << 13;
    f->seed ^= f->seed >> 7;
    f->seed ^= f->seed << 17;
    return (uint32_t)((f->seed >> 20) % count);
}

/* Keys far apart and at the ends of their range. */
static uint32_t key_of(uint32_t i)
{
    return i == 0 ? 0 : i == KEYS - 1 ? UINT32_MAX : i * 7919u;
}

static void model_set(struct model *self, uint32_t i, uint64_t value)
{
    self->count += !self->has[i];
    self->has[i] = true;
    self->values[i] = value;
}

static void model_remove(struct model *self, uint32_t i)
{
    self->count -= self->has[i];
    self->has[i] = false;
}

/* MAP holds exactly what MODEL does, and walks in the order of its keys. */
static void check(const struct pmap *map, const struct model *model)
{
    struct pmap_iter iter;
    const struct pmap *entry;
    uint64_t value = 0;

    assert_int_equal(pmap_count(map), model->count);
    pmap_iter_init(&iter, map);
    for (uint32_t i = 0; i < KEYS; i++) {
        assert_int_equal(pmap_get(map, key_of(i), &value), model->has[i]);
        if (!model->has[i])
            continue;
        assert_int_equal(value, model->values[i]);
        entry = pmap_iter_next(&iter);
        assert_non_null(entry);
        assert_int_equal(entry->key, key_of(i));
        assert_int_equal(entry->value, model->values[i]);
    }
    assert_null(pmap_iter_next(&iter));
    assert_null(pmap_iter_next(&iter));
}

static const struct pmap *random_step(struct fixture *f, const struct pmap *map, struct model *model)
{
    uint32_t i = pick(f, KEYS);
    uint64_t value = pick(f, 5);

    if (pick(f, 5) < 3) {
        model_set(model, i, value);
        return pmap_set(map, &f->arena, key_of(i), value);
    }
    model_remove(model, i);
    return pmap_remove(map, &f->arena, key_of(i));
}

static bool same_shape(const struct pmap *a, const struct pmap *b)
{
    const struct pmap_node *x = pmap_node(a), *y = pmap_node(b);

    if (!a || !b)
        return a == b;
    if (a->key != b->key || a->count != b->count || a->value != b->value || x->ranks != y->ranks || x->digits != y->digits ||
        x->width != y->width || x->shift != y->shift)
        return false;
    for (uint32_t i = 0; i < x->width; i++)
        if (x->shift ? !same_shape(pmap_children(x)[i], pmap_children(y)[i])
                     : pmap_entries(x)[i].key != pmap_entries(y)[i].key || pmap_entries(x)[i].value != pmap_entries(y)[i].value)
            return false;
    return true;
}

/* No node could be left out, and each says of what is below it what is there. */
static void check_nodes(struct arena *arena, const struct pmap *map, uint32_t shift_above)
{
    const struct pmap_node *node = pmap_node(map);
    uint64_t hash = 0;
    uint32_t count = 0, rank = 0;

    if (!map)
        return;
    assert_true(node->shift < shift_above && node->shift % PMAP_DIGIT_BITS == 0);
    assert_true(node->width >= (node->shift ? 2 : 1));
    assert_int_equal((uint64_t)map->key & ((UINT64_C(1) << (node->shift + PMAP_DIGIT_BITS)) - 1), 0);
    for (uint32_t digit = 0; digit < PMAP_WAYS; digit++) {
        const struct pmap *below;

        assert_int_equal(pmap_rank(node, digit), rank);
        if (!pmap_has_digit(node, digit))
            continue;
        below = node->shift ? pmap_children(node)[rank] : &pmap_entries(node)[rank];
        rank++;
        assert_int_equal(pmap_digit(node, below->key), digit);
        assert_true(((uint64_t)(below->key ^ map->key) >> (node->shift + PMAP_DIGIT_BITS)) == 0);
        count += node->shift ? below->count : 1;
        hash += node->shift ? below->value : pmap_hash(pmap_set(NULL, arena, below->key, below->value));
        if (node->shift)
            check_nodes(arena, below, node->shift);
    }
    assert_int_equal(rank, node->width);
    assert_int_equal(count, map->count);
    assert_int_equal(hash, map->value);
}

/* ---- tests ---- */

static void the_empty_map_is_null(void **state)
{
    struct fixture *f = *state;
    const struct pmap *one = pmap_set(NULL, &f->arena, 5, 6);
    struct model nothing = {0};

    check(NULL, &nothing);
    assert_int_equal(pmap_hash(NULL), 0);
    assert_null(pmap_remove(NULL, &f->arena, 5));
    assert_null(pmap_remove(one, &f->arena, 5));
    assert_int_not_equal(pmap_hash(one), 0);
}

static void what_changes_nothing_makes_no_new_version(void **state)
{
    struct fixture *f = *state;
    const struct pmap *map = NULL;

    for (uint32_t i = 0; i < 50; i++)
        map = pmap_set(map, &f->arena, key_of(i), i);
    for (uint32_t i = 0; i < 50; i++)
        assert_ptr_equal(pmap_set(map, &f->arena, key_of(i), i), map);
    assert_ptr_equal(pmap_remove(map, &f->arena, key_of(60)), map);
    assert_ptr_not_equal(pmap_set(map, &f->arena, key_of(3), 77), map);
}

static void random_changes_match_an_array(void **state)
{
    struct fixture *f = *state;
    const struct pmap *map = NULL;
    struct model model = {0};

    for (uint32_t i = 0; i < 20000; i++) {
        map = random_step(f, map, &model);
        if (i % 50 == 0) {
            check(map, &model);
            check_nodes(&f->arena, map, 32);
        }
    }
    check(map, &model);
}

static void old_versions_stay_as_they_were(void **state)
{
    struct fixture *f = *state;
    const struct pmap *versions[100], *map = NULL;
    struct model *models = calloc(101, sizeof(*models));

    for (uint32_t v = 0; v < 100; v++) {
        for (uint32_t i = 0; i < 30; i++)
            map = random_step(f, map, &models[v]);
        versions[v] = map;
        models[v + 1] = models[v];
    }
    for (uint32_t v = 0; v < 100; v++)
        check(versions[v], &models[v]);
    free(models);
}

static void shape_and_hash_depend_on_the_contents_alone(void **state)
{
    struct fixture *f = *state;

    for (uint32_t round = 0; round < 100; round++) {
        const struct pmap *map = NULL, *again = NULL, *backwards = NULL;
        struct model model = {0};

        for (uint32_t i = 0; i < 300; i++)
            map = random_step(f, map, &model);
        for (uint32_t i = 0; i < KEYS; i++)
            if (model.has[i])
                again = pmap_set(again, &f->arena, key_of(i), model.values[i]);
        for (uint32_t i = KEYS; i-- > 0;) /* all keys, and then those away that do not belong */
            backwards = pmap_set(backwards, &f->arena, key_of(i), model.has[i] ? model.values[i] : 9);
        for (uint32_t i = 0; i < KEYS; i++)
            if (!model.has[i])
                backwards = pmap_remove(backwards, &f->arena, key_of(i));
        check_nodes(&f->arena, map, 32);
        assert_true(same_shape(map, again));
        assert_true(same_shape(map, backwards));
        assert_int_equal(pmap_hash(map), pmap_hash(again));
    }
}

static void a_small_difference_changes_the_hash(void **state)
{
    struct fixture *f = *state;
    const struct pmap *map = NULL;

    for (uint32_t i = 0; i < KEYS; i++)
        map = pmap_set(map, &f->arena, key_of(i), i % 3);
    for (uint32_t i = 0; i < KEYS; i++) {
        assert_int_not_equal(pmap_hash(pmap_set(map, &f->arena, key_of(i), 7)), pmap_hash(map));
        assert_int_not_equal(pmap_hash(pmap_remove(map, &f->arena, key_of(i))), pmap_hash(map));
        assert_int_not_equal(pmap_hash(pmap_set(map, &f->arena, 1 + i * 3, 0)), pmap_hash(map)); /* no other key */
    }
    /* key and value do not stand in for each other */
    assert_int_not_equal(pmap_hash(pmap_set(NULL, &f->arena, 1, 2)), pmap_hash(pmap_set(NULL, &f->arena, 2, 1)));
    assert_int_not_equal(pmap_hash(pmap_set(NULL, &f->arena, 0, 0)), pmap_hash(NULL));
}

static void differences_are_counted_on_both_sides(void **state)
{
    struct fixture *f = *state;
    const struct pmap *a = NULL, *b;

    for (uint32_t i = 0; i < KEYS; i++)
        a = pmap_set(a, &f->arena, key_of(i), i);
    b = pmap_remove(a, &f->arena, key_of(7));
    assert_int_equal(pmap_count_differences(a, a), 0);
    assert_int_equal(pmap_count_differences(a, b), 1);
    assert_int_equal(pmap_count_differences(b, a), 1);
    b = pmap_set(b, &f->arena, key_of(8), 1000);
    assert_int_equal(pmap_count_differences(a, b), 3); /* another value counts in each */
    assert_int_equal(pmap_count_differences(a, NULL), KEYS);
}

/* Keys in a row, and every third of them far away. */
static uint32_t near_key(uint32_t i)
{
    return i % 3 ? i : i << 20;
}

static void differences_come_in_the_order_of_keys(void **state)
{
    struct fixture *f = *state;

    for (uint32_t round = 0; round < 300; round++) {
        const struct pmap *a = NULL, *b = NULL, *entry, *x;
        struct pmap_iter iter;
        struct pmap_diff diff;

        for (uint32_t i = 0; i < round; i++)
            a = pmap_set(a, &f->arena, near_key(pick(f, 300)), pick(f, 3));
        b = round % 2 ? a : NULL;
        for (uint32_t i = 0; i < round / 4; i++) {
            b = pmap_set(b, &f->arena, near_key(pick(f, 300)), pick(f, 3));
            b = pmap_remove(b, &f->arena, near_key(pick(f, 300)));
        }
        pmap_diff_init(&diff, a, b);
        pmap_iter_init(&iter, a);
        while ((entry = pmap_iter_next(&iter))) {
            x = pmap_find(b, entry->key);
            if (!x || x->value != entry->value)
                assert_ptr_equal(pmap_diff_next(&diff), entry);
        }
        assert_null(pmap_diff_next(&diff));
        assert_null(pmap_diff_next(&diff));
    }
}

static void rising_keys_fill_their_nodes(void **state)
{
    struct fixture *f = *state;
    const struct pmap *map = NULL;
    struct pmap_iter iter;
    uint32_t seen = 0;

    for (uint32_t i = 0; i < 100000; i++)
        map = pmap_set(map, &f->arena, i, i);
    assert_int_equal(pmap_count(map), 100000);
    check_nodes(&f->arena, map, 32);
    pmap_iter_init(&iter, map);
    for (const struct pmap *entry; (entry = pmap_iter_next(&iter)); seen++)
        assert_int_equal(entry->key, seen);
    assert_int_equal(seen, 100000);
}

static void a_walk_may_begin_at_any_key(void **state)
{
    struct fixture *f = *state;
    const struct pmap *map = NULL;

    for (uint32_t i = 0; i < 200; i++)
        map = pmap_set(map, &f->arena, i * 3, i);
    for (uint32_t from = 0; from < 605; from++) {
        uint32_t wanted = (from + 2) / 3 * 3;
        struct pmap_iter iter;

        pmap_iter_init_from(&iter, map, from);
        for (const struct pmap *entry; (entry = pmap_iter_next(&iter)); wanted += 3)
            assert_int_equal(entry->key, wanted);
        assert_true(wanted >= 600);
    }
}

static void a_walk_may_begin_where_there_is_no_node(void **state)
{
    struct fixture *f = *state;
    const struct pmap *map = NULL, *entry, *first;
    struct pmap_iter iter, all;

    for (uint32_t i = 0; i < 100; i++)
        map = pmap_set(map, &f->arena, pick(f, UINT32_MAX) >> pick(f, 32), i);
    for (uint32_t round = 0; round < 2000; round++) {
        uint32_t from = pick(f, UINT32_MAX) >> pick(f, 32);

        pmap_iter_init(&all, map);
        while ((first = pmap_iter_next(&all)) && first->key < from)
            ;
        pmap_iter_init_from(&iter, map, from);
        entry = pmap_iter_next(&iter);
        for (; first; first = pmap_iter_next(&all), entry = pmap_iter_next(&iter))
            assert_ptr_equal(entry, first);
        assert_null(entry);
    }
}

static void moved_maps_are_as_they_were_and_share_what_they_shared(void **state)
{
    struct fixture *f = *state;
    const struct pmap *first = NULL, *second;
    struct model model = {0};
    struct arena from, to;

    arena_init(&from);
    arena_init(&to);
    for (uint32_t i = 0; i < KEYS; i += 2) {
        first = pmap_set(first, &from, key_of(i), i);
        model_set(&model, i, i);
    }
    second = pmap_set(first, &from, key_of(2), 77); /* the first child is that of the keys below 2^28 */
    first = pmap_move(first, &to);
    second = pmap_move(second, &to);
    arena_release(&from);
    check(first, &model);
    assert_ptr_not_equal(pmap_children(pmap_node(first))[0], pmap_children(pmap_node(second))[0]);
    assert_true(pmap_node(first)->width > 1);
    for (uint32_t i = 1; i < pmap_node(first)->width; i++)
        assert_ptr_equal(pmap_children(pmap_node(first))[i], pmap_children(pmap_node(second))[i]);
    assert_true(same_shape(pmap_set(second, &f->arena, key_of(2), 2), first));
    assert_null(pmap_move(NULL, &to));
    arena_release(&to);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static bool is_kept(void *context, const struct pmap *entry)
{
    uint32_t *last = context;

    assert_true(entry->key > *last || *last == 0); /* asked in the order of keys */
    *last = entry->key;
    return entry->key % 3 != 0;
}

static void a_filtered_map_is_the_map_of_what_is_kept(void **state)
{
    struct fixture *f = *state;
    const struct pmap *all = NULL, *wanted = NULL;
    uint32_t last = 0;

    for (uint32_t i = 1; i < 300; i++) {
        all = pmap_set(all, &f->arena, i, i * 7);
        if (i % 3 != 0)
            wanted = pmap_set(wanted, &f->arena, i, i * 7);
    }
    all = pmap_filter(all, &f->arena, is_kept, &last);
    assert_true(same_shape(all, wanted));
    assert_int_equal(pmap_hash(all), pmap_hash(wanted));
    assert_int_equal(pmap_count(all), pmap_count(wanted));
    last = 0;
    assert_ptr_equal(pmap_filter(all, &f->arena, is_kept, &last), all); /* nothing goes: nothing is made */
    assert_null(pmap_filter(NULL, &f->arena, is_kept, &last));
}

struct chosen {
    const struct model *a, *b;
    uint32_t next; /* no key below it has been asked for */
};

/* What was said of one side or the other is kept, with a mark. */
static uint64_t choose(void *context, uint32_t key, const uint64_t *x, const uint64_t *y)
{
    struct chosen *self = context;
    uint32_t i = self->next;

    while (i < KEYS && key_of(i) != key)
        i++;
    assert_true(i < KEYS); /* in the order of keys, each once */
    self->next = i + 1;
    assert_int_equal(x != NULL, self->a->has[i]);
    assert_int_equal(y != NULL, self->b->has[i]);
    assert_true((!x || *x == self->a->values[i]) && (!y || *y == self->b->values[i]) && (!x || !y || *x != *y));
    return 1000 + (x ? *x : 0) * 10 + (y ? *y : 0);
}

static void a_merged_map_has_the_keys_of_both(void **state)
{
    struct fixture *f = *state;

    for (uint32_t round = 0; round < 200; round++) {
        const struct pmap *a = NULL, *b, *merged, *again = NULL;
        struct model in_a = {0}, in_b, both = {0};
        struct chosen chosen = {&in_a, &in_b, 0};

        for (uint32_t i = 0; i < 200; i++)
            a = random_step(f, a, &in_a);
        b = round % 4 ? a : NULL; /* versions of one map, or strangers */
        in_b = round % 4 ? in_a : both;
        for (uint32_t i = 0; i < round; i++)
            b = random_step(f, b, &in_b);
        for (uint32_t i = 0; i < KEYS; i++)
            if (in_a.has[i] && in_b.has[i] && in_a.values[i] == in_b.values[i])
                model_set(&both, i, in_a.values[i]);
            else if (in_a.has[i] || in_b.has[i])
                model_set(&both, i, 1000 + (in_a.has[i] ? in_a.values[i] : 0) * 10 + (in_b.has[i] ? in_b.values[i] : 0));
        merged = pmap_merge(a, b, &f->arena, choose, &chosen);
        check(merged, &both);
        for (uint32_t i = 0; i < KEYS; i++)
            if (both.has[i])
                again = pmap_set(again, &f->arena, key_of(i), both.values[i]);
        assert_true(same_shape(merged, again));
        check_nodes(&f->arena, merged, 32);
        assert_ptr_equal(pmap_merge(a, a, &f->arena, choose, &chosen), a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_empty_map_is_null),
        TEST(what_changes_nothing_makes_no_new_version),
        TEST(random_changes_match_an_array),
        TEST(old_versions_stay_as_they_were),
        TEST(shape_and_hash_depend_on_the_contents_alone),
        TEST(a_small_difference_changes_the_hash),
        TEST(differences_are_counted_on_both_sides),
        TEST(differences_come_in_the_order_of_keys),
        TEST(rising_keys_fill_their_nodes),
        TEST(a_walk_may_begin_at_any_key),
        TEST(a_walk_may_begin_where_there_is_no_node),
        TEST(moved_maps_are_as_they_were_and_share_what_they_shared),
        TEST(a_filtered_map_is_the_map_of_what_is_kept),
        TEST(a_merged_map_has_the_keys_of_both),
    };

    return cmocka_run_group_tests_name("engine: persistent map", tests, NULL, NULL);
}
