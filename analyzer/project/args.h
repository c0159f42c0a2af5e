/*
 * args.h - compiler command lines, translated to what libclang takes.
 *
 * Whatever the compiler was (clang, gcc and its cross versions, clang-cl, cl.exe, behind ccache and the like), the result is one dialect:
 * arguments of the clang driver. libclang refuses a whole unit for one argument that it does not know, so gcc's and cl's
 * options are kept by a list of those that change what the source means, clang's are kept but for a list of those that do not.
 */
#ifndef MDLGUARD_PROJECT_ARGS_H
#define MDLGUARD_PROJECT_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "project/split.h"

enum args_compiler { ARGS_CLANG, ARGS_GCC, ARGS_CLANG_CL, ARGS_CL };

struct args_request {
    const char *directory;   /* absolute: where the command runs */
    const char *file;        /* absolute: the unit's main file */
    const char *const *argv; /* the command line */
    uint32_t argc;
    bool has_compiler;       /* argv starts with the compiler (perhaps behind a launcher); else it is clang's arguments only */
};

struct args_result {
    struct text_list args; /* no compiler, input, output, dependency or precompiled-header arguments */
    const char *problem;   /* what could not be read (a response file), or NULL */
};

/* Never fails: what is not understood is dropped. Strings live in ARENA or are the request's. */
void args_translate(const struct args_request *request, struct arena *arena, struct args_result *out);

/* The kind of compiler that NAME ("/usr/bin/x86_64-w64-mingw32-gcc-12", "cl.exe") is; false when it is none. */
bool args_parse_compiler(const char *name, enum args_compiler *out);

#endif
