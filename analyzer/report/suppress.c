/*
 * suppress.c - finding the suppressing comments and pragmas of a file, and matching them with findings.
 *
 * A scanner that knows no more of C than where comments, strings and directives begin and end walks the text once. It
 * collects the suppressions and which lines hold code; only then is known which line each of them speaks of.
 */
#include "report/suppress.h"

#include <assert.h>
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "report/quote.h"

#define MARKER "mdlguard-suppress"
#define MAX_RULES 16

struct suppression {
    uint32_t line, column;
    uint32_t last_line; /* of the comment */
    const char *rules[MAX_RULES];
    bool is_used[MAX_RULES];
    uint32_t rule_count;
    const char *reason; /* NULL: none given */
};

struct scanner {
    const struct finding_report *report;
    struct arena *arena;
    const char *text, *end;
    const char *at, *line_start;
    uint32_t line;
    bool *has_code; /* by line number */
    VEC(struct suppression) found;
};

static void step(struct scanner *self)
{
    assert(self->at < self->end);
    if (*self->at++ == '\n') {
        self->line++;
        self->line_start = self->at;
    }
}

static bool looking_at(const struct scanner *self, const char *text)
{
    size_t length = strlen(text);

    return (size_t)(self->end - self->at) >= length && memcmp(self->at, text, length) == 0;
}

/* ---- the words of a suppression ---- */

/* NULL: there is no such rule. */
static const struct finding_rule *find_rule(const struct finding_report *report, const char *id, size_t length)
{
    for (uint32_t i = 0; i < report->rule_count; i++)
        if (strlen(report->rules[i].id) == length && memcmp(report->rules[i].id, id, length) == 0)
            return &report->rules[i];
    return NULL;
}

/* Length of the rule's id at TEXT: MDLnnn, or one of a pack in force. 0: there is none; other tools have numbers, too. */
static size_t rule_length(const struct scanner *self, const char *text, const char *end)
{
    const char *number = text, *after;

    while (number < end && isupper((unsigned char)*number))
        number++;
    for (after = number; after < end && isdigit((unsigned char)*after);)
        after++;
    if (number == text || after == number || (after < end && isalnum((unsigned char)*after)))
        return 0;
    bool is_ours = number - text == 3 && after - number == 3 && memcmp(text, "MDL", 3) == 0;
    size_t length = (size_t)(after - text);
    return is_ours || find_rule(self->report, text, length) ? length : 0;
}

static void add_rule(struct scanner *self, struct suppression *suppression, const char *text, size_t length)
{
    if (suppression->rule_count < MAX_RULES)
        suppression->rules[suppression->rule_count++] = arena_strndup(self->arena, text, length);
}

/* The text from TEXT to END (or the line's end) without blanks and PUNCTUATION at its ends; NULL when nothing is left.
 * */
static const char *trimmed(struct scanner *self, const char *text, const char *end, const char *punctuation)
{
    const char *newline = memchr(text, '\n', (size_t)(end - text));

    if (newline)
        end = newline;
    while (text < end && (isspace((unsigned char)*text) || strchr(punctuation, *text)))
        text++;
    while (end > text && (isspace((unsigned char)end[-1]) || strchr(punctuation, end[-1])))
        end--;
    return text < end ? arena_strndup(self->arena, text, (size_t)(end - text)) : NULL;
}

/* "MDL002, MDL003: reason" */
static void parse_comment(struct scanner *self, struct suppression *suppression, const char *text, const char *end)
{
    size_t length = 0;

    while (text < end && (*text == ' ' || *text == '\t' || *text == ',' || (length = rule_length(self, text, end)))) {
        if (length)
            add_rule(self, suppression, text, length);
        text += length ? length : 1;
        length = 0;
    }
    if (text < end && *text == ':')
        suppression->reason = trimmed(self, text + 1, end, "");
}

