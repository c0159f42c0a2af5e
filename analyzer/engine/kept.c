/*
 * kept.c - see kept.h. Every member of a summary's structs is written or left out with a reason: the sizes below tell when there is a new one.
 */
#include "engine/kept.h"

#include "base/hash.h"
#include "engine/scribe.h"

_Static_assert(sizeof(struct value) == 32 && sizeof(struct region) == 32 && sizeof(struct step) == 104 && sizeof(struct fact) == 112 &&
                   sizeof(struct summary_case) == 152 && sizeof(struct summary) == 104 && sizeof(struct summary_use) == 12 &&
                   sizeof(struct summary_mark) == 8 && sizeof(struct summary_way) == 24,
               "a new member has to be kept, too");

/* ---- writing ---- */

static void write_flags(struct scribe *out, const bool *flags, uint32_t count)
{
    uint64_t mask = 0;

    for (uint32_t f = 0; f < count; f++)
        mask |= (uint64_t)flags[f] << f;
    scribe_number(out, mask);
}

/* `number` of an unknown tells only that it is its own, or the one that stands for all. */
static void write_value(struct scribe *out, const struct value *v)
{
    bool flags[] = {v->is_counter, v->is_memory, v->is_new, v->has_fresh};

    scribe_number(out, (uint64_t)v->kind << 8 | v->op);
    scribe_type(out, v->type);
    scribe_number(out, v->a);
    scribe_number(out, v->b);
    scribe_number(out, v->region);
    if (v->kind == VALUE_FUNC || v->kind == VALUE_METHOD)
        scribe_function(out, (ir_id)v->number);
    else if (v->kind == VALUE_FRESH)
        scribe_number(out, v->number != VALUE_NUMBER_UNKNOWN);
    else
        scribe_signed(out, v->number);
    scribe_number(out, v->depth);
    scribe_number(out, v->size);
    write_flags(out, flags, 4);
}

struct locals {
    const struct ir_function *function;
    VEC(uint32_t) list; /* those that are no parameters, in the order of their first use */
};

/* 0: where the result is, a local beyond the function's own; then the parameters; then the others, as they come. */
static uint64_t local_number(struct locals *self, uint32_t local)
{
    uint32_t params = self->function->param_count, i = 0;

    if (local == self->function->locals.count)
        return 0;
    if (local < params)
        return (uint64_t)local + 1;
    while (i < self->list.count && self->list.items[i] != local)
        i++;
    if (i == self->list.count)
        VEC_PUSH(&self->list, local);
    return (uint64_t)params + 1 + i;
}

static void write_region(struct scribe *out, const struct region *r, struct locals *locals)
{
    bool flags[] = {r->has_fresh, r->is_nowhere};

    scribe_number(out, r->kind);
    if (r->kind == REGION_GLOBAL)
        scribe_global(out, r->id);
    else if (r->kind == REGION_FIELD)
        scribe_record(out, r->id);
    else
        scribe_number(out, r->kind == REGION_LOCAL ? local_number(locals, r->id) : 0);
    scribe_number(out, r->field);
    scribe_number(out, r->parent);
    scribe_number(out, r->value);
    scribe_type(out, r->type);
    scribe_number(out, r->depth);
    write_flags(out, flags, 2);
}

static uint32_t outcome_number(const struct step *step)
{
    return step->outcome ? (uint32_t)(step->outcome - step->routine->outcomes.items) + 1 : 0;
}

/* `prev` and `length` are of the list that it stood in. */
static void write_step(struct scribe *out, const struct step *step)
{
    bool flags[] = {step->is_caught, step->is_private, step->has_mapping, step->has_no_mapping,
                    step->is_denied, step->is_either, step->is_repeated};

    scribe_number(out, step->kind);
    scribe_loc(out, step->loc);
    scribe_function(out, step->function);
    scribe_number(out, step->depth);
    scribe_routine(out, step->routine);
    scribe_number(out, outcome_number(step));
    scribe_number(out, step->value_count);
    for (uint32_t v = 0; v < step->value_count; v++)
        scribe_number(out, step->values[v]);
    scribe_number(out, step->object);
    scribe_number(out, step->checks);
    scribe_number(out, step->result);
    scribe_number(out, step->mask);
    write_flags(out, flags, 7);
    scribe_text(out, step->text);
}

