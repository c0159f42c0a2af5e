/*
 * args_cl.c - arguments of cl.exe and clang-cl, translated one by one to clang's own.
 *
 * clang could read them itself (--driver-mode=cl), but refuses in that mode what the front end adds and what cl tolerates. The Windows
 * target given by args.c switches the Microsoft extensions on, so only what differs from their defaults is translated. Options that
 * no row names are dropped; clang-cl also takes clang's own, which go to args_gnu.c.
 */
#include "project/args_int.h"

#include <string.h>

#include "project/project.h"

#define OPTION_COUNT(table) ((uint32_t)(sizeof(table) / sizeof((table)[0])))

/* Names without their '/' or '-'; longer names stand before their prefixes. */
static const struct args_option cl_options[] = {
    {"external:I", ARGS_EITHER, ARGS_PATH, "-isystem"},
    {"imsvc", ARGS_EITHER, ARGS_PATH, "-isystem"},
    {"I", ARGS_EITHER, ARGS_PATH, "-I"},
    {"FI", ARGS_EITHER, ARGS_PATH, "-include"},
    {"D", ARGS_EITHER, ARGS_MACRO, "-D"},
    {"U", ARGS_EITHER, ARGS_VALUE, "-U"},
    {"std:", ARGS_PREFIX, ARGS_STANDARD, NULL},
    {"clang:", ARGS_PREFIX, ARGS_FOR_CLANG, NULL},
    {"Xclang", ARGS_SEPARATE, ARGS_FOR_CC1, NULL},
    {"TP", ARGS_EXACT, ARGS_TEXT, "-xc++"},
    {"TC", ARGS_EXACT, ARGS_TEXT, "-xc"},
    {"Tp", ARGS_EITHER, ARGS_INPUT, "-xc++"},
    {"Tc", ARGS_EITHER, ARGS_INPUT, "-xc"},
    {"Zp", ARGS_PREFIX, ARGS_VALUE, "-fpack-struct="},
    {"Zc:wchar_t-", ARGS_EXACT, ARGS_TEXT, "-Xclang -fno-wchar"},
    {"Zc:char8_t-", ARGS_EXACT, ARGS_TEXT, "-fno-char8_t"},
    {"Zc:char8_t", ARGS_EXACT, ARGS_TEXT, "-fchar8_t"},
    {"Zc:twoPhase-", ARGS_EXACT, ARGS_TEXT, "-fdelayed-template-parsing"},
    {"Zc:twoPhase", ARGS_EXACT, ARGS_TEXT, "-fno-delayed-template-parsing"},
    {"Zc:trigraphs", ARGS_EXACT, ARGS_TEXT, "-ftrigraphs"},
    {"J", ARGS_EXACT, ARGS_TEXT, "-funsigned-char"},
    {"GR-", ARGS_EXACT, ARGS_TEXT, "-fno-rtti"},
    {"GX-", ARGS_EXACT, ARGS_DROP, NULL},
    {"kernel", ARGS_EXACT, ARGS_TEXT, "-D_KERNEL_MODE=1 -fno-rtti"},
    {"LDd", ARGS_EXACT, ARGS_TEXT, "-D_MT -D_DEBUG"},
    {"LD", ARGS_EXACT, ARGS_TEXT, "-D_MT"},
    {"MDd", ARGS_EXACT, ARGS_TEXT, "-D_MT -D_DLL -D_DEBUG"},
    {"MD", ARGS_EXACT, ARGS_TEXT, "-D_MT -D_DLL"},
    {"MTd", ARGS_EXACT, ARGS_TEXT, "-D_MT -D_DEBUG"},
    {"MT", ARGS_EXACT, ARGS_TEXT, "-D_MT"},
    {"X", ARGS_EXACT, ARGS_TEXT, "-nostdlibinc"},
    {"link", ARGS_EXACT, ARGS_END, NULL},
    /* with a value that must not be taken for an input */
    {"AI", ARGS_EITHER, ARGS_DROP, NULL},
    {"FU", ARGS_EITHER, ARGS_DROP, NULL},
    {"external:", ARGS_PREFIX, ARGS_DROP, NULL},
    {"o", ARGS_EITHER, ARGS_DROP, NULL},
    /* what clang-cl would otherwise pass on: outputs, precompiled headers, warnings, code generation */
    {"Y", ARGS_PREFIX, ARGS_DROP, NULL},
    {"F", ARGS_PREFIX, ARGS_DROP, NULL},
    {"W", ARGS_PREFIX, ARGS_DROP, NULL},
    {"w", ARGS_PREFIX, ARGS_DROP, NULL},
    {"Z", ARGS_PREFIX, ARGS_DROP, NULL},
    {"G", ARGS_PREFIX, ARGS_DROP, NULL},
    {"O", ARGS_PREFIX, ARGS_DROP, NULL},
    {"EH", ARGS_PREFIX, ARGS_DROP, NULL},
    {"E", ARGS_EXACT, ARGS_DROP, NULL},
    {"P", ARGS_EXACT, ARGS_DROP, NULL},
    {"c", ARGS_EXACT, ARGS_DROP, NULL},
    {"nologo", ARGS_EXACT, ARGS_DROP, NULL},
    {"showIncludes", ARGS_PREFIX, ARGS_DROP, NULL},
    {"diagnostics:", ARGS_PREFIX, ARGS_DROP, NULL},
    {"errorReport", ARGS_PREFIX, ARGS_DROP, NULL},
    {"permissive", ARGS_PREFIX, ARGS_DROP, NULL},
    {"utf-8", ARGS_EXACT, ARGS_DROP, NULL},
    {"source-charset", ARGS_PREFIX, ARGS_DROP, NULL},
    {"execution-charset", ARGS_PREFIX, ARGS_DROP, NULL},
    {"sdl", ARGS_PREFIX, ARGS_DROP, NULL},
    {"guard:", ARGS_PREFIX, ARGS_DROP, NULL},
    {"analyze", ARGS_PREFIX, ARGS_DROP, NULL},
    {"volatile:", ARGS_PREFIX, ARGS_DROP, NULL},
    {"fp:", ARGS_PREFIX, ARGS_DROP, NULL},
    {"bigobj", ARGS_EXACT, ARGS_DROP, NULL},
    {"Bt", ARGS_PREFIX, ARGS_DROP, NULL},
    {"d1", ARGS_PREFIX, ARGS_DROP, NULL},
    {"d2", ARGS_PREFIX, ARGS_DROP, NULL},
    {"openmp", ARGS_PREFIX, ARGS_DROP, NULL},
    {"arch:", ARGS_PREFIX, ARGS_DROP, NULL},
    {"RTC", ARGS_PREFIX, ARGS_DROP, NULL},
    {"Q", ARGS_PREFIX, ARGS_DROP, NULL},
    {"hotpatch", ARGS_EXACT, ARGS_DROP, NULL},
    {"vm", ARGS_PREFIX, ARGS_DROP, NULL},
    {"vd", ARGS_PREFIX, ARGS_DROP, NULL},
};

