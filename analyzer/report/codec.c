/*
 * codec.c - writing and reading of reports; each pair of functions lists the fields of one struct in one order.
 */
#include "report/codec.h"

#include <assert.h>

#define NUMBER sizeof(uint64_t)

/* Whoever adds a member decides here whether it has to be encoded. */
static_assert(sizeof(void *) != 8 || (sizeof(struct finding) == 128 && sizeof(struct finding_step) == 48 &&
                                      sizeof(struct finding_gap) == 32 && sizeof(struct finding_rule) == 64 && sizeof(struct suppress_note) == 24),
              "the codec knows all members");

static void encode_range(const struct finding_range *range, struct strbuf *out)
{
    blob_text(out, range->file);
    blob_number(out, range->line);
    blob_number(out, range->column);
    blob_number(out, range->end_line);
    blob_number(out, range->end_column);
}

static void decode_range(struct blob_reader *in, struct arena *arena, struct finding_range *range)
{
    range->file = blob_read_text(in, arena);
    range->line = (uint32_t)blob_read_number(in);
    range->column = (uint32_t)blob_read_number(in);
    range->end_line = (uint32_t)blob_read_number(in);
    range->end_column = (uint32_t)blob_read_number(in);
}

static void encode_step(const struct finding_step *step, struct strbuf *out)
{
    encode_range(&step->at, out);
    blob_text(out, step->message);
    blob_text(out, step->function);
    blob_number(out, step->depth);
    blob_number(out, step->is_event);
}

static struct finding_step decode_step(struct blob_reader *in, struct arena *arena)
{
    struct finding_step step = {0};
    decode_range(in, arena, &step.at);
    step.message = blob_read_text(in, arena);
    step.function = blob_read_text(in, arena);
    step.depth = (uint32_t)blob_read_number(in);
    step.is_event = blob_read_number(in) != 0;
    return step;
}

static void encode_finding(const struct finding *finding, struct strbuf *out)
{
    blob_text(out, finding->rule);
    blob_text(out, finding->name);
    blob_number(out, finding->level);
    blob_text(out, finding->message);
    encode_range(&finding->at, out);
    blob_text(out, finding->function);
    blob_number(out, finding->steps.count);
    for (uint32_t i = 0; i < finding->steps.count; i++)
        encode_step(&finding->steps.items[i], out);
    blob_number(out, finding->related.count);
    for (uint32_t i = 0; i < finding->related.count; i++)
        encode_step(&finding->related.items[i], out);
    blob_text(out, finding->fingerprint);
    blob_number(out, finding->is_suppressed);
    blob_number(out, finding->is_suppressed_externally);
    blob_text(out, finding->suppression);
    blob_number(out, finding->is_baselined);
    blob_number(out, finding->is_confirmed);
}

static struct finding decode_finding(struct blob_reader *in, struct arena *arena)
{
    struct finding finding = {0};
    finding.rule = blob_read_text(in, arena);
    finding.name = blob_read_text(in, arena);
    finding.level = (enum finding_level)blob_read_number(in);
    finding.message = blob_read_text(in, arena);
    decode_range(in, arena, &finding.at);
    finding.function = blob_read_text(in, arena);
    for (uint32_t left = blob_read_count(in, NUMBER); left && !in->is_bad; left--)
        VEC_PUSH_IN(arena, &finding.steps, decode_step(in, arena));
    for (uint32_t left = blob_read_count(in, NUMBER); left && !in->is_bad; left--)
        VEC_PUSH_IN(arena, &finding.related, decode_step(in, arena));
    finding.fingerprint = blob_read_text(in, arena);
    finding.is_suppressed = blob_read_number(in) != 0;
    finding.is_suppressed_externally = blob_read_number(in) != 0;
    finding.suppression = blob_read_text(in, arena);
    finding.is_baselined = blob_read_number(in) != 0;
    finding.is_confirmed = blob_read_number(in) != 0;
    in->is_bad |= finding.level > FINDING_ERROR;
    return finding;
}

static void encode_gap(const struct finding_gap *gap, struct strbuf *out)
{
    blob_text(out, gap->file);
    blob_number(out, gap->line);
    blob_number(out, gap->column);
    blob_text(out, gap->text);
    blob_number(out, gap->is_partial);
}

