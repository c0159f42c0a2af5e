/*
 * align.c - see align.h.
 *
 * Only the way from the field up to the pointer that leads to its record has to agree; how each function came by that pointer (an extension, a
 * handle, an element of a list) is its own affair. So one instance stands for each: what is kept in one element is torn down in "the same" one.
 */
#include "engine/align.h"

static enum align push(struct alignment *out, struct align_pair pair)
{
    if (out->count == ALIGN_MAX)
        return ALIGN_UNKNOWN;
    out->pairs[out->count++] = pair;
    return ALIGN_SAME;
}

static enum align align_indices(const struct summary *first, value_id a, const struct summary *second, value_id b,
                                struct alignment *out)
{
    const struct value *x = &first->values.items[a], *y = &second->values.items[b];

    if (x->kind == VALUE_INT && y->kind == VALUE_INT)
        return x->number == y->number ? ALIGN_SAME : ALIGN_NEVER;
    return push(out, (struct align_pair){.first = a, .second = b});
}

/* One step up from both places, members or elements. */
static enum align align_step(const struct summary *first, const struct region *x, const struct summary *second,
                             const struct region *y, struct alignment *out)
{
    if (x->kind != y->kind)
        return ALIGN_UNKNOWN;
    if (x->kind == REGION_INDEX)
        return align_indices(first, x->value, second, y->value, out);
    return x->id == y->id && x->field == y->field ? ALIGN_SAME
                                                  : ALIGN_NEVER; /* what encloses an object is of one type */
}

/* What the pointer VALUE is an offset from. */
static const struct value *base_of(const struct summary *summary, value_id value)
{
    const struct value *v = &summary->values.items[value];

    while (v->kind == VALUE_EXPR && v->a)
        v = &summary->values.items[v->a];
    return v;
}

enum align align_places(const struct summary *first, region_id a, const struct summary *second, region_id b,
                        struct alignment *out)
{
    enum align step = ALIGN_SAME;

    out->count = 0;
    out->is_found = false;
    while (step == ALIGN_SAME) {
        const struct region *x = &first->regions.items[a], *y = &second->regions.items[b];

        if (x->kind == REGION_LOCAL || y->kind == REGION_LOCAL)
            return ALIGN_UNKNOWN;
        if (y->kind == REGION_TARGET && base_of(second, y->value)->is_memory)
            return ALIGN_NEVER; /* the function itself allocates it: nobody can have left anything there */
        out->is_found = y->kind == REGION_TARGET && base_of(second, y->value)->kind == VALUE_FRESH;
        if (x->kind == REGION_TARGET && y->kind == REGION_TARGET)
            return push(out, (struct align_pair){.first = x->value, .second = y->value});
        if (x->kind == REGION_TARGET)
            return push(out, (struct align_pair){.first = x->value, .second_place = b});
        if (y->kind == REGION_TARGET)
            return push(out, (struct align_pair){.second = y->value, .first_place = a});
        if (x->kind == REGION_GLOBAL && y->kind == REGION_GLOBAL)
            return x->id == y->id ? ALIGN_SAME : ALIGN_NEVER;
        step = align_step(first, x, second, y, out);
        a = x->parent;
        b = y->parent;
    }
    return step;
}

static bool is_number(const struct player *player, value_id value)
{
    return player->importer.summary->values.items[value].kind == VALUE_INT;
}

void align_players(const struct alignment *self, struct player *earlier, struct player *later)
{
    struct importer *first = &earlier->importer, *second = &later->importer;

    for (uint32_t i = 0; i < self->count; i++) {
        const struct align_pair *pair = &self->pairs[i];

        if (pair->first_place)
            second->values[pair->second] = value_addr(&first->an->values, import_region(first, pair->first_place));
        else if (pair->second_place)
            first->values[pair->first] = value_addr(&first->an->values, import_region(second, pair->second_place));
        else if (is_number(earlier, pair->first))
            second->values[pair->second] = import_value(first, pair->first);
        else
            first->values[pair->first] = import_value(second, pair->second);
    }
}

void align_again(const struct alignment *self, struct player *later, struct player *again)
{
    for (uint32_t i = 0; i < self->count; i++)
        if (self->pairs[i].second)
            again->importer.values[self->pairs[i].second] = import_value(&later->importer, self->pairs[i].second);
}
