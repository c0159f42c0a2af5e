/*
 * reuse_write.c - writes what was recorded of a task as a row of the memory; replay.c reads it. See reuse_int.h.
 */
#include "engine/reuse_int.h"

static void write_place(struct reuse_recording *self, struct scribe *out, const struct finding_range *range)
{
    uint32_t loc = 0;

    self->is_bad |= !word_map_get(&self->places, reuse_range_key(range), &loc);
    scribe_loc(out, loc);
}

static void write_step(struct reuse_recording *self, struct scribe *out, const struct finding_step *step)
{
    write_place(self, out, &step->at);
    scribe_text(out, step->message);
    scribe_text(out, step->function);
    scribe_number(out, (uint64_t)step->depth << 1 | step->is_event);
}

static void write_finding(struct reuse_recording *self, struct scribe *out, const struct finding *finding)
{
    self->is_bad |= finding->related.count > 0;
    scribe_rule(out, finding->rule);
    write_place(self, out, &finding->at);
    scribe_text(out, finding->message);
    scribe_text(out, finding->function);
    scribe_text(out, finding->fingerprint);
    scribe_number(out, finding->steps.count);
    for (uint32_t s = 0; s < finding->steps.count; s++)
        write_step(self, out, &finding->steps.items[s]);
}

static void write_kept(struct reuse_recording *self, struct scribe *out, const struct kept *kept)
{
    scribe_number(out, !kept ? 0 : self->is_numbered || kept->is_numbered ? 2 : 1);
    if (!kept)
        return;
    scribe_name(out, kept->hash);
    scribe_number(out, kept->loc_count);
    for (uint32_t l = 0; l < kept->loc_count; l++)
        scribe_loc(out, kept->locs[l]);
    scribe_number(out, kept->local_count);
    for (uint32_t l = 0; l < kept->local_count; l++)
        scribe_number(out, kept->locals[l]);
    scribe_number(out, kept->length);
    strbuf_add(&out->body, kept->bytes, kept->length);
}

static void write_entry(const struct reuse *self, struct scribe *out, const struct reuse_change *change)
{
    uint32_t params = self->engine->program->functions.items[change->function].param_count;

    scribe_number(out, change->is_special);
    scribe_function(out, change->function);
    if (change->is_special)
        scribe_name(out, change->key);
    for (uint32_t p = 0; !change->is_special && p < params; p++)
        scribe_function(out, change->bound[p]);
}

static void write_change(struct reuse *self, struct scribe *out, const struct reuse_change *change)
{
    struct reuse_recording *recording = &self->recording;

    scribe_number(out, change->kind);
    switch (change->kind) {
    case REUSE_ADD:
        write_finding(recording, out, &change->finding);
        scribe_number(out, change->flag);
        break;
    case REUSE_APPEND:
        scribe_rule(out, change->rule);
        write_place(recording, out, &change->at);
        write_step(recording, out, &change->step);
        break;
    case REUSE_ASK:
        scribe_rule(out, change->rule);
        write_place(recording, out, &change->at);
        scribe_number(out, change->flag);
        break;
    case REUSE_NONE:
        write_entry(self, out, change);
        scribe_number(out, change->flag);
        break;
    case REUSE_FOUND:
        write_entry(self, out, change);
        scribe_number(out, change->kept != NULL);
        scribe_name(out, change->kept ? change->kept->hash : 0);
        break;
    case REUSE_OPENED: write_entry(self, out, change); break;
    case REUSE_CLOSED:
        scribe_number(out, change->is_special);
        scribe_number(out, change->entry);
        write_kept(recording, out, change->kept);
        break;
    }
}

static void write_cases(struct scribe *out, const struct engine_function *function)
{
    scribe_number(out, function->cases.count);
    for (uint32_t c = 0; c < function->cases.count; c++) {
        const struct engine_case *words = &function->cases.items[c];

        scribe_text(out, words->result);
        scribe_number(out, words->events.count);
        for (uint32_t e = 0; e < words->events.count; e++) {
            scribe_text(out, words->events.items[e].effect);
            scribe_text(out, words->events.items[e].routine);
            scribe_text(out, words->events.items[e].subject);
            scribe_text(out, words->events.items[e].mapping);
        }
    }
}

static void write_function(struct reuse *self, struct scribe *out, const struct kept *kept)
{
    ir_id function = self->recording.function;
    const struct engine_function *result = &self->engine->result->functions[function];

    write_kept(&self->recording, out, kept);
    write_cases(out, result);
    scribe_number(out, self->engine->leaves[function]);
    scribe_number(out, result->is_given_up);
    scribe_number(out, self->recording.steps);
    scribe_number(out, self->recording.memory);
}

static void write_head(struct reuse *self, struct scribe *out, const struct scribe *body)
{
    struct reuse_recording *recording = &self->recording;

    scribe_name(out, recording->name);
    scribe_number(out, recording->asked.count);
    for (uint32_t a = 0; a < recording->asked.count; a++) {
        const struct reuse_asked *asked = &recording->asked.items[a];

        scribe_number(out, asked->question);
        if (asked->question == REUSE_STORES || asked->question == REUSE_MEMBERS)
            scribe_record(out, asked->about);
        else if (asked->question == REUSE_HANDLES)
            scribe_global(out, asked->about);
        else
            scribe_function(out, asked->question == REUSE_NUMBERING ? IR_NONE : asked->about);
        scribe_name(out, asked->answer);
    }
    scribe_number(out, body->locs.count);
    for (uint32_t l = 0; l < body->locs.count; l++) {
        struct reuse_source source = {0};
        uint32_t index = 0;

        if (word_map_get(&recording->locs, body->locs.items[l], &index))
            source = recording->sources.items[index];
        else
            recording->is_bad = true;
        scribe_number(out, source.origin);
        scribe_number(out, source.index);
        scribe_number(out, source.number);
    }
    scribe_name(out, reuse_pattern(self, body->locs.items, body->locs.count));
}

static void write_body(struct reuse *self, struct scribe *out, const struct kept *kept)
{
    struct reuse_recording *recording = &self->recording;

    scribe_number(out, recording->changes.count);
    for (uint32_t c = 0; c < recording->changes.count; c++)
        write_change(self, out, &recording->changes.items[c]);
    write_function(self, out, kept);
}

void reuse_write_row(struct reuse *self, const struct kept *kept)
{
    struct reuse_recording *recording = &self->recording;
    struct scribe head, body;
    struct strbuf row, part;

    strbuf_init(&row);
    strbuf_init(&part);
    scribe_init(&head, &self->names);
    scribe_init(&body, &self->names);
    write_body(self, &body, kept);
    write_head(self, &head, &body);
    scribe_finish(&head, &part);
    blob_begin(&row, REUSE_MAGIC, self->memory->maker);
    blob_bytes(&row, part.data, part.length);
    strbuf_clear(&part);
    scribe_finish(&body, &part);
    strbuf_add(&row, part.data, part.length);
    blob_end(&row);
    if (!recording->is_bad && !head.is_bad && !body.is_bad)
        self->memory->put(self->memory->context, recording->slot, &row);
    scribe_release(&head);
    scribe_release(&body);
    strbuf_release(&row);
    strbuf_release(&part);
}
