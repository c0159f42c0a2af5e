/*
 * value.h - symbolic values and memory regions of one function's analysis.
 *
 * Values are what expressions evaluate to, regions are where values are kept. Both are hash-consed: equal structures have equal ids, so that
 * "the same expression" is an integer comparison, and a condition tested twice is recognised. Values are immutable and free of state; what is
 * known about them on a path is in facts (fact.h).
 *
 * Canonical forms: comparisons are EQ and LT only (NE, LE, GT, GE become negations and swaps), constants stand on the right, casts that
 * keep the value are dropped.
 */
#ifndef MDLGUARD_ENGINE_VALUE_H
#define MDLGUARD_ENGINE_VALUE_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/vec.h"
#include "ir/ir.h"

typedef uint32_t value_id;  /* 0: none */
typedef uint32_t region_id; /* 0: none */

enum value_kind {
    VALUE_INT,    /* number */
    VALUE_ENTRY,  /* what `region` holds before anything here wrote it */
    VALUE_FRESH,  /* a new unknown; number tells it from others */
    VALUE_ADDR,   /* of region */
    VALUE_FUNC,   /* of function `number` */
    VALUE_STRING, /* some string literal's address; number: hash */
    VALUE_EXPR,   /* op a b */
    VALUE_METHOD, /* the function that virtual method `number` is for the object that `a` points to */
    VALUE_FLAGS,  /* the flags word of tracked object `a` while its state was `number` */
};

/* Half a cache line, as is a region: there are many, and they are looked at in no order. */
struct value {
    int64_t number;
    ir_id type; /* IR_NONE when unknown */
    value_id a, b;
    region_id region;
    uint16_t depth; /* pointers followed from a variable to get here; not part of its identity */
    uint16_t member; /* ENTRY: what is known of the member that held it (members.h); 0: nothing is. Not part of its identity */
    uint8_t size;   /* operations in it: see VALUE_SIZE_MAX */
    enum value_kind kind : 8;
    enum ir_expr_op op : 8;
    bool has_fact : 1;   /* something was said of it on some path (fact.h). Not part of its identity */
    bool is_counter : 1; /* a variable that goes up or down in a loop. Not part of its identity */
    bool is_memory : 1; /* the address of memory that was allocated here, and that only those know whom we tell. Not part of its identity */
    bool is_new : 1; /* an object made here: different from every other pointer. Not part of its identity */
    bool has_fresh : 1; /* an unknown is in it: it is one, is made of one, or is read or leads through one. Not part of its identity */
    bool is_part : 1;   /* another value is made of it, or a region leads through it. Not part of its identity */
};

enum region_kind {
    REGION_LOCAL,  /* id */
    REGION_GLOBAL, /* id */
    REGION_TARGET, /* what the pointer `value` points to */
    REGION_FIELD,  /* member id.field of parent */
    REGION_INDEX,  /* element `value` of parent */
};

struct region {
    uint32_t id, field; /* local, global; record and field */
    region_id parent;
    region_id root; /* outermost parent, or itself. Not part of its identity */
    value_id value;
    ir_id type; /* of what is kept there; IR_NONE when unknown. Not part of its identity */
    value_id entry; /* what it holds before anything here wrote it; 0: nobody has asked. Not part of its identity */
    uint16_t depth; /* pointers followed to get there */
    enum region_kind kind : 8;
    bool has_fresh : 1;  /* one leads there through an unknown: a pointer or an index. Not part of its identity */
    bool is_nowhere : 1; /* one leads there through a pointer that is 0. Not part of its identity */
    bool has_parts : 1;  /* it is the parent of others. Not part of its identity */
    bool is_element : 1; /* an array's element, or a part of one. Not part of its identity */
    bool is_local : 1;   /* a local variable, or a part of one. Not part of its identity */
};

struct handles;
struct members;

/* What member `field` of `record` leads to leads back by its member `back`. */
struct values_link {
    ir_id record, field, back;
};

/* A place in a table of what there is: ID 0: it is free. */
struct values_slot {
    uint32_t id, hash; /* HASH: the upper half */
};

struct values {
    struct arena *arena;            /* borrowed */
    const struct ir_module *module; /* borrowed: types */
    VEC(struct value) values;
    VEC(struct region) regions;
    struct values_slot *value_slots, *region_slots; /* open addressing by the lower half of hashes; in the arena */
    uint32_t value_capacity, region_capacity;
    uint64_t site;       /* where fresh values are made now, see values_at */
    uint64_t fresh_role; /* of the newest one there */
    const struct values_link *links; /* borrowed */
    uint32_t link_count;
    const struct members *members; /* borrowed; NULL: nothing is known (members.h) */
    const struct handles *handles; /* borrowed; NULL: nothing is known (handles.h) */
    VEC(region_id) locals; /* local -> its region; 0 or beyond the end: nobody has asked for it */
    VEC(const char *) names; /* value -> the first name that it was stored under; NULL or beyond the end: none */
};

/* The number of the fresh value that stands for unknown ones: see unknown.h. */
#define VALUE_NUMBER_UNKNOWN 0
/* Memory further away than this is not told apart: what is read there is unknown, what is written there is lost sight of. */
#define REGION_DEPTH_MAX 7
/* Expressions with more operations than this are unknown values. */
#define VALUE_SIZE_MAX 48
_Static_assert(2 * (VALUE_SIZE_MAX + 1) < UINT8_MAX, "a value's size has no room");

void values_init(struct values *self, struct arena *arena, const struct ir_module *module);

