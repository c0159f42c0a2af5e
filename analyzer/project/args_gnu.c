/*
 * args_gnu.c - arguments of clang and gcc.
 *
 * The table names what is dropped and what takes a value; what it does not name is kept for clang (it is clang's own) and
 * dropped for gcc. The order of the rows matters: the first that fits is taken, so long names stand before their prefixes.
 */
#include "project/args_int.h"

#include <string.h>

#include "project/path.h"
#include "project/project.h"

#define OPTION_COUNT(table) ((uint32_t)(sizeof(table) / sizeof((table)[0])))

static const struct args_option gnu_options[] = {
    /* what the source sees */
    {"-include-pch", ARGS_SEPARATE, ARGS_INCLUDE_PCH, NULL},
    {"-include", ARGS_EITHER, ARGS_INCLUDE, NULL},
    {"-imacros", ARGS_EITHER, ARGS_KEEP, NULL},
    {"-isystem", ARGS_EITHER, ARGS_KEEP, NULL},
    {"-isysroot", ARGS_EITHER, ARGS_KEEP, NULL},
    {"-iquote", ARGS_EITHER, ARGS_KEEP, NULL},
    {"-idirafter", ARGS_EITHER, ARGS_KEEP, NULL},
    {"-iframework", ARGS_EITHER, ARGS_KEEP, NULL},
    {"-iprefix", ARGS_EITHER, ARGS_KEEP, NULL},
    {"-iwithprefixbefore", ARGS_EITHER, ARGS_KEEP, NULL},
    {"-iwithprefix", ARGS_EITHER, ARGS_KEEP, NULL},
    {"-ivfsoverlay", ARGS_EITHER, ARGS_KEEP, NULL},
    {"-index-store-path", ARGS_SEPARATE, ARGS_DROP, NULL},
    {"-I", ARGS_EITHER, ARGS_KEEP, NULL},
    {"-D", ARGS_EITHER, ARGS_KEEP, NULL},
    {"-U", ARGS_EITHER, ARGS_KEEP, NULL},
    {"-F", ARGS_EITHER, ARGS_KEEP, NULL},
    {"-x", ARGS_EITHER, ARGS_LANGUAGE, NULL},
    {"-std=", ARGS_PREFIX, ARGS_STANDARD, NULL},
    {"--std=", ARGS_PREFIX, ARGS_STANDARD, NULL},
    {"-target", ARGS_SEPARATE, ARGS_KEEP, NULL},
    {"--target=", ARGS_PREFIX, ARGS_KEEP, NULL},
    {"--sysroot", ARGS_EITHER, ARGS_KEEP, NULL},
    {"-arch", ARGS_SEPARATE, ARGS_KEEP, NULL},
    {"-resource-dir", ARGS_SEPARATE, ARGS_KEEP, NULL},
    {"-working-directory", ARGS_EITHER, ARGS_KEEP, NULL},
    {"-Xclang", ARGS_SEPARATE, ARGS_FOR_CC1, NULL},
    {"-Xpreprocessor", ARGS_SEPARATE, ARGS_DROP, NULL},
    {"-Wp,", ARGS_PREFIX, ARGS_PREPROCESSOR, NULL},
    /* phases, outputs and dependency files */
    {"-o", ARGS_EITHER, ARGS_DROP, NULL},
    {"-c", ARGS_EXACT, ARGS_DROP, NULL},
    {"-S", ARGS_EXACT, ARGS_DROP, NULL},
    {"-E", ARGS_EXACT, ARGS_DROP, NULL},
    {"-MF", ARGS_EITHER, ARGS_DROP, NULL},
    {"-MT", ARGS_EITHER, ARGS_DROP, NULL},
    {"-MQ", ARGS_EITHER, ARGS_DROP, NULL},
    {"-MJ", ARGS_EITHER, ARGS_DROP, NULL},
    {"-M", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-fsyntax-only", ARGS_EXACT, ARGS_DROP, NULL},
    {"-emit-", ARGS_PREFIX, ARGS_DROP, NULL},
    {"--analyze", ARGS_EXACT, ARGS_DROP, NULL},
    {"-save-temps", ARGS_PREFIX, ARGS_DROP, NULL},
    {"--serialize-diagnostics", ARGS_SEPARATE, ARGS_DROP, NULL},
    {"-serialize-diagnostics", ARGS_SEPARATE, ARGS_DROP, NULL},
    {"-pipe", ARGS_EXACT, ARGS_DROP, NULL},
    {"-v", ARGS_EXACT, ARGS_DROP, NULL},
    {"-###", ARGS_EXACT, ARGS_DROP, NULL},
    {"--driver-mode=", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-no-canonical-prefixes", ARGS_EXACT, ARGS_DROP, NULL},
    /* warnings, debugging, instrumentation, optimisation passes */
    {"-Wl,", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-W", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-w", ARGS_EXACT, ARGS_DROP, NULL},
    {"-pedantic", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-g", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-mllvm", ARGS_SEPARATE, ARGS_DROP, NULL},
    {"-fplugin", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-fpass-plugin", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-fpch-", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-fdiagnostics", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-fno-diagnostics", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-fcolor-diagnostics", ARGS_EXACT, ARGS_DROP, NULL},
    {"-fno-color-diagnostics", ARGS_EXACT, ARGS_DROP, NULL},
    {"-fansi-escape-codes", ARGS_EXACT, ARGS_DROP, NULL},
    {"-fmessage-length", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-ferror-limit", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-fsanitize", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-fno-sanitize", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-flto", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-fno-lto", ARGS_EXACT, ARGS_DROP, NULL},
    {"-fuse-ld", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-fprofile", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-fcoverage", ARGS_PREFIX, ARGS_DROP, NULL},
    {"--coverage", ARGS_EXACT, ARGS_DROP, NULL},
    {"-ftest-coverage", ARGS_EXACT, ARGS_DROP, NULL},
    {"-fembed-bitcode", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-ftime-", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-fdebug", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-ffile-prefix-map", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-fmacro-prefix-map", ARGS_PREFIX, ARGS_DROP, NULL},
    /* the assembler and the linker */
    {"-Wa,", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-Xassembler", ARGS_SEPARATE, ARGS_DROP, NULL},
    {"-Xlinker", ARGS_SEPARATE, ARGS_DROP, NULL},
    {"-L", ARGS_EITHER, ARGS_DROP, NULL},
    {"-l", ARGS_EITHER, ARGS_DROP, NULL},
    {"-T", ARGS_EITHER, ARGS_DROP, NULL},
    {"-u", ARGS_SEPARATE, ARGS_DROP, NULL},
    {"-z", ARGS_SEPARATE, ARGS_DROP, NULL},
    {"-e", ARGS_SEPARATE, ARGS_DROP, NULL},
    {"-s", ARGS_EXACT, ARGS_DROP, NULL},
    {"-shared", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-static", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-rdynamic", ARGS_EXACT, ARGS_DROP, NULL},
    {"-pie", ARGS_EXACT, ARGS_DROP, NULL},
    {"-no-pie", ARGS_EXACT, ARGS_DROP, NULL},
    {"-nostdlib", ARGS_PREFIX, ARGS_DROP, NULL},
    {"-nodefaultlibs", ARGS_EXACT, ARGS_DROP, NULL},
    {"-nostartfiles", ARGS_EXACT, ARGS_DROP, NULL},
};

/* gcc's options without a value that clang knows too and that change what the source means. */
static const struct args_option gcc_kept[] = {
    {"-O", ARGS_PREFIX, ARGS_KEEP, NULL},
    {"-ansi", ARGS_EXACT, ARGS_KEEP, NULL},
    {"-undef", ARGS_EXACT, ARGS_KEEP, NULL},
    {"-nostdinc", ARGS_PREFIX, ARGS_KEEP, NULL},
    {"-pthread", ARGS_EXACT, ARGS_KEEP, NULL},
    {"-m32", ARGS_EXACT, ARGS_KEEP, NULL},
    {"-m64", ARGS_EXACT, ARGS_KEEP, NULL},
    {"-march=", ARGS_PREFIX, ARGS_KEEP, NULL},
    {"-msse", ARGS_PREFIX, ARGS_KEEP, NULL},
    {"-mavx", ARGS_PREFIX, ARGS_KEEP, NULL},
    {"-mms-bitfields", ARGS_EXACT, ARGS_KEEP, NULL},
    {"-mrtd", ARGS_EXACT, ARGS_KEEP, NULL},
    {"-municode", ARGS_EXACT, ARGS_KEEP, NULL},
    {"-ffreestanding", ARGS_EXACT, ARGS_KEEP, NULL},
    {"-fno-builtin", ARGS_PREFIX, ARGS_KEEP, NULL},
    {"-fms-extensions", ARGS_EXACT, ARGS_KEEP, NULL},
    {"-fno-ms-extensions", ARGS_EXACT, ARGS_KEEP, NULL},
    {"-fshort-enums", ARGS_EXACT, ARGS_KEEP, NULL},
    {"-fshort-wchar", ARGS_EXACT, ARGS_KEEP, NULL},
    {"-funsigned-char", ARGS_EXACT, ARGS_KEEP, NULL},
    {"-fsigned-char", ARGS_EXACT, ARGS_KEEP, NULL},
    {"-fpack-struct", ARGS_PREFIX, ARGS_KEEP, NULL},
    {"-fexceptions", ARGS_EXACT, ARGS_KEEP, NULL},
    {"-fno-exceptions", ARGS_EXACT, ARGS_KEEP, NULL},
    {"-frtti", ARGS_EXACT, ARGS_KEEP, NULL},
    {"-fno-rtti", ARGS_EXACT, ARGS_KEEP, NULL},
    {"-fgnu89-inline", ARGS_EXACT, ARGS_KEEP, NULL},
    {"-fblocks", ARGS_EXACT, ARGS_KEEP, NULL},
};

/* "c++20" and "gnu++20" are for C++, everything else for C; the wrong one would cost the whole unit. */
static bool standard_fits(const struct args_state *self, const char *standard)
{
    return (strstr(standard, "++") != NULL) == self->is_cxx;
}

/* The compiler would take FILE.pch or FILE.gch beside FILE instead of FILE; handed to clang's inner half, it does not. */
static void add_include(struct args_state *self, const char *file)
{
    const char *path = project_path(self->arena, self->directory, file);
    bool has_pch = path_is_file(arena_printf(self->arena, "%s.pch", path)) ||
                   path_is_file(arena_printf(self->arena, "%s.gch", path)) ||
                   path_is_folder(arena_printf(self->arena, "%s.gch", path));
    if (has_pch)
        args_add(self, "-Xclang");
    args_add(self, "-include");
    if (has_pch)
        args_add(self, "-Xclang");
    args_add(self, file);
}

static bool includes_already(const struct args_state *self, const char *file)
{
    for (uint32_t i = 0; i + 1 < self->count; i++) {
        bool is_include = strcmp(self->in[i], "-include") == 0;
        uint32_t value = is_include && strcmp(self->in[i + 1], "-Xclang") == 0 ? i + 2 : i + 1;
        if (is_include && value < self->count && strcmp(self->in[value], file) == 0)
            return true;
    }
    return false;
}

/* A precompiled header of another clang cannot be read; the header that it was made from usually stands beside it. */
static void add_pch_header(struct args_state *self, const char *pch)
{
    const char *extension = path_extension(pch);
    if (strcmp(extension, ".pch") != 0 && strcmp(extension, ".gch") != 0)
        return;
    const char *header = arena_strndup(self->arena, pch, (size_t)(extension - pch));
    if (includes_already(self, header) || !path_is_file(project_path(self->arena, self->directory, header)))
        return;
    args_add(self, "-Xclang");
    args_add(self, "-include");
    args_add(self, "-Xclang");
    args_add(self, header);
}

/* The value of an option that was itself given behind -Xclang: "-Xclang -include-pch -Xclang FILE". */
static const char *take_cc1_value(struct args_state *self)
{
    if (self->at + 1 >= self->count || strcmp(self->in[self->at], "-Xclang") != 0)
        return NULL;
    self->at += 2;
    return self->in[self->at - 1];
}

static void translate_cc1(struct args_state *self, const char *value)
{
    static const char *const dropped[] = {"-load", "-plugin", "-add-plugin", "-emit-pch", "-building-pch-with-obj"};
    if (strcmp(value, "-include-pch") == 0) {
        const char *pch = take_cc1_value(self);
        if (pch)
            add_pch_header(self, pch);
        return;
    }
    if (strncmp(value, "-fno-pch", 8) == 0 || strncmp(value, "-fpch", 5) == 0)
        return;
    for (size_t i = 0; i < OPTION_COUNT(dropped); i++) {
        if (strcmp(value, dropped[i]) == 0) {
            if (i < 3)
                take_cc1_value(self);
            return;
        }
    }
    if (strncmp(value, "-plugin-arg", 11) == 0) {
        take_cc1_value(self);
        return;
    }
    args_add(self, "-Xclang");
    args_add(self, value);
}

/* -Wp,-DX=1,-MD,file: what defines or includes is kept. */
static void translate_preprocessor(struct args_state *self, const char *value)
{
    while (*value) {
        size_t length = strcspn(value, ",");
        bool is_kept = length > 2 && value[0] == '-' && strchr("DUI", value[1]);
        if (is_kept)
            args_add(self, arena_strndup(self->arena, value, length));
        value += length;
        value += *value == ',';
    }
}

/* "c++-header" is how a precompiled header is made: to us it is a file like any other. */
static void add_language(struct args_state *self, const char *language)
{
    size_t length = strlen(language);
    if (length > 7 && strcmp(language + length - 7, "-header") == 0)
        length -= 7;
    args_add(self, arena_printf(self->arena, "-x%.*s", (int)length, language));
}

static void keep(struct args_state *self, const char *arg, const char *value, const char *name)
{
    args_add(self, arg);
    if (value && arg + strlen(name) != value)
        args_add(self, value); /* it was an argument of its own */
}

static void apply(struct args_state *self, const struct args_option *option, const char *arg, const char *value)
{
    self->has_target |= strcmp(option->name, "-target") == 0 || strcmp(option->name, "--target=") == 0;
    value = args_take_value(self, option->shape, value);
    if (!value)
        return; /* the line ends where a value should be */
    switch (option->action) {
    case ARGS_KEEP:
        keep(self, arg, option->shape == ARGS_EXACT ? NULL : value, option->name);
        break;
    case ARGS_STANDARD:
        if (standard_fits(self, value))
            args_add(self, arg);
        break;
    case ARGS_INCLUDE:
        add_include(self, value);
        break;
    case ARGS_INCLUDE_PCH:
        add_pch_header(self, value);
        break;
    case ARGS_FOR_CC1:
        translate_cc1(self, value);
        break;
    case ARGS_PREPROCESSOR:
        translate_preprocessor(self, value);
        break;
    case ARGS_LANGUAGE:
        add_language(self, value);
        break;
    default: /* dropped */
        break;
    }
}

void args_translate_gnu(struct args_state *self)
{
    const char *arg = self->in[self->at++], *value = "";
    if (arg[0] != '-' || !arg[1])
        return; /* an input */
    if (strcmp(arg, "--") == 0) {
        self->at = self->count; /* only inputs follow */
        return;
    }
    const struct args_option *option = args_find(gnu_options, OPTION_COUNT(gnu_options), arg, &value);
    if (!option && self->compiler == ARGS_GCC)
        option = args_find(gcc_kept, OPTION_COUNT(gcc_kept), arg, &value);
    if (option)
        apply(self, option, arg, value);
    else if (self->compiler != ARGS_GCC)
        args_add(self, arg);
}
