/*
 * alike.c - objects of different exits that callers may know by one name.
 *
 * A function that makes its object at one of three calls of a helper makes three objects, of which each exit has one. To callers that is the same
 * object: with three names they would follow three times as many states, all alike. Objects made by the same call of the same routine get one name in
 * the summary when no exit has both.
 */
#include "engine/translate.h"

struct alike {
    value_id object;
    const struct step *made;
    uint32_t name; /* index of the first object of the list that has the same name */
};

struct alikes {
    const struct function_exits *exits;
    VEC(struct alike) list; /* in the analysis' arena */
};

/* The event that made OBJECT: the oldest one that it is in. */
static const struct step *find_made(const struct state *state, value_id object)
{
    const struct step *made = NULL;

    for (const struct step *step = state->trace; step; step = step->prev)
        if (step->kind == STEP_EVENT && step->object == object)
            made = step;
    return made;
}

static bool is_listed(const struct alikes *self, value_id object)
{
    for (uint32_t i = 0; i < self->list.count; i++)
        if (self->list.items[i].object == object)
            return true;
    return false;
}

static void list_objects(struct analysis *an, struct alikes *self, const struct state *state)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->objects);
    while ((entry = pmap_iter_next(&iter))) {
        struct alike alike = {.object = entry->key, .name = self->list.count};

        if (!object_unpack(entry->value).is_ours || value_get(&an->values, entry->key)->kind != VALUE_FRESH || is_listed(self, entry->key))
            continue;
        alike.made = find_made(state, entry->key);
        if (alike.made)
            VEC_PUSH_IN(an->arena, &self->list, alike);
    }
}

static bool meet(const struct alikes *self, value_id a, value_id b)
{
    for (uint32_t i = 0; i < self->exits->list.count; i++)
        if (state_is_tracked(&self->exits->list.items[i].state, a) && state_is_tracked(&self->exits->list.items[i].state, b))
            return true;
    return false;
}

static bool may_share(const struct analysis *an, const struct alikes *self, uint32_t name, const struct alike *other)
{
    const struct alike *first = &self->list.items[name];

    if (first->made->routine != other->made->routine || first->made->loc != other->made->loc ||
        first->made->function != other->made->function ||
        value_get(&an->values, first->object)->type != value_get(&an->values, other->object)->type)
        return false;
    for (uint32_t i = name; i < self->list.count; i++)
        if (self->list.items[i].name == name && &self->list.items[i] != other && meet(self, self->list.items[i].object, other->object))
            return false;
    return true;
}

void export_alike(struct exporter *exporter, const struct function_exits *exits)
{
    struct analysis *an = exporter->an;
    struct alikes self = {.exits = exits};

    for (uint32_t i = 0; i < exits->list.count; i++)
        list_objects(an, &self, &exits->list.items[i].state);
    for (uint32_t i = 0; i < self.list.count; i++) {
        struct alike *alike = &self.list.items[i];

        for (uint32_t name = 0; name < i && alike->name == i; name++)
            if (self.list.items[name].name == name && may_share(an, &self, name, alike))
                alike->name = name;
        exporter->values[alike->object] = export_value(exporter, self.list.items[alike->name].object);
    }
}