value_id value_constant(struct values *self, ir_id type, int64_t number);
/* Fresh values are named after where they are made, so that paths that do the same have the same names, and merge. SITE tells a point of a path from
 * all others of that path: an instruction and the rounds of the loops around it. */
void values_at(struct values *self, uint64_t site);
/* The next fresh values here belong to part ROLE of what is done: they do not depend on how many were made for the parts before. */
void values_role(struct values *self, uint32_t role);
/* A new unknown, different from all others of the path. */
value_id value_fresh(struct values *self, ir_id type);
/* The new unknown of this site that is known by NUMBER, the same each time. */
value_id value_fresh_at(struct values *self, ir_id type, uint32_t number);
/* The fresh value of NUMBER (negative: named by the caller, e.g. a merge point), the same each time. */
value_id value_named(struct values *self, ir_id type, int64_t number);
value_id value_addr(struct values *self, region_id region);
value_id value_func(struct values *self, ir_id function);
value_id value_string(struct values *self, const char *text);
/* The string literal with a hash that value_string gave. */
value_id value_string_number(struct values *self, int64_t number);
value_id value_flags(struct values *self, ir_id type, value_id object, int64_t state);
/* Which function METHOD is for the object at RECEIVER (method.h). */
value_id value_method(struct values *self, value_id receiver, ir_id method);
/* Folds, simplifies and canonicalises. B is 0 for unary operations. */
value_id value_expr(struct values *self, enum ir_expr_op op, ir_id type, value_id a, value_id b);
value_id value_not(struct values *self, value_id a);
/* What VALUE denies, under any number of negations; *WANT, what VALUE is, becomes what that is. */
value_id value_unnegated(const struct values *self, value_id value, bool *want);

/* The unknown VALUE is called NAME (NULL: nothing is said), unless it has a name already. */
void value_set_name(struct values *self, value_id value, const char *name);

/* VALUE is the address of something made in this function: it differs from all that existed before. */
void value_mark_new(struct values *self, value_id value);
/* The counter that VALUE is, with or without something added; 0: none. */
value_id value_counter(const struct values *self, value_id value);
/* VALUE, an unknown, is what a variable holds that goes up or down from round to round. */
void value_mark_counter(struct values *self, value_id value);
/* VALUE is the address of memory allocated in this function, if it is an unknown. */
void value_mark_memory(struct values *self, value_id value);

static inline const struct value *value_get(const struct values *self, value_id id)
{
    assert(id < self->values.count);
    return &self->values.items[id];
}

static inline bool value_is_int(const struct values *self, value_id id, int64_t *out)
{
    const struct value *v = value_get(self, id);

    if (v->kind != VALUE_INT || id == 0)
        return false;
    *out = v->number;
    return true;
}

/* Does the value mention PART (itself, an operand, the region it is an address in)? */
bool value_mentions(const struct values *self, value_id id, value_id part);
/* Can whoever has the value get at PART? Not from an answer to a question about it. */
bool value_leads_to(const struct values *self, value_id id, value_id part);

region_id region_local(struct values *self, ir_id local, ir_id type);
/* The region of LOCAL; 0 when nobody has asked for it yet. */
static inline region_id region_find_local(const struct values *self, ir_id local)
{
    return local < self->locals.count ? self->locals.items[local] : 0;
}
region_id region_global(struct values *self, ir_id global, ir_id type);
/* Where pointer POINTER leads: the region itself when it is an address. */
region_id region_target(struct values *self, value_id pointer, ir_id type);
/* Is ID what memory holds to which a pointer leads that is 0? Nothing is there. */
bool value_is_nowhere(const struct values *self, value_id id);
/* Has region_target been asked for what POINTER points to, or may it be a part of another region? If not, no store has anything there. */
bool region_has_target(const struct values *self, value_id pointer);
region_id region_field(struct values *self, region_id parent, ir_id record, ir_id field, ir_id type);
/* The member that leads back where REGION, a link of a list's element, leads on; IR_NONE: it is no link. */
ir_id values_link_back(const struct values *self, region_id region);
/* Is BACK the link that leads back from where FROM, a link of another element, leads to? */
bool values_are_links(const struct values *self, region_id from, region_id back);
region_id region_index(struct values *self, region_id parent, value_id index, ir_id type);

static inline const struct region *region_get(const struct values *self, region_id id)
{
    assert(id < self->regions.count);
    return &self->regions.items[id];
}

/* What value_entry gives where nobody has asked before. */
value_id value_make_entry(struct values *self, region_id region);

/* What REGION holds before anything here writes it. Where it is the link that leads back (see `links`), that is the element that led there. */
static inline value_id value_entry(struct values *self, region_id region)
{
    value_id entry = region_get(self, region)->entry;

    return entry ? entry : value_make_entry(self, region);
}

/* The outermost region that ID is part of (a local, a global, a pointer's target). */
static inline region_id region_root(const struct values *self, region_id id)
{
    return region_get(self, id)->root;
}

/* Is ID the region OUTER or a part of it? */
static inline bool region_is_within(const struct values *self, region_id id, region_id outer)
{
    if (region_root(self, id) != region_root(self, outer))
        return false;
    while (id && id != outer)
        id = region_get(self, id)->parent;
    return id != 0;
}

/* As a C programmer writes it ("ctx->Mdl"); names of locals are FUNCTION's. False when it has no such name. Memory that an unknown pointer leads to is
 * named after the variable that the pointer was first stored in. */
bool region_describe(const struct values *self, const struct ir_function *function, region_id id, struct strbuf *out);

#endif
