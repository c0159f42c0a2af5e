/*
 * special.c - see special.h.
 */
#include "engine/special.h"

#include <string.h>

#include "base/hash.h"
#include "engine/reuse.h"
#include "engine/solve.h"

#define SPECIAL_DEPTH_MAX 1          /* functions being solved for what a caller knows, one inside the other */
#define SPECIAL_SUMMARIES_MAX 16     /* of one function */
#define SPECIAL_INSTRUCTIONS_MAX 150 /* longer functions are not solved again */
#define SPECIAL_SHARE 12             /* part of the caller's steps that one such solution may take: it pays for them */
#define WAY_MAX 4                    /* members on the way from an argument */
#define SEEDS_MAX 64

struct way_step {
    ir_id record, field, type;
};

/* A number that a parameter is, or that memory behind it holds. */
struct special_seed {
    uint32_t param, way_count;
    struct way_step way[WAY_MAX];
    bool is_behind;  /* in the memory that the parameter points to */
    bool is_unknown; /* no number: an exception from a whole that is one */
    bool is_nonzero; /* unknown, but not 0: a pointer to something, a handle */
    ir_id type;
    int64_t number;
};

/* ---- what the caller knows ---- */

/* The members that lead from WHOLE to REGION; false when it is no member of it, or too deep. */
static bool find_way(const struct analysis *an, region_id region, region_id whole, struct special_seed *seed)
{
    struct way_step reversed[WAY_MAX];
    uint32_t count = 0;

    for (; region != whole; region = region_get(&an->values, region)->parent) {
        const struct region *r = region ? region_get(&an->values, region) : NULL;

        if (!r || r->kind != REGION_FIELD || count == WAY_MAX)
            return false;
        reversed[count++] = (struct way_step){r->id, r->field, r->type};
    }
    seed->way_count = count;
    for (uint32_t i = 0; i < count; i++)
        seed->way[i] = reversed[count - 1 - i];
    return true;
}

/* Is SEED in a whole that is a number? */
static bool is_exception(const struct special *special, const struct special_seed *seed)
{
    for (uint32_t s = 0; s < special->count; s++) {
        const struct special_seed *whole = &special->seeds[s];

        if (whole->param == seed->param && whole->is_behind && !whole->is_unknown && whole->way_count < seed->way_count &&
            memcmp(whole->way, seed->way, whole->way_count * sizeof(whole->way[0])) == 0)
            return true;
    }
    return false;
}

/* Wholes come before their parts, as in the store: what is not a number in a whole that is one has to be told, too. */
static void find_behind(const struct analysis *an, const struct state *state, uint32_t param, value_id pointer, struct special *out)
{
    region_id whole = region_target((struct values *)&an->values, pointer, IR_NONE);
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->store);
    while ((entry = pmap_iter_next(&iter)) && !out->is_too_much) {
        struct special_seed seed = {.param = param, .is_behind = true, .type = region_get(&an->values, entry->key)->type};

        if (!region_is_within(&an->values, entry->key, whole))
            continue;
        seed.is_unknown = !value_is_int(&an->values, (value_id)entry->value, &seed.number);
        seed.is_nonzero = seed.is_unknown && facts_is_nonzero(&an->facts, state->facts, (value_id)entry->value);
        out->is_too_much = out->count == SEEDS_MAX || !find_way(an, entry->key, whole, &seed);
        if (!out->is_too_much && (!seed.is_unknown || seed.is_nonzero || is_exception(out, &seed)))
            out->seeds[out->count++] = seed;
    }
}

static void find_seeds(const struct analysis *an, const struct ir_function *callee, const value_id *args, uint32_t arg_count,
                       const struct state *state, struct special *out)
{
    for (uint32_t p = 0; p < callee->param_count && p < arg_count && !out->is_too_much; p++) {
        struct special_seed seed = {.param = p, .type = callee->locals.items[p].type};

        out->is_too_much = out->count == SEEDS_MAX;
        if (!out->is_too_much && value_is_int(&an->values, args[p], &seed.number))
            out->seeds[out->count++] = seed;
        else if (region_has_target(&an->values, args[p]))
            find_behind(an, state, p, args[p], out);
    }
}

static uint64_t hash_seeds(const struct ir_module *program, const struct special *special)
{
    uint64_t hash = special->count;

    for (uint32_t s = 0; s < special->count; s++) {
        const struct special_seed *seed = &special->seeds[s];

        hash = hash_mix(hash_mix(hash, (uint64_t)seed->param << 32 | seed->way_count << 2 | seed->is_unknown * 2u | seed->is_nonzero), (uint64_t)seed->number);
        for (uint32_t w = 0; w < seed->way_count; w++)
            hash = hash_mix(hash, hash_mix(hash_string(program->records.items[seed->way[w].record].key), seed->way[w].field));
    }
    return hash;
}

/* ---- the function again ---- */

