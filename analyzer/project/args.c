/*
 * args.c - which compiler a command line is for, and what all dialects share.
 */
#include "project/args.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/vec.h"
#include "project/args_int.h"
#include "project/path.h"
#include "project/project.h"

/* Programs that run the compiler named behind them. */
static const char *const launchers[] = {"ccache", "sccache", "distcc", "icecc", "buildcache", "time", "env"};

/* Copies the name of the program at PATH to BUFFER: no folder, no ".exe", lower case. */
static void program_name(const char *path, char *buffer, size_t size)
{
    const char *name = path_name(path);
    size_t length = 0;
    for (; name[length] && length + 1 < size; length++)
        buffer[length] = (char)tolower((unsigned char)name[length]);
    buffer[length] = '\0';
    if (length > 4 && strcmp(buffer + length - 4, ".exe") == 0)
        buffer[length - 4] = '\0';
}

/* Cuts "-12", "-19.1" and the like off NAME. */
static void cut_version(char *name)
{
    size_t length = strlen(name), end = length;
    while (end && (isdigit((unsigned char)name[end - 1]) || name[end - 1] == '.'))
        end--;
    if (end && end < length && name[end - 1] == '-')
        name[end - 1] = '\0';
}

static bool ends_with(const char *text, const char *tail)
{
    size_t length = strlen(text), tail_length = strlen(tail);
    return length >= tail_length && strcmp(text + length - tail_length, tail) == 0;
}

static bool is_cxx_driver(const char *name)
{
    return ends_with(name, "++");
}

bool args_parse_compiler(const char *path, enum args_compiler *out)
{
    static const struct {
        const char *tail;
        enum args_compiler compiler;
    } known[] = {
        {"clang-cl", ARGS_CLANG_CL}, {"clang", ARGS_CLANG}, {"clang++", ARGS_CLANG},
        {"gcc", ARGS_GCC},           {"g++", ARGS_GCC},     {"cc", ARGS_GCC},
        {"c++", ARGS_GCC},           {"cl", ARGS_CL},       {"icl", ARGS_CL},
    };
    char name[128];
    program_name(path, name, sizeof(name));
    cut_version(name);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        size_t length = strlen(name), tail = strlen(known[i].tail);
        bool is_prefixed = length > tail && name[length - tail - 1] == '-'; /* x86_64-w64-mingw32-gcc */
        if (ends_with(name, known[i].tail) && (length == tail || is_prefixed)) {
            *out = known[i].compiler;
            return true;
        }
    }
    return false;
}

const struct args_option *args_find(const struct args_option *options, uint32_t count, const char *arg,
                                    const char **value)
{
    for (uint32_t i = 0; i < count; i++) {
        size_t length = strlen(options[i].name);
        if (strncmp(arg, options[i].name, length) != 0)
            continue;
        bool is_whole = arg[length] == '\0';
        if (is_whole || options[i].shape == ARGS_PREFIX || options[i].shape == ARGS_EITHER) {
            *value = arg + length;
            return &options[i];
        }
    }
    return NULL;
}

const char *args_take_value(struct args_state *self, enum args_shape shape, const char *value)
{
    bool is_next = shape == ARGS_SEPARATE || (shape == ARGS_EITHER && !*value);
    if (!is_next)
        return value;
    return self->at < self->count ? self->in[self->at++] : NULL;
}

void args_add(struct args_state *self, const char *arg)
{
    VEC_PUSH_IN(self->arena, self->out, arg);
}

static bool is_launcher(const char *path)
{
    char name[128];
    program_name(path, name, sizeof(name));
    for (size_t i = 0; i < sizeof(launchers) / sizeof(launchers[0]); i++)
        if (strcmp(name, launchers[i]) == 0)
            return true;
    return false;
}

/* Index of the compiler in the request's command line: behind launchers and NAME=VALUE settings. */
static uint32_t find_compiler(const struct args_request *request)
{
    uint32_t at = 0;
    while (at + 1 < request->argc && is_launcher(request->argv[at])) {
        at++;
        while (at + 1 < request->argc && (strchr(request->argv[at], '=') || request->argv[at][0] == '-'))
            at++;
    }
    return at;
}

/* --driver-mode makes any clang a clang-cl. */
static enum args_compiler driver_mode(const struct args_request *request, enum args_compiler compiler)
{
    for (uint32_t i = 0; i < request->argc; i++)
        if (strcmp(request->argv[i], "--driver-mode=cl") == 0)
            return ARGS_CLANG_CL;
    return compiler;
}