static void write_fact(struct scribe *out, const struct summary_fact *fact)
{
    scribe_number(out, fact->value);
    scribe_signed(out, fact->fact.low);
    scribe_signed(out, fact->fact.high);
    scribe_number(out, fact->fact.excluded_count);
    for (uint32_t e = 0; e < fact->fact.excluded_count; e++)
        scribe_signed(out, fact->fact.excluded[e]);
    scribe_number(out, fact->fact.known_bits);
    scribe_number(out, fact->fact.bits);
    scribe_number(out, fact->fact.holder);
}

static void write_way(struct scribe *out, const struct summary_way *way)
{
    scribe_number(out, way->clause);
    scribe_number(out, way->facts.count);
    for (uint32_t f = 0; f < way->facts.count; f++)
        write_fact(out, &way->facts.items[f]);
}

static void write_values(struct scribe *out, const value_id *values, uint32_t count)
{
    scribe_number(out, count);
    for (uint32_t v = 0; v < count; v++)
        scribe_number(out, values[v]);
}

static void write_case(struct scribe *out, const struct summary_case *c)
{
    bool flags[] = {c->is_raise, c->lacks_facts, c->lacks_steps};

    write_flags(out, flags, 3);
    scribe_number(out, c->result);
    scribe_number(out, c->facts.count);
    for (uint32_t f = 0; f < c->facts.count; f++)
        write_fact(out, &c->facts.items[f]);
    scribe_number(out, c->ways.count);
    for (uint32_t w = 0; w < c->ways.count; w++)
        write_way(out, &c->ways.items[w]);
    scribe_number(out, c->writes.count);
    for (uint32_t w = 0; w < c->writes.count; w++) {
        scribe_number(out, c->writes.items[w].region);
        scribe_number(out, c->writes.items[w].value);
    }
    scribe_number(out, c->steps.count);
    for (uint32_t s = 0; s < c->steps.count; s++)
        write_step(out, &c->steps.items[s]);
    scribe_number(out, c->uses.count);
    for (uint32_t u = 0; u < c->uses.count; u++) {
        scribe_number(out, c->uses.items[u].value);
        scribe_loc(out, c->uses.items[u].loc);
        scribe_number(out, c->uses.items[u].is_caught);
    }
    write_values(out, c->escapes.items, c->escapes.count);
    write_values(out, c->frees.items, c->frees.count);
    write_values(out, c->passed.items, c->passed.count);
    scribe_number(out, c->unchecked.count);
    for (uint32_t u = 0; u < c->unchecked.count; u++) {
        scribe_number(out, c->unchecked.items[u].value);
        scribe_number(out, c->unchecked.items[u].rule);
    }
}

static void write_summary(struct scribe *out, const struct summary *summary, struct locals *locals)
{
    bool flags[] = {summary->has_events, summary->is_blurred, summary->is_incomplete, summary->has_effects};

    write_flags(out, flags, 4);
    scribe_number(out, summary->values.count);
    for (uint32_t v = 0; v < summary->values.count; v++)
        write_value(out, &summary->values.items[v]);
    scribe_number(out, summary->regions.count);
    for (uint32_t r = 0; r < summary->regions.count; r++)
        write_region(out, &summary->regions.items[r], locals);
    scribe_number(out, summary->names.count);
    for (uint32_t n = 0; n < summary->names.count; n++)
        scribe_text(out, summary->names.items[n]);
    scribe_number(out, summary->cases.count);
    for (uint32_t c = 0; c < summary->cases.count; c++)
        write_case(out, &summary->cases.items[c]);
    write_values(out, summary->may_fault.items, summary->may_fault.count);
}

/* BYTES, and which of LOCS are at one place. */
static uint64_t hash_all(const struct ir_module *program, const void *bytes, size_t length, const ir_id *locs, uint32_t count)
{
    uint64_t hash = hash_bytes(bytes, length);
    struct word_map places = {0};

    for (uint32_t l = 0; l < count; l++) {
        const struct ir_range *at = &program->locs.items[locs[l]].at;
        uint64_t place = hash_mix(hash_mix(at->file, at->line), at->column);
        uint32_t first = l;

        word_map_add(&places, place, l);
        word_map_get(&places, place, &first);
        hash = hash_mix(hash, first);
    }
    word_map_release(&places);
    return hash;
}

