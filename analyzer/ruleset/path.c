/*
 * path.c - access paths: what a routine's argument or result leads to.
 *
 *   path = "*"* base ( "->" name | "." name )*      base = "arg" number | "return" | "$" (in annotations: what is annotated)
 *
 * As in C the stars bind last: "*arg1->out" is what the pointer in the member `out` points to.
 */
#include <ctype.h>
#include <string.h>

#include "ruleset/pack.h"

#define ARG_MAX (PACK_ARGS_MAX - 1)
#define STEP_MAX 8

struct steps {
    struct ruleset_step items[STEP_MAX];
    uint32_t count;
};

static bool add_step(struct steps *steps, bool is_deref, const char *field)
{
    if (steps->count == STEP_MAX)
        return false;
    steps->items[steps->count++] = (struct ruleset_step){.is_deref = is_deref, .field = field};
    return true;
}

static const char *parse_base(const char *p, struct ruleset_path *out)
{
    if (strncmp(p, "return", 6) == 0) {
        out->root = RULESET_RETURN;
        return p + 6;
    }
    if (*p == '$') {
        out->root = RULESET_HERE;
        return p + 1;
    }
    if (strncmp(p, "arg", 3) != 0 || !isdigit((unsigned char)p[3]))
        return NULL;
    out->root = RULESET_ARG;
    for (p += 3; isdigit((unsigned char)*p) && out->arg <= ARG_MAX; p++)
        out->arg = out->arg * 10 + (uint32_t)(*p - '0');
    return out->arg <= ARG_MAX ? p : NULL;
}

static size_t name_length(const char *p)
{
    size_t length = 0;

    if (isalpha((unsigned char)*p) || *p == '_')
        while (isalnum((unsigned char)p[length]) || p[length] == '_')
            length++;
    return length;
}

static const char *parse_members(const char *p, struct arena *arena, struct steps *steps)
{
    while (*p) {
        bool is_arrow = strncmp(p, "->", 2) == 0;
        size_t length;
        if (!is_arrow && *p != '.')
            return "after the base come '->member' or '.member' only";
        p += is_arrow ? 2 : 1;
        length = name_length(p);
        if (!length)
            return "a member's name is missing after '->' or '.'";
        if ((is_arrow && !add_step(steps, true, NULL)) || !add_step(steps, false, arena_strndup(arena, p, length)))
            return "it is too long";
        p += length;
    }
    return NULL;
}

bool path_parse(const char *text, struct arena *arena, struct ruleset_path *out, const char **why)
{
    struct steps steps = {0};
    const char *p = text + strspn(text, "*");
    size_t stars = (size_t)(p - text);

    *out = (struct ruleset_path){.text = arena_strdup(arena, text)};
    *why = NULL;
    p = parse_base(p, out);
    if (!p)
        *why = "it has to begin with arg0 to arg31 or return";
    else
        *why = parse_members(p, arena, &steps);
    while (!*why && stars-- > 0)
        if (!add_step(&steps, true, NULL))
            *why = "it is too long";
    if (*why)
        return false;
    out->step_count = steps.count;
    out->steps = steps.count ? arena_copy(arena, steps.items, steps.count * sizeof(steps.items[0])) : NULL;
    return true;
}

bool pack_path(struct pack *self, const struct yaml_node *node, struct ruleset_path *out)
{
    const char *why, *text = pack_text(self, node, "an access path");

    *out = (struct ruleset_path){0};
    if (!text)
        return false;
    if (!path_parse(text, self->set->arena, out, &why)) {
        pack_problem(self, node, "'%s' is not an access path: %s", text, why);
        return false;
    }
    if (out->root == RULESET_HERE && !self->is_annotation) {
        pack_problem(self, node, "'%s': only annotations have '$', what is annotated", text);
        return false;
    }
    if (out->root != RULESET_ARG || out->arg < self->arg_count)
        return true;
    pack_problem(self, node, "'%s': there is no arg%u, the routine has %u argument%s ('args')", text, out->arg,
                 self->arg_count, self->arg_count == 1 ? "" : "s");
    return false;
}