/* "x86_64-w64-mingw32-gcc" compiles for x86_64-w64-mingw32. */
static void add_target_of_name(struct args_state *self, const char *path)
{
    char name[128];
    program_name(path, name, sizeof(name));
    cut_version(name);
    char *end = strrchr(name, '-');
    if (!end || !memchr(name, '-', (size_t)(end - name)))
        return; /* "clang-cl", "c99-gcc": no triple has fewer than three parts */
    *end = '\0';
    args_add(self, arena_printf(self->arena, "--target=%s", name));
    self->has_target = true;
}

static bool is_cxx_file(const char *file)
{
    static const char *const extensions[] = {".cc", ".cpp", ".cxx", ".c++", ".cp", ".ixx", ".hpp", ".hxx", ".hh"};
    const char *extension = path_extension(file);
    for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
        if (strcasecmp(extension, extensions[i]) == 0)
            return true;
    return strcmp(extension, ".C") == 0;
}

/* -x c++ and cl's /TP make a .c file C++; standards depend on it, so it must be known before they are met. */
static void find_language(struct args_state *self)
{
    bool is_cl = self->compiler == ARGS_CL || self->compiler == ARGS_CLANG_CL;
    for (uint32_t i = 0; i < self->count; i++) {
        const char *arg = self->in[i];
        if (is_cl && (strcmp(arg + (*arg != 0), "TP") == 0 || strcmp(arg + (*arg != 0), "TC") == 0))
            self->is_cxx = arg[2] == 'P';
        else if (!is_cl && strncmp(arg, "-x", 2) == 0 && (arg[2] || i + 1 < self->count))
            self->is_cxx = strncmp(arg[2] ? arg + 2 : self->in[i + 1], "c++", 3) == 0;
    }
}

/* cl.exe's own name tells what it compiles for: ".../bin/Hostx64/x86/cl.exe". */
static const char *arch_of_cl(struct arena *arena, const char *path)
{
    const char *folder = path_name(path_parent(arena, project_path(arena, "/", path)));
    if (strcasecmp(folder, "x86") == 0 || strcasecmp(folder, "amd64_x86") == 0)
        return "i386";
    if (strcasecmp(folder, "arm64") == 0 || strcasecmp(folder, "amd64_arm64") == 0)
        return "aarch64";
    return NULL;
}

/* The compiler's name alone says something; the rest of the line may say otherwise, so it comes first. */
static void start_with_compiler(struct args_state *self, const char *path)
{
    char name[128];
    program_name(path, name, sizeof(name));
    cut_version(name);
    if (self->compiler == ARGS_CL || self->compiler == ARGS_CLANG_CL) {
        self->cl_arch = arch_of_cl(self->arena, path);
        return;
    }
    add_target_of_name(self, path);
    if (is_cxx_driver(name) && !self->is_cxx && strcmp(path_extension(self->file), ".c") == 0) {
        self->is_cxx = true;
        args_add(self, "-xc++");
    }
}

void args_translate(const struct args_request *request, struct arena *arena, struct args_result *out)
{
    *out = (struct args_result){0};
    struct args_state state = {
        .arena = arena, .directory = request->directory, .file = request->file, .out = &out->args};
    uint32_t first = request->has_compiler ? find_compiler(request) : 0;
    state.compiler = ARGS_CLANG;
    if (request->has_compiler && first < request->argc)
        args_parse_compiler(request->argv[first], &state.compiler);
    state.compiler = driver_mode(request, state.compiler);
    bool is_cl = state.compiler == ARGS_CL || state.compiler == ARGS_CLANG_CL;
    state.is_cxx = is_cxx_file(request->file);

    struct text_list in = {0};
    uint32_t skipped = request->has_compiler && first < request->argc ? first + 1 : first;
    split_expand_responses(arena, is_cl ? SPLIT_WINDOWS : SPLIT_GNU, request->directory, request->argv + skipped,
                           request->argc - skipped, &in, &out->problem);
    state.in = in.items;
    state.count = in.count;
    find_language(&state);
    if (request->has_compiler && first < request->argc)
        start_with_compiler(&state, request->argv[first]);
    while (state.at < state.count) {
        if (is_cl)
            args_translate_cl(&state);
        else
            args_translate_gnu(&state);
    }
    if (is_cl && !state.has_target)
        args_add(&state, arena_printf(arena, "--target=%s-pc-windows-msvc", state.cl_arch ? state.cl_arch : "x86_64"));
}
