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
    if (!a || !b)
        return a == b;
    return a->key == b->key && a->value == b->value && a->count == b->count && a->hash == b->hash && same_shape(a->left, b->left) &&
           same_shape(a->right, b->right);
}

static uint32_t depth_of(const struct pmap *map)
{
    uint32_t left, right;

    if (!map)
        return 0;
    left = depth_of(map->left);
    right = depth_of(map->right);
    return 1 + (left > right ? left : right);
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
        if (i % 50 == 0)
            check(map, &model);
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

static void rising_keys_make_no_list(void **state)
{
    struct fixture *f = *state;
    const struct pmap *map = NULL;
    struct pmap_iter iter;
    uint32_t seen = 0;

    for (uint32_t i = 0; i < 100000; i++)
        map = pmap_set(map, &f->arena, i, i);
    assert_int_equal(pmap_count(map), 100000);
    assert_true(depth_of(map) < 64); /* the iterator has room for 96 */
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
    second = pmap_set(first, &from, first->left->key, 77);
    first = pmap_move(first, &to);
    second = pmap_move(second, &to);
    arena_release(&from);
    check(first, &model);
    assert_ptr_equal(first->right, second->right);
    assert_ptr_not_equal(first->left, second->left);
    assert_true(same_shape(pmap_set(second, &f->arena, first->left->key, first->left->value), first));
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
        TEST(rising_keys_make_no_list),
        TEST(a_walk_may_begin_at_any_key),
        TEST(moved_maps_are_as_they_were_and_share_what_they_shared),
        TEST(a_filtered_map_is_the_map_of_what_is_kept),
        TEST(a_merged_map_has_the_keys_of_both),
    };

    return cmocka_run_group_tests_name("engine: persistent map", tests, NULL, NULL);
}