/* What follows "suppress:" in a pragma: rules anywhere, the reason in quotes or after the last rule. */
static void parse_pragma(struct scanner *self, struct suppression *suppression, const char *text, const char *end)
{
    const char *after = text, *last = text, *quote, *close;

    if (text >= end)
        return;
    quote = memchr(text, '"', (size_t)(end - text));
    for (const char *c = text; c < end; c++) {
        size_t length = c > text && isalnum((unsigned char)c[-1]) ? 0 : rule_length(self, c, end);
        if (!length)
            continue;
        add_rule(self, suppression, c, length);
        last = c;
        after = c + length;
    }
    close = quote ? memchr(quote + 1, '"', (size_t)(end - quote - 1)) : NULL;
    if (close && after < close) {
        bool is_inside = after > quote;

        /* "MDL002: reason" or, when the rule closes the text, "reason (MDL002)". */
        suppression->reason = trimmed(self, is_inside ? after : quote + 1, close, ":,;()");
        if (!suppression->reason && is_inside)
            suppression->reason = trimmed(self, quote + 1, last, ":,;()");
    } else {
        suppression->reason = trimmed(self, after, end, ":,;()\"*/");
    }
}

/* ---- comments, strings, directives ---- */

static void take_comment(struct scanner *self, const char *start, const char *end, uint32_t line, uint32_t column)
{
    struct suppression suppression = {.line = line, .column = column, .last_line = self->line};
    const char *text = start + 2;

    if (end - start >= 4 && start[1] == '*' && end[-1] == '/' && end[-2] == '*')
        end -= 2;
    while (text < end && (isspace((unsigned char)*text) || strchr("/*!", *text)))
        text++;
    if ((size_t)(end - text) < strlen(MARKER) || memcmp(text, MARKER, strlen(MARKER)) != 0)
        return;
    parse_comment(self, &suppression, text + strlen(MARKER), end);
    VEC_PUSH_IN(self->arena, &self->found, suppression);
}

static void scan_comment(struct scanner *self)
{
    const char *start = self->at;
    uint32_t line = self->line, column = (uint32_t)(start - self->line_start) + 1;
    bool is_block = start[1] == '*';

    self->at += 2;
    while (self->at < self->end && !(is_block ? looking_at(self, "*/") : *self->at == '\n'))
        step(self);
    if (is_block && self->at < self->end)
        self->at += 2;
    take_comment(self, start, self->at, line, column);
}

/* A literal ends at its quote, at latest at the line's end: text in an #if 0 need not be C. */
static void scan_literal(struct scanner *self)
{
    char quote = *self->at;

    self->at++;
    while (self->at < self->end && *self->at != quote && *self->at != '\n') {
        if (*self->at == '\\' && self->at + 1 < self->end)
            step(self);
        step(self);
    }
    if (self->at < self->end && *self->at == quote)
        self->at++;
}

static const char *skip_blanks(const char *text, const char *end)
{
    while (text < end && (*text == ' ' || *text == '\t'))
        text++;
    return text;
}

/* The text after WORD and blanks, or NULL when TEXT does not begin with it. */
static const char *after_word(const char *text, const char *end, const char *word)
{
    size_t length = strlen(word);

    if (!text || (size_t)(end - text) < length || memcmp(text, word, length) != 0)
        return NULL;
    return skip_blanks(text + length, end);
}

/* What stands after "suppress:" in the directive at TEXT, or NULL when it is none that suppresses. */
static const char *pragma_text(const char *text, const char *end)
{
    const char *pragma = after_word(after_word(text, end, "#"), end, "pragma");
    const char *rest = after_word(pragma, end, "warning");

    if (!rest)
        rest = after_word(pragma, end, "prefast");
    return after_word(after_word(after_word(rest, end, "("), end, "suppress"), end, ":");
}

/* A directive that suppresses is taken whole; other lines that begin with '#' are code. */
static bool scan_pragma(struct scanner *self)
{
    struct suppression suppression = {.line = self->line, .last_line = self->line};
    const char *end = memchr(self->at, '\n', (size_t)(self->end - self->at));
    const char *text;

    if (!end)
        end = self->end;
    text = pragma_text(self->at, end);
    if (!text)
        return false;
    suppression.column = (uint32_t)(self->at - self->line_start) + 1;
    parse_pragma(self, &suppression, text, end);
    if (suppression.rule_count > 0)
        VEC_PUSH_IN(self->arena, &self->found, suppression);
    self->at = end;
    return true;
}

static bool is_digit_separator(const struct scanner *self)
{
    const char *c = self->at;

    if (*c != '\'')
        return false;
    while (c > self->line_start && (isalnum((unsigned char)c[-1]) || c[-1] == '\'' || c[-1] == '_'))
        c--;
    return isdigit((unsigned char)*c);
}

