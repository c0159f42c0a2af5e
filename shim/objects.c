/*
 * objects.c - MDLs that were made elsewhere, and what a violation says of an MDL and a mapping. The lock is held.
 */
#include "tracker_int.h"

#include <string.h>

#include "mdlguard_routines.h"

#define ORIGIN_ANY UINT32_MAX
#define PAGES_ANY (MG_BIT(MG_PAGES_COUNT) - 1)

/* ---- objects that were made elsewhere ---- */

/* Pages that an MDL with these flags may have; those of a family that sets no bit of its own are always possible. */
static uint32_t pages_of_flags(uint32_t flags)
{
    uint32_t set = 0, with_bit = 0;

    for (uint32_t p = 0; p < mg_flag_pages_count; p++) {
        if (!mg_flag_pages[p])
            continue;
        with_bit |= MG_BIT(p);
        if (flags & mg_flag_pages[p])
            set |= MG_BIT(p);
    }
    /* The memory manager marks pages that it allocated as locked, and so do drivers that fill an MDL by hand. */
    if (set & MG_BIT(MG_PAGES_LOCKED))
        set |= MG_BIT(MG_PAGES_ALLOCATED) | MG_BIT(MG_PAGES_HAND_FILLED);
    return set ? set : PAGES_ANY & ~with_bit;
}

bool mg_tracker_look(struct mg_tracker *self, const struct mg_object *object, struct mg_view *view)
{
    memset(view, 0, sizeof(*view));
    return self->config.look && object->address && !object->is_handle && self->config.look(self->config.context, object->address, view);
}

/* The driver's own MDL that no routine has filled: flags that say otherwise were set by hand, and so were the pages. */
static void refresh_empty(struct mg_tracker *self, struct mg_object *object)
{
    struct mg_view view;
    uint32_t with_bit = 0;

    for (uint32_t p = 0; p < mg_flag_pages_count; p++)
        with_bit |= mg_flag_pages[p];
    if (mg_tracker_look(self, object, &view) && (view.flags & with_bit))
        object->pages = pages_of_flags(view.flags);
}

/* What is known of somebody else's MDL must fit what its memory says now; else its owner did something to it, and that is all there is. */
void mg_object_refresh(struct mg_tracker *self, uint32_t index)
{
    struct mg_object *object = &self->objects[index];
    struct mg_view view;
    uint32_t now;

    if (!index || object->state != MG_ENTRY_LIVE)
        return;
    if (object->is_ours && object->pages == MG_BIT(MG_PAGES_NONE))
        refresh_empty(self, object);
    if (object->is_ours)
        return;
    now = mg_tracker_look(self, object, &view) ? pages_of_flags(view.flags) : PAGES_ANY;
    object->pages = object->pages & now ? object->pages & now : now;
}

uint32_t mg_object_adopt(struct mg_tracker *self, uint64_t address, bool is_handle)
{
    uint32_t index = mg_object_renew(self, address);

    if (!index)
        return 0;
    self->objects[index].is_handle = is_handle;
    self->objects[index].descriptor = MG_BIT(MG_DESCRIPTOR_LIVE) | MG_BIT(MG_DESCRIPTOR_BORROWED);
    self->objects[index].pages = PAGES_ANY;
    self->objects[index].origin = ORIGIN_ANY;
    self->objects[index].ended_rule = MG_NO_RULE;
    mg_object_refresh(self, index);
    return index;
}

/* ---- events and mappings of an object ---- */

void mg_object_remember(struct mg_tracker *self, uint32_t index, const struct mg_event *event)
{
    struct mg_object *object = &self->objects[index];

    if (index)
        object->history[object->event_count++ % MG_HISTORY] = *event;
}

uint32_t mg_object_mapping(const struct mg_tracker *self, uint32_t object, uint32_t kinds)
{
    for (uint32_t kind = 0; object && kind < MG_MAPPING_KINDS; kind++)
        if ((kinds & MG_BIT(kind)) && self->objects[object].mappings[kind])
            return self->objects[object].mappings[kind];
    return 0;
}

/* ---- violations ---- */

static void fill_history(struct mg_violation *out, const struct mg_object *object)
{
    uint64_t first = object->event_count > MG_HISTORY ? object->event_count - MG_HISTORY : 0;

    out->events_before = first;
    for (uint64_t e = first; e < object->event_count; e++)
        out->history[out->history_count++] = object->history[e % MG_HISTORY];
}

void mg_violation_fill(const struct mg_tracker *self, struct mg_violation *out, uint32_t object, uint32_t mapping)
{
    memset(out, 0, sizeof(*out));
    out->mapping_kind = -1;
    if (mapping) {
        const struct mg_mapping *m = &self->mappings[mapping];

        out->token = m->token;
        out->mapping_kind = (int)m->kind;
        out->made = m->made;
        out->ended = m->ended;
        out->object = m->object_address;
    }
    if (object) {
        out->object = self->objects[object].address;
        out->pages = self->objects[object].pages;
        fill_history(out, &self->objects[object]);
    }
}

void mg_violation_count(struct mg_tracker *self, struct mg_violation *violation)
{
    violation->number = ++self->stats.violations;
}

void mg_violation_set_rule(struct mg_violation *self, uint16_t rule, const char *message)
{
    self->rule = &mg_rules[rule];
    self->message = message ? message : mg_rules[rule].message;
}

uint32_t mg_mapping_object(const struct mg_tracker *self, uint32_t mapping)
{
    const struct mg_mapping *m = &self->mappings[mapping];

    return mapping && m->object && self->objects[m->object].address == m->object_address ? m->object : 0;
}

/* One violation an MDL: it and its mappings are not looked at again. */
void mg_object_give_up(struct mg_tracker *self, uint32_t object)
{
    if (!object)
        return;
    self->objects[object].is_given_up = true;
    for (uint32_t kind = 0; kind < MG_MAPPING_KINDS; kind++)
        for (uint32_t m = self->objects[object].mappings[kind]; m; m = self->mappings[m].queue.next)
            self->mappings[m].is_given_up = true;
}
