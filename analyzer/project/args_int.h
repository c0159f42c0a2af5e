/*
 * args_int.h - shared by the files that translate arguments: args.c (compilers, common part), args_gnu.c, args_cl.c.
 */
#ifndef MDLGUARD_PROJECT_ARGS_INT_H
#define MDLGUARD_PROJECT_ARGS_INT_H

#include "project/args.h"

enum args_shape {
    ARGS_EXACT,    /* -c */
    ARGS_PREFIX,   /* -W… */
    ARGS_SEPARATE, /* -Xlinker VALUE */
    ARGS_EITHER,   /* -I VALUE, -IVALUE */
};

enum args_action {
    ARGS_KEEP,
    ARGS_DROP,
    ARGS_STANDARD,      /* kept when it fits the language */
    ARGS_INCLUDE,       /* kept; must not become a precompiled header */
    ARGS_INCLUDE_PCH,   /* replaced by the header it was made from */
    ARGS_FOR_CC1,       /* -Xclang VALUE */
    ARGS_PREPROCESSOR,  /* -Wp,A,B */
    ARGS_LANGUAGE,      /* -x VALUE */
    /* cl only */
    ARGS_VALUE,         /* `text` and the value as one argument */
    ARGS_PATH,          /* `text` (if any) and the value, which is a path, as two */
    ARGS_MACRO,         /* /D: the first '#' is an '=' */
    ARGS_TEXT,          /* `text` alone */
    ARGS_INPUT,         /* /Tc FILE: an input with the language `text` */
    ARGS_FOR_CLANG,     /* /clang:VALUE */
    ARGS_END,           /* /link: the rest is for the linker */
};

struct args_option {
    const char *name; /* with its dashes for gnu, without the slash for cl */
    enum args_shape shape;
    enum args_action action;
    const char *text; /* cl: what it becomes */
};

/* A translation under way. */
struct args_state {
    struct arena *arena;
    const char *directory, *file;
    enum args_compiler compiler;
    bool is_cxx;           /* the unit is C++ */
    bool has_target;
    const char *cl_arch;   /* cl: "x86_64", "i386" …, when something named it */
    const char *const *in; /* response files expanded, compiler removed */
    uint32_t count, at;
    struct text_list *out;
};

/* The first of the COUNT OPTIONS that ARG is, or NULL; *value is what follows the name inside ARG ("" when nothing does). */
const struct args_option *args_find(const struct args_option *options, uint32_t count, const char *arg,
                                    const char **value);
/* VALUE, or the next argument when the option's shape takes it from there; moves on. NULL at the end. */
const char *args_take_value(struct args_state *self, enum args_shape shape, const char *value);
void args_add(struct args_state *self, const char *arg);

/* Translates the argument at self->at and moves behind it. */
void args_translate_gnu(struct args_state *self);
void args_translate_cl(struct args_state *self);

#endif