struct kept *kept_make(const struct names *names, const struct summary *summary, struct arena *scratch)
{
    const struct ir_module *program = names->engine->program;
    struct arena *arena = names->engine->arena;
    struct kept *kept = ARENA_NEW(arena, struct kept);
    struct locals locals = {.function = &program->functions.items[summary->function]};
    struct strbuf bytes;
    struct scribe out;
    bool is_bad;

    strbuf_init(&bytes);
    scribe_init(&out, names);
    write_summary(&out, summary, &locals);
    scribe_finish(&out, &bytes);
    kept->bytes = arena_copy(scratch, bytes.data, bytes.length);
    kept->length = bytes.length;
    if (out.locs.count)
        kept->locs = arena_copy(arena, out.locs.items, out.locs.count * sizeof(ir_id));
    kept->loc_count = out.locs.count;
    if (locals.list.count)
        kept->locals = arena_copy(scratch, locals.list.items, locals.list.count * sizeof(uint32_t));
    kept->local_count = locals.list.count;
    kept->hash = hash_all(program, kept->bytes, kept->length, kept->locs, kept->loc_count);
    for (uint32_t v = 0; v < summary->values.count; v++)
        kept->is_numbered |= summary->values.items[v].kind == VALUE_METHOD;
    is_bad = out.is_bad;
    VEC_RELEASE(&locals.list);
    scribe_release(&out);
    strbuf_release(&bytes);
    return is_bad ? NULL : kept;
}

struct kept *kept_take(const struct names *names, const struct kept *stored)
{
    struct arena *arena = names->engine->arena;
    struct kept *kept;

    if (hash_all(names->engine->program, stored->bytes, stored->length, stored->locs, stored->loc_count) != stored->hash)
        return NULL;
    kept = arena_copy(arena, stored, sizeof(*stored));
    if (stored->loc_count)
        kept->locs = arena_copy(arena, stored->locs, stored->loc_count * sizeof(ir_id));
    return kept;
}

/* ---- reading ---- */

struct opening {
    struct reading in;
    const struct kept *kept;
    struct summary *summary;
    const struct ir_function *function;
};

#define READ_VEC(self, vec, type, read)                                                                                \
    do {                                                                                                               \
        (vec)->count = (vec)->capacity = reading_count(&(self)->in);                                                   \
        (vec)->items = ARENA_NEW_ARRAY((self)->in.arena, type, (size_t)(vec)->count + 1);                              \
        for (uint32_t i_ = 0; i_ < (vec)->count && !(self)->in.in.is_bad; i_++)                                        \
            read((self), &(vec)->items[i_]);                                                                           \
    } while (0)

static value_id read_value_id(struct opening *self)
{
    return reading_below(&self->in, self->summary->values.count);
}

static void read_value_into(struct opening *self, value_id *out)
{
    *out = read_value_id(self);
}

/* Parts may stand behind their wholes: values and regions refer to one another. */
static void read_value(struct opening *self, struct value *v)
{
    uint64_t kind = reading_number(&self->in);
    uint64_t flags;

    v->kind = (enum value_kind)(kind >> 8 & 0xff);
    v->op = (enum ir_expr_op)(kind & 0xff);
    v->type = reading_type(&self->in);
    v->a = (value_id)reading_number(&self->in);
    v->b = (value_id)reading_number(&self->in);
    v->region = (region_id)reading_number(&self->in);
    if (v->kind == VALUE_FUNC || v->kind == VALUE_METHOD)
        v->number = reading_function(&self->in);
    else if (v->kind == VALUE_FRESH)
        v->number = reading_number(&self->in) ? v - self->summary->values.items : VALUE_NUMBER_UNKNOWN;
    else
        v->number = reading_signed(&self->in);
    v->depth = (uint16_t)reading_number(&self->in);
    v->size = (uint8_t)reading_number(&self->in);
    flags = reading_number(&self->in);
    v->is_counter = flags & 1;
    v->is_memory = flags >> 1 & 1;
    v->is_new = flags >> 2 & 1;
    v->has_fresh = flags >> 3 & 1;
}