static struct finding_gap decode_gap(struct blob_reader *in, struct arena *arena)
{
    struct finding_gap gap = {.file = blob_read_text(in, arena)};
    gap.line = (uint32_t)blob_read_number(in);
    gap.column = (uint32_t)blob_read_number(in);
    gap.text = blob_read_text(in, arena);
    gap.is_partial = blob_read_number(in) != 0;
    return gap;
}

static void encode_note(const struct suppress_note *note, struct strbuf *out)
{
    blob_text(out, note->file);
    blob_number(out, note->line);
    blob_number(out, note->column);
    blob_text(out, note->text);
}

static struct suppress_note decode_note(struct blob_reader *in, struct arena *arena)
{
    struct suppress_note note = {.file = blob_read_text(in, arena)};
    note.line = (uint32_t)blob_read_number(in);
    note.column = (uint32_t)blob_read_number(in);
    note.text = blob_read_text(in, arena);
    return note;
}

void report_encode(const struct finding_report *report, const struct suppress_notes *notes, struct strbuf *out)
{
    blob_number(out, report->unit_count);
    blob_number(out, report->function_count);
    blob_number(out, report->findings.count);
    for (uint32_t i = 0; i < report->findings.count; i++)
        encode_finding(&report->findings.items[i], out);
    blob_number(out, report->gaps.count);
    for (uint32_t i = 0; i < report->gaps.count; i++)
        encode_gap(&report->gaps.items[i], out);
    blob_number(out, notes->list.count);
    for (uint32_t i = 0; i < notes->list.count; i++)
        encode_note(&notes->list.items[i], out);
}

void report_decode(struct blob_reader *in, struct arena *arena, struct finding_report *report,
                   struct suppress_notes *notes)
{
    report->unit_count = (uint32_t)blob_read_number(in);
    report->function_count = (uint32_t)blob_read_number(in);
    for (uint32_t left = blob_read_count(in, NUMBER); left && !in->is_bad; left--)
        VEC_PUSH_IN(arena, &report->findings, decode_finding(in, arena));
    for (uint32_t left = blob_read_count(in, NUMBER); left && !in->is_bad; left--)
        VEC_PUSH_IN(arena, &report->gaps, decode_gap(in, arena));
    for (uint32_t left = blob_read_count(in, NUMBER); left && !in->is_bad; left--)
        VEC_PUSH_IN(arena, &notes->list, decode_note(in, arena));
}

void report_encode_rules(const struct finding_report *report, struct strbuf *out)
{
    blob_number(out, report->rule_count);
    for (uint32_t i = 0; i < report->rule_count; i++) {
        const struct finding_rule *rule = &report->rules[i];
        blob_text(out, rule->id);
        blob_text(out, rule->name);
        blob_number(out, rule->level);
        blob_text(out, rule->summary);
        blob_text(out, rule->help);
        blob_text(out, rule->cwe);
        blob_text(out, rule->security_severity);
        blob_number(out, rule->is_off);
    }
}

static struct finding_rule decode_rule(struct blob_reader *in, struct arena *arena)
{
    struct finding_rule rule = {.id = blob_read_text(in, arena)};
    rule.name = blob_read_text(in, arena);
    rule.level = (enum finding_level)blob_read_number(in);
    rule.summary = blob_read_text(in, arena);
    rule.help = blob_read_text(in, arena);
    rule.cwe = blob_read_text(in, arena);
    rule.security_severity = blob_read_text(in, arena);
    rule.is_off = blob_read_number(in) != 0;
    in->is_bad |= rule.level > FINDING_ERROR || !rule.id || !rule.name;
    return rule;
}

void report_decode_rules(struct blob_reader *in, struct arena *arena, struct finding_report *report)
{
    VEC(struct finding_rule) rules = {0};
    for (uint32_t left = blob_read_count(in, NUMBER); left && !in->is_bad; left--)
        VEC_PUSH_IN(arena, &rules, decode_rule(in, arena));
    report->rules = rules.items;
    report->rule_count = rules.count;
}