/* Macros of the WDK's build that say what is compiled for, when the compiler's own name did not. */
static void note_arch(struct args_state *self, const char *macro)
{
    static const struct {
        const char *name, *arch;
    } known[] = {{"_X86_", "i386"}, {"_ARM64_", "aarch64"}, {"_AMD64_", "x86_64"}};
    size_t length = strcspn(macro, "=#");
    for (size_t i = 0; i < OPTION_COUNT(known) && !self->cl_arch; i++)
        if (strlen(known[i].name) == length && strncmp(macro, known[i].name, length) == 0)
            self->cl_arch = known[i].arch;
}

/* "/DNAME#1" is what an environment variable, which cannot hold '=', would say. */
static void add_macro(struct args_state *self, const char *macro)
{
    note_arch(self, macro);
    char *text = arena_printf(self->arena, "-D%s", macro);
    char *sign = strpbrk(text, "=#");
    if (sign)
        *sign = '=';
    args_add(self, text);
}

/* Paths written with '\' must be found here too. */
static void add_path(struct args_state *self, const char *option, const char *value)
{
    char *path = arena_strdup(self->arena, value);
    for (char *p = path; *p; p++)
        if (*p == '\\')
            *p = '/';
    args_add(self, option);
    args_add(self, path);
}

/* TEXT holds one or more arguments separated by spaces. */
static void add_texts(struct args_state *self, const char *text)
{
    split_command(self->arena, SPLIT_SHELL, text, strlen(text), self->out);
}