/* As local_number wrote it. */
static uint32_t read_local(struct opening *self)
{
    uint32_t params = self->function->param_count, number = reading_below(&self->in, params + 1 + self->kept->local_count);

    if (number == 0)
        return self->function->locals.count;
    return number <= params ? number - 1 : self->kept->locals[number - params - 1];
}

static void read_region(struct opening *self, struct region *r)
{
    uint64_t flags;

    r->kind = (enum region_kind)reading_below(&self->in, REGION_INDEX + 1);
    if (r->kind == REGION_GLOBAL) {
        r->id = reading_global(&self->in);
    } else if (r->kind == REGION_FIELD) {
        r->id = reading_record(&self->in);
    } else {
        r->id = r->kind == REGION_LOCAL ? read_local(self) : (uint32_t)reading_below(&self->in, 1);
    }
    r->field = (uint32_t)reading_number(&self->in);
    r->parent = (region_id)reading_number(&self->in);
    r->value = (value_id)reading_number(&self->in);
    r->type = reading_type(&self->in);
    r->depth = (uint16_t)reading_number(&self->in);
    flags = reading_number(&self->in);
    r->has_fresh = flags & 1;
    r->is_nowhere = flags >> 1 & 1;
}

static void read_text_into(struct opening *self, const char **text)
{
    *text = reading_text(&self->in);
}

static void read_fact(struct opening *self, struct summary_fact *fact)
{
    fact->value = read_value_id(self);
    fact->fact.low = reading_signed(&self->in);
    fact->fact.high = reading_signed(&self->in);
    fact->fact.excluded_count = reading_below(&self->in, FACT_EXCLUDED + 1);
    for (uint32_t e = 0; e < fact->fact.excluded_count; e++)
        fact->fact.excluded[e] = reading_signed(&self->in);
    fact->fact.known_bits = reading_number(&self->in);
    fact->fact.bits = reading_number(&self->in);
    fact->fact.holder = reading_number(&self->in);
}

static void read_way(struct opening *self, struct summary_way *way)
{
    way->clause = (uint32_t)reading_number(&self->in);
    READ_VEC(self, &way->facts, struct summary_fact, read_fact);
}

static void read_write(struct opening *self, struct summary_write *write)
{
    write->region = reading_below(&self->in, self->summary->regions.count);
    write->value = read_value_id(self);
}

static void read_step_values(struct opening *self, struct step *step)
{
    uint32_t count = reading_count(&self->in);
    value_id *values = ARENA_NEW_ARRAY(self->in.arena, value_id, (size_t)count + 1);

    for (uint32_t v = 0; v < count; v++)
        values[v] = read_value_id(self);
    step->values = count ? values : NULL;
    step->value_count = count;
}

static void read_step(struct opening *self, struct step *step)
{
    uint32_t outcome;
    uint64_t flags;

    step->kind = (enum step_kind)reading_below(&self->in, STEP_RUN + 1);
    step->loc = reading_loc(&self->in);
    step->function = reading_function(&self->in);
    step->depth = (uint32_t)reading_number(&self->in);
    step->routine = reading_routine(&self->in);
    outcome = reading_below(&self->in, step->routine ? step->routine->outcomes.count + 1 : 1);
    step->outcome = outcome ? &step->routine->outcomes.items[outcome - 1] : NULL;
    read_step_values(self, step);
    step->object = read_value_id(self);
    step->checks = reading_number(&self->in);
    step->result = read_value_id(self);
    step->mask = (uint32_t)reading_number(&self->in);
    flags = reading_number(&self->in);
    step->is_caught = flags & 1;
    step->is_private = flags >> 1 & 1;
    step->has_mapping = flags >> 2 & 1;
    step->has_no_mapping = flags >> 3 & 1;
    step->is_denied = flags >> 4 & 1;
    step->is_either = flags >> 5 & 1;
    step->is_repeated = flags >> 6 & 1;
    step->text = reading_text(&self->in);
}

static void read_use(struct opening *self, struct summary_use *use)
{
    use->value = read_value_id(self);
    use->loc = reading_loc(&self->in);
    use->is_caught = reading_number(&self->in) != 0;
}