void special_prepare(struct analysis *an, struct state *entry)
{
    for (uint32_t s = 0; an->special && s < an->special->count; s++) {
        const struct special_seed *seed = &an->special->seeds[s];
        ir_id type = an->function->locals.items[seed->param].type;
        region_id region = region_local(&an->values, seed->param, type);
        struct seeded seeded;

        if (seed->is_behind)
            region = region_target(&an->values, state_load(an, entry, region), type == IR_NONE ? IR_NONE : an->program->types.items[type].target);
        for (uint32_t w = 0; w < seed->way_count; w++)
            region = region_field(&an->values, region, seed->way[w].record, seed->way[w].field, seed->way[w].type);
        seeded.region = region;
        seeded.value = seed->is_unknown ? value_entry(&an->values, region) : value_constant(&an->values, seed->type, seed->number);
        state_store(an, entry, region, seeded.value);
        VEC_PUSH_IN(an->arena, &an->seeded, seeded);
        if (seed->is_nonzero)
            (void)facts_assume(&an->facts, &entry->facts, seeded.value, true);
    }
}

bool special_is_untouched(const struct analysis *an, const struct state *state, region_id region, value_id value)
{
    bool is_seed = false;

    for (uint32_t s = 0; s < an->seeded.count; s++) {
        const struct seeded *seeded = &an->seeded.items[s];

        is_seed |= seeded->region == region && seeded->value == value;
        if (region_is_within(&an->values, seeded->region, region) && !pmap_find(state->store, seeded->region))
            return false;
    }
    return is_seed;
}

bool special_is_too_long(const struct engine *engine, ir_id id)
{
    return ir_function_size(&engine->program->functions.items[id]) > SPECIAL_INSTRUCTIONS_MAX;
}

static bool is_short(struct engine *engine, ir_id function)
{
    reuse_ask(engine, REUSE_IS_LONG, function);
    return !special_is_too_long(engine, function);
}

/* What took more steps when nothing was known will hardly do with those that there are. */
static bool is_affordable(const struct analysis *caller, ir_id function)
{
    return !reuse_took_more(caller->engine, function, caller->steps_left / SPECIAL_SHARE);
}

static const struct summary *solve_special(struct analysis *caller, ir_id function, const struct special *special)
{
    struct function_exits exits = {0};
    const struct summary *summary;
    struct analysis an;
    struct arena arena;
    uint32_t steps = caller->steps_left / SPECIAL_SHARE;

    reuse_ask(caller->engine, REUSE_BODY, function);
    arena_init(&arena);
    analysis_init(&an, caller->engine, function, &arena);
    an.steps_left = steps;
    an.special = special;
    an.bound_depth = caller->bound_depth + 1;
    an.is_root = false;
    an.is_silent = true;
    solve_function(&an, &exits);
    summary = an.is_over_budget ? NULL : summary_build(&an, &exits);
    VEC_RELEASE(&exits.list);
    analysis_spend(caller, steps - an.steps_left);
    analysis_release(&an);
    arena_release(&arena);
    return summary;
}

bool special_find(const struct engine *engine, ir_id function, uint64_t key, uint32_t *index, bool *is_full)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < engine->specials.count; i++) {
        const struct special_summary *entry = &engine->specials.items[i];

        *index = i;
        if (entry->function == function && entry->key == key)
            return true;
        count += entry->function == function;
    }
    *is_full = count >= SPECIAL_SUMMARIES_MAX;
    return false;
}

/* The entry is there before it is solved: a function that calls itself is not solved for that. */
static uint32_t add_entry(struct analysis *an, ir_id function, uint64_t key, const struct special *special)
{
    struct engine *engine = an->engine;
    struct special_summary entry = {.function = function, .key = key};
    uint32_t index = engine->specials.count;

    VEC_PUSH_IN(engine->arena, &engine->specials, entry);
    reuse_note_opened(engine, true, index);
    entry.summary = solve_special(an, function, special);
    engine->specials.items[index].summary = entry.summary;
    reuse_note_closed(engine, true, index);
    return index;
}

const struct summary *special_summary(struct analysis *an, ir_id function, const struct summary *general, const value_id *args,
                                      uint32_t arg_count, const struct state *state)
{
    struct engine *engine = an->engine;
    const struct ir_function *callee = &engine->program->functions.items[function];
    struct special special = {.seeds = ARENA_NEW_ARRAY(an->arena, struct special_seed, SEEDS_MAX)};
    uint32_t index;
    uint64_t key;
    bool is_full;

    find_seeds(an, callee, args, arg_count, state, &special);
    key = hash_seeds(an->program, &special);
    if (special_find(engine, function, key, &index, &is_full)) {
        reuse_note_found(engine, true, index);
    } else if (special.count == 0 || special.is_too_much || is_full || an->bound_depth >= SPECIAL_DEPTH_MAX ||
               !is_short(engine, function) || !is_affordable(an, function)) {
        reuse_note_none(engine, function, NULL, key, is_full);
        return general;
    } else {
        index = add_entry(an, function, key, &special);
    }
    /* None: it is being solved, and calls itself, or could not be. */
    return engine->specials.items[index].summary ? engine->specials.items[index].summary : general;
}