static void scan(struct scanner *self)
{
    while (self->at < self->end) {
        if (looking_at(self, "//") || looking_at(self, "/*")) {
            scan_comment(self);
        } else if (*self->at == '#' && !self->has_code[self->line] && scan_pragma(self)) {
            continue;
        } else if (isspace((unsigned char)*self->at)) {
            step(self);
        } else {
            self->has_code[self->line] = true;
            if ((*self->at == '"' || *self->at == '\'') && !is_digit_separator(self))
                scan_literal(self);
            else
                step(self);
        }
    }
}

/* ---- matching ---- */

static void add_note(struct scanner *self, struct suppress_notes *notes, const char *file,
                     const struct suppression *suppression, const char *text)
{
    struct suppress_note note = {file, suppression->line, suppression->column, text};

    VEC_PUSH_IN(self->arena, &notes->list, note);
}

/* The line that SUPPRESSION speaks of, besides its own. */
static uint32_t covered_line(const struct scanner *self, const struct suppression *suppression)
{
    uint32_t line = suppression->last_line;

    if (self->has_code[suppression->line] || self->has_code[line])
        return line;
    while (line < self->line && !self->has_code[line])
        line++;
    return line;
}

static bool covers(const struct finding *finding, uint32_t line)
{
    uint32_t last = finding->at.end_line > finding->at.line ? finding->at.end_line : finding->at.line;

    return line >= finding->at.line && line <= last;
}

static void apply(struct scanner *self, struct finding_report *report, const char *file,
                  struct suppression *suppression)
{
    uint32_t line = covered_line(self, suppression);

    for (uint32_t i = 0; i < report->findings.count; i++) {
        struct finding *finding = &report->findings.items[i];

        if (strcmp(finding->at.file, file) != 0 || !(covers(finding, line) || covers(finding, suppression->line)))
            continue;
        for (uint32_t r = 0; r < suppression->rule_count; r++) {
            if (strcmp(finding->rule, suppression->rules[r]) != 0)
                continue;
            suppression->is_used[r] = true;
            if (!finding->is_suppressed) {
                finding->is_suppressed = true;
                finding->suppression = suppression->reason;
            }
        }
    }
}

static void handle(struct scanner *self, struct finding_report *report, const char *file,
                   struct suppression *suppression, struct suppress_notes *notes)
{
    if (suppression->rule_count == 0) {
        add_note(self, notes, file, suppression,
                 "suppression ignored: it names no rule; write '" MARKER " MDLnnn: reason'");
        return;
    }
    if (!suppression->reason) {
        add_note(self, notes, file, suppression,
                 arena_printf(self->arena,
                              "suppression of %s ignored: it gives no reason; write '" MARKER " %s: reason'",
                              suppression->rules[0], suppression->rules[0]));
        return;
    }
    apply(self, report, file, suppression);
    for (uint32_t r = 0; r < suppression->rule_count; r++) {
        const struct finding_rule *rule = find_rule(report, suppression->rules[r], strlen(suppression->rules[r]));
        if (!suppression->is_used[r] && !(rule && rule->is_off))
            add_note(self, notes, file, suppression,
                     arena_printf(self->arena, "suppression of %s suppresses nothing", suppression->rules[r]));
    }
}

static bool mentions_suppress(const char *text, size_t length)
{
    static const char word[] = "suppress";

    return memmem(text, length, word, sizeof(word) - 1) != NULL;
}

void report_suppress_text(struct finding_report *report, struct arena *arena, const char *file, const char *text,
                          size_t length, struct suppress_notes *notes)
{
    struct scanner scanner = {
        .report = report, .arena = arena, .text = text, .end = text + length, .at = text, .line_start = text, .line = 1};
    size_t lines = 2;

    if (!mentions_suppress(text, length))
        return;
    for (size_t i = 0; i < length; i++)
        lines += text[i] == '\n';
    scanner.has_code = ARENA_NEW_ARRAY(arena, bool, lines);
    scan(&scanner);
    for (uint32_t i = 0; i < scanner.found.count; i++)
        handle(&scanner, report, file, &scanner.found.items[i], notes);
}

void report_suppress(struct finding_report *report, struct arena *arena, const char *const *files, uint32_t count,
                     struct suppress_notes *notes)
{
    for (uint32_t i = 0; i < count; i++) {
        struct arena reading;
        const char *text;
        size_t length;

        arena_init(&reading);
        text = quote_read(&reading, files[i], &length);
        if (text)
            report_suppress_text(report, arena, files[i], text, length, notes);
        arena_release(&reading);
    }
}