static void read_mark(struct opening *self, struct summary_mark *mark)
{
    mark->value = read_value_id(self);
    mark->rule = (uint32_t)reading_number(&self->in);
}

static void read_case(struct opening *self, struct summary_case *c)
{
    uint64_t flags = reading_number(&self->in);

    c->is_raise = flags & 1;
    c->lacks_facts = flags >> 1 & 1;
    c->lacks_steps = flags >> 2 & 1;
    c->result = read_value_id(self);
    READ_VEC(self, &c->facts, struct summary_fact, read_fact);
    READ_VEC(self, &c->ways, struct summary_way, read_way);
    READ_VEC(self, &c->writes, struct summary_write, read_write);
    READ_VEC(self, &c->steps, struct step, read_step);
    READ_VEC(self, &c->uses, struct summary_use, read_use);
    READ_VEC(self, &c->escapes, value_id, read_value_into);
    READ_VEC(self, &c->frees, value_id, read_value_into);
    READ_VEC(self, &c->passed, value_id, read_value_into);
    READ_VEC(self, &c->unchecked, struct summary_mark, read_mark);
}

/* Ids that were read before what they speak of was known. */
static bool are_parts_there(const struct summary *summary)
{
    uint32_t values = summary->values.count, regions = summary->regions.count;
    bool result = values > 0 && regions > 0;

    for (uint32_t v = 0; v < values && result; v++)
        result = summary->values.items[v].a < values && summary->values.items[v].b < values && summary->values.items[v].region < regions;
    for (uint32_t r = 0; r < regions && result; r++)
        result = summary->regions.items[r].parent < regions && summary->regions.items[r].value < values;
    return result;
}

static void read_flags(struct opening *self)
{
    uint64_t flags = reading_number(&self->in);

    self->summary->has_events = flags & 1;
    self->summary->is_blurred = flags >> 1 & 1;
    self->summary->is_incomplete = flags >> 2 & 1;
    self->summary->has_effects = flags >> 3 & 1;
}

static void open_bytes(struct opening *self, const struct names *names, const struct kept *kept, ir_id function, struct arena *scratch)
{
    *self = (struct opening){.kept = kept, .function = &names->engine->program->functions.items[function]};
    self->summary = ARENA_NEW(names->engine->arena, struct summary);
    self->summary->function = function;
    reading_init(&self->in, names, scratch, kept->bytes, kept->length);
    self->in.locs = kept->locs;
    self->in.loc_count = kept->loc_count;
    read_flags(self);
}

/* Whoever reads more of a closed summary than its flags finds that out in a build with asserts: none of these lists can be gone through. */
static void poison(struct summary *summary)
{
#ifndef NDEBUG
    summary->values.count = summary->regions.count = summary->names.count = summary->cases.count = summary->may_fault.count = UINT32_MAX;
#else
    (void)summary;
#endif
}

const struct summary *kept_close(const struct names *names, const struct kept *kept, ir_id function, struct arena *scratch)
{
    struct arena *arena = names->engine->arena;
    struct opening self;
    struct kept *closed;

    open_bytes(&self, names, kept, function, scratch);
    if (self.in.in.is_bad)
        return NULL;
    closed = arena_copy(arena, kept, sizeof(*kept));
    closed->bytes = arena_copy(arena, kept->bytes, kept->length);
    closed->locals = arena_copy(arena, kept->locals, kept->local_count * sizeof(*kept->locals));
    self.summary->closed = closed;
    poison(self.summary);
    return self.summary;
}

const struct summary *kept_open(const struct names *names, const struct kept *kept, ir_id function, struct arena *scratch)
{
    struct opening self;
    struct summary *summary;

    open_bytes(&self, names, kept, function, scratch);
    summary = self.summary;
    READ_VEC(&self, &summary->values, struct value, read_value);
    READ_VEC(&self, &summary->regions, struct region, read_region);
    READ_VEC(&self, &summary->names, const char *, read_text_into);
    READ_VEC(&self, &summary->cases, struct summary_case, read_case);
    READ_VEC(&self, &summary->may_fault, value_id, read_value_into);
    if (!reading_end(&self.in) || !are_parts_there(summary))
        return NULL;
    summary_settle(names->engine, summary);
    return summary;
}