/* cl ignores a C++ standard for C files and the other way round; clang would refuse the unit. */
static void add_standard(struct args_state *self, const char *standard)
{
    static const char *const versions[][2] = {
        {"c++14", "c++14"},     {"c++17", "c++17"}, {"c++20", "c++20"}, {"c++23preview", "c++23"},
        {"c++latest", "c++23"}, {"c11", "c11"},     {"c17", "c17"},     {"clatest", "c23"}};
    if ((strstr(standard, "++") != NULL) != self->is_cxx)
        return;
    for (size_t i = 0; i < OPTION_COUNT(versions); i++)
        if (strcmp(standard, versions[i][0]) == 0)
            args_add(self, arena_printf(self->arena, "-std=%s", versions[i][1]));
}

/* Hands ARG, and perhaps the argument behind it, to the translation of clang's own arguments. What that does not know is dropped
 * unless IS_CLANGS says that ARG is certainly clang's. */
static void translate_as_clang(struct args_state *self, const char *arg, bool is_clangs)
{
    const char *pair[2] = {arg, self->at < self->count ? self->in[self->at] : NULL};
    struct args_state inner = *self;
    inner.compiler = is_clangs ? ARGS_CLANG : ARGS_GCC;
    inner.in = pair;
    inner.count = pair[1] ? 2 : 1;
    inner.at = 0;
    args_translate_gnu(&inner);
    self->has_target = inner.has_target;
    self->at += inner.at > 1;
}

/* The value is read already; what stands behind it may belong to it (-Xclang -include-pch -Xclang FILE). */
static void translate_for_cc1(struct args_state *self)
{
    struct args_state inner = *self;
    inner.at = self->at - 2; /* -Xclang itself */
    args_translate_gnu(&inner);
    self->at = inner.at;
}

static void apply(struct args_state *self, const struct args_option *option, const char *value)
{
    value = args_take_value(self, option->shape, value);
    if (!value)
        return;
    switch (option->action) {
    case ARGS_PATH:
        add_path(self, option->text, value);
        break;
    case ARGS_MACRO:
        add_macro(self, value);
        break;
    case ARGS_VALUE:
        args_add(self, arena_printf(self->arena, "%s%s", option->text, *value ? value : "1"));
        break;
    case ARGS_TEXT:
    case ARGS_INPUT:
        add_texts(self, option->text);
        break;
    case ARGS_STANDARD:
        add_standard(self, value);
        break;
    case ARGS_FOR_CLANG:
        translate_as_clang(self, value, true);
        break;
    case ARGS_FOR_CC1:
        translate_for_cc1(self);
        break;
    case ARGS_END:
        self->at = self->count;
        break;
    default: /* dropped */
        break;
    }
}

/* On Unix an input can look like an option: "/home/x/dma.c". */
static bool is_input(const struct args_state *self, const char *arg)
{
    if (arg[0] != '-' && arg[0] != '/')
        return true;
    return arg[0] == '/' && strcmp(project_path(self->arena, self->directory, arg), self->file) == 0;
}

void args_translate_cl(struct args_state *self)
{
    const char *arg = self->in[self->at++], *value = "";
    if (is_input(self, arg) || !arg[1])
        return;
    if (strcmp(arg, "--") == 0) {
        self->at = self->count;
        return;
    }
    bool is_clang = self->compiler == ARGS_CLANG_CL && arg[0] == '-';
    bool is_long = is_clang && (arg[1] == '-' || strncmp(arg, "-f", 2) == 0 || strncmp(arg, "-m", 2) == 0);
    const struct args_option *option =
        is_long ? NULL : args_find(cl_options, OPTION_COUNT(cl_options), arg + 1, &value);
    if (option)
        apply(self, option, value);
    else if (is_clang)
        translate_as_clang(self, arg, is_long);
}
